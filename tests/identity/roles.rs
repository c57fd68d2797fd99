//! Who may call what, by certificate.

use dinhdanh::proto::v1;
use tonic::{Code, Status};

use super::site::Site;
use crate::support::births::{id, request};
use crate::support::told::told;

#[tokio::test]
async fn each_role_may_make_its_calls_and_no_others() {
    let site = Site::new();
    let server = site.launch().start();
    let office = site.caller(&server, "registrar-26734").await;
    let number = office.number(request("26734", 1)).await;
    let table = [
        ("registrar-26734", [true, true, true, true, true]),
        ("mission-dsq-tokyo", [true, true, true, true, true]),
        ("population_authority-c06", [false, false, false, true, true]),
        ("justice_department-79-stp", [false, false, false, true, true]),
        ("subscriber-bhxh", [false, false, false, false, true]),
        ("auditor-thanh-tra", [false; 5]),
        ("operator-van-hanh", [false; 5]),
    ];
    for (name, allowed) in table {
        let caller = site.caller(&server, name).await;
        let own = name.rsplit_once("registrar-").map_or("dsq-tokyo", |(_, office)| office);
        let calls: [Option<Status>; 5] = [
            caller.issue(request(own, 1)).await.err(),
            caller.stream(futures_util::stream::empty()).await.err(),
            caller.issuance(&id(1)).await.err(),
            caller.get(&number).await.err(),
            caller.verify(&number, v1::Facts::default()).await.err(),
        ];
        for (call, (refused, allowed)) in calls.into_iter().zip(allowed).enumerate() {
            let refused = refused
                .map(|status| told(&status))
                .filter(|told| matches!(told.code, Code::PermissionDenied | Code::Unauthenticated));
            assert_eq!(refused.is_none(), allowed, "call {call} as {name}");
            assert!(refused.is_none_or(|told| told.what() == (Code::PermissionDenied, "ROLE")));
        }
    }
    server.stop().await;
}

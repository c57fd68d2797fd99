//! Every call as every role, over the wire.

use dinhdanh::api::Call;
use dinhdanh::policy::Role;
use dinhdanh::proto::v1;
use prost::Message;
use tonic::transport::Channel;
use tonic::{Code, Status};

use crate::support::office::Office;
use crate::support::server::Server;
use crate::support::site::Plan;
use crate::support::told::told;
use crate::support::{ledger, raw, until};

/// Makes a call with an empty message, and answers why it failed, if it did as a whole.
async fn refused(channel: &Channel, role: &str, call: Call) -> Option<Status> {
    let office = Office::new(channel.clone(), "26734").role(role);
    let path = format!("/{}", call.full_name());
    let (_, ended) = raw::stream_as(&office, channel, &path, vec![Vec::new()]).await;
    ended.err()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_call_is_denied_to_the_roles_that_may_not_make_it_and_to_no_others() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let channel = server.connect().await;
    for (role, name) in Role::ALL {
        for &call in Call::ALL {
            let refused = refused(&channel, name, call).await;
            if role.may(call) {
                let denied = [Code::PermissionDenied, Code::Unauthenticated, Code::Unimplemented];
                let code = refused.map_or(Code::Ok, |status| status.code());
                assert!(!denied.contains(&code), "{name} {call:?}: {code:?}");
            } else {
                let refused = told(&refused.unwrap_or_else(|| panic!("{name} {call:?} was let in")));
                assert_eq!(refused.what(), (Code::PermissionDenied, "ROLE"), "{name} {call:?}");
            }
        }
    }
    server.stop().await;
    assert_eq!(ledger::counts(folder.path()).await, [("genesis", 1)].into());
}

/// What is denied is denied before any look into the store: also while there is none.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_denied_call_needs_no_store() {
    let mut site = Plan::of(1).await.start().await;
    let channel = site.channels().remove(0);
    site.postgres.kill().await;
    until("the gauge says that the store is away", async || {
        (site.metric(0, "dinhdanh_store_up").await < 0.5).then_some(())
    })
    .await;
    for (role, name) in Role::ALL {
        for &call in Call::ALL.iter().filter(|call| !role.may(**call)) {
            let refused = told(&refused(&channel, name, call).await.unwrap());
            assert_eq!(refused.what(), (Code::PermissionDenied, "ROLE"), "{name} {call:?}");
        }
    }
    // What is let in finds that it is away.
    let asked = v1::GetNumberRequest {
        number: "079325999999".to_owned(),
    };
    let path = format!("/{}", Call::GetNumber.full_name());
    let office = Office::new(channel.clone(), "26734").with("grpc-timeout", "2S");
    let (_, ended) = raw::stream_as(&office, &channel, &path, vec![asked.encode_to_vec()]).await;
    assert_eq!(ended.unwrap_err().code(), Code::Unavailable);
}

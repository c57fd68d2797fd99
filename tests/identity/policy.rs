//! What the policy says of legal grounds and of the areas of justice departments, by the calls.

use dinhdanh::proto::v1;
use dinhdanh::proto::v1::{CaseState, DisputeReason};
use tonic::Code;

use super::site::Site;
use crate::support::births::{birth, date, request};
use crate::support::calls::{Import, approve, dispute, revoke};
use crate::support::desk::Desk;
use crate::support::server::Server;

impl Site {
    /// A caller of every call, with a certificate, by the name of its files. What it says of itself is passed over.
    async fn desk(&self, server: &Server, name: &str) -> Desk {
        let channel = self.connect(server, Some(self.identity(name))).await;
        Desk::new(channel, "nobody", "AUDITOR")
    }

    /// Adds to the policy.
    fn policy_also_says(&self, text: &str) {
        let policy = self.read("policy.toml");
        self.write("policy.toml", &format!("{policy}\n{text}"));
    }
}

fn ground(code: &str, days: &str) -> String {
    format!(
        "[[ground]]\ncode = \"{code}\"\nkinds = [\"REVOKE\"]\n{days}\ncitizen_request = false\n\
         vietnamese = \"căn cứ\"\nenglish = \"a ground\"\n"
    )
}

#[tokio::test]
async fn a_ground_can_be_given_only_on_days_when_it_is_in_force() {
    let site = Site::new();
    site.policy_also_says(&ground("PAST", "from = 2010-01-01\nuntil = 2020-12-31"));
    site.policy_also_says(&ground("NOW", "from = 2021-01-01"));
    site.policy_also_says(&ground("FUTURE", "from = 2999-01-01"));
    let server = site.launch().start();
    let commune = site.desk(&server, "registrar-26734").await;
    let number = commune.number(request("26734", 1)).await;
    let by = |code: &str| v1::ProposeRevocationRequest {
        ground: code.into(),
        ..revoke(&number)
    };
    for code in ["PAST", "FUTURE"] {
        let refused = commune.is_refused(by(code)).await;
        assert_eq!(
            refused.what(),
            (Code::FailedPrecondition, "GROUND_NOT_IN_FORCE"),
            "{code}"
        );
    }
    // Those of the service itself are no longer any.
    let refused = commune.is_refused(revoke(&number)).await;
    assert_eq!(refused.what(), (Code::InvalidArgument, "INVALID_FIELD"));
    for (on, code) in [(None, "NOW"), (date(2020, 12, 31), "PAST"), (date(2021, 1, 1), "NOW")] {
        let listed = commune.does(v1::ListGroundsRequest { on }).await.grounds;
        assert!(listed.iter().map(|ground| &ground.code).eq([code]), "{on:?}");
    }
    assert!(commune.number_of(&number).await.open_case_id.is_empty());
    let case = commune.does(by("NOW")).await.case.unwrap();
    assert_eq!((case.state(), case.ground.as_str()), (CaseState::Open, "NOW"));
    server.stop().await;
}

#[tokio::test]
async fn a_justice_department_decides_for_the_offices_under_it_and_knows_of_no_others() {
    let site = Site::new();
    let policy = site.read("policy.toml");
    let under_it = "code = \"00001\"\nrole = \"REGISTRAR\"\ndepartment = \"79-stp\"\n";
    assert!(policy.contains(under_it), "{policy}");
    let no_longer = under_it.replace("department = \"79-stp\"\n", "");
    site.write("policy.toml", &policy.replace(under_it, &no_longer));
    let server = site.launch().start();
    let authority = site.desk(&server, "population_authority-c06").await;
    let department = site.desk(&server, "justice_department-79-stp").await;
    let mut cases = Vec::new();
    for (office, n) in [("26734", 1), ("00001", 2)] {
        let desk = site.desk(&server, &format!("registrar-{office}")).await;
        let number = desk.number(request(office, n)).await;
        let disputed = authority.does(dispute(&number, DisputeReason::NoSuchPerson)).await;
        cases.push((number, authority.case(&disputed.case_id).await));
    }
    let [(own_number, own), (other_number, other)] = cases.try_into().unwrap();
    department.knows_no_number(&other_number).await;
    department.knows_no_case(&other.case_id).await;
    let refused = department.is_refused(approve(&other)).await;
    assert_eq!(refused.what(), (Code::NotFound, "NO_SUCH_CASE"));
    let listed = department.does(v1::ListCasesRequest::default()).await.cases;
    assert!(listed.iter().map(|case| &case.case_id).eq([&own.case_id]));

    assert_eq!(department.number_of(&own_number).await.open_case_id, own.case_id);
    let closed = department.does(approve(&own)).await.case.unwrap();
    assert_eq!(
        (closed.state(), closed.decided_by.as_str()),
        (CaseState::Approved, "79-stp")
    );
    assert_eq!(authority.case(&other.case_id).await.state(), CaseState::Open);
    server.stop().await;
}

#[tokio::test]
async fn a_justice_department_imports_for_the_offices_under_it_alone() {
    let site = Site::new();
    let policy = site.read("policy.toml");
    let under_it = "code = \"00001\"\nrole = \"REGISTRAR\"\ndepartment = \"79-stp\"\n";
    let no_longer = under_it.replace("department = \"79-stp\"\n", "");
    site.write("policy.toml", &policy.replace(under_it, &no_longer));
    let server = site.launch().start();
    let department = site.desk(&server, "justice_department-79-stp").await;
    let own = department.does(Import::of(birth("26734", 1), None)).await;
    assert_eq!(own.result(), v1::ImportResult::Imported);
    let refused = department.is_refused(Import::of(birth("00001", 2), None)).await;
    assert_eq!(refused.what(), (Code::PermissionDenied, "NOT_YOUR_REGISTRATION"));
    let authority = site.desk(&server, "population_authority-c06").await;
    let other = authority.does(Import::of(birth("00001", 2), None)).await;
    assert_eq!(other.result(), v1::ImportResult::Imported);
    server.stop().await;
}

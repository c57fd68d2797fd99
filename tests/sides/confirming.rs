//! `ConfirmNumber`: the population side holds the number too.

use dinhdanh::proto::v1::NumberState;
use tonic::Code;

use super::stage::Stage;
use crate::support::births::request;
use crate::support::calls::{confirm, revoke};

#[tokio::test]
async fn a_number_is_confirmed_once_and_the_same_request_is_answered_alike() {
    let stage = Stage::set().await;
    let birth = request("26734", 1);
    let number = stage.commune.number(birth.clone()).await;

    let confirmation = confirm(&number);
    let first = stage.authority.does(confirmation.clone()).await;
    let shown = first.number.unwrap();
    assert_eq!(
        (shown.number.as_str(), shown.state()),
        (&*number, NumberState::Confirmed)
    );
    assert_eq!((first.replayed, first.case_id.as_str()), (false, ""));
    assert_eq!(first.position, 3, "after the genesis and the birth");

    let again = stage.authority.does(confirmation).await;
    assert_eq!((again.replayed, again.position), (true, 3));
    let refused = stage.authority.is_refused(confirm(&number)).await;
    assert_eq!(refused.what(), (Code::FailedPrecondition, "WRONG_STATE"));
    assert_eq!(refused.preconditions, [("WRONG_STATE".into(), "number".into())]);

    // Whoever asks is told of the number as it stands now, the registering office at once.
    assert_eq!(stage.commune.outcome(&birth).await.state(), NumberState::Confirmed);
    assert_eq!(stage.commune.number_of(&number).await.state(), NumberState::Confirmed);
    stage.end().await;
}

#[tokio::test]
async fn only_the_population_side_confirms_and_only_numbers_that_were_given() {
    let stage = Stage::set().await;
    let number = stage.commune.number(request("26734", 1)).await;
    for caller in [&stage.commune, &stage.department, &stage.commune.acting_as("MISSION")] {
        let refused = caller.is_refused(confirm(&number)).await;
        assert_eq!(refused.what(), (Code::PermissionDenied, "ROLE"));
    }
    let refused = stage.authority.is_refused(confirm("001325999999")).await;
    assert_eq!(refused.what(), (Code::NotFound, "NO_SUCH_NUMBER"));
    let refused = stage.authority.is_refused(confirm("12")).await;
    assert_eq!(refused.what(), (Code::InvalidArgument, "INVALID_FIELD"));
    assert_eq!(refused.fields(), ["number"]);
    assert_eq!(stage.authority.number_of(&number).await.state(), NumberState::Issued);
    stage.end().await;
}

#[tokio::test]
async fn a_number_may_be_confirmed_while_a_case_about_it_is_open() {
    let stage = Stage::set().await;
    let number = stage.commune.number(request("26734", 1)).await;
    let case = stage.commune.does(revoke(&number)).await.case.unwrap();
    let confirmed = stage.authority.does(confirm(&number)).await.number.unwrap();
    assert_eq!(confirmed.state(), NumberState::Confirmed);
    assert_eq!(confirmed.open_case_id, case.case_id);
    stage.end().await;
}

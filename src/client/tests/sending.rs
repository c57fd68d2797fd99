//! One item and what the server may do with it.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tonic::{Code, Status};

use super::script::{Script, Step, issued, refusal};
use super::*;
use crate::client::{Answer, Client, Options, Outcome, Unanswered};
use crate::shell::SystemClock;

const HOUR: Duration = Duration::from_secs(3600);

/// Sends one item to a server that takes these steps; answers how it ended and how often the server was called.
async fn send(patience: Patience, steps: impl IntoIterator<Item = Step>) -> (Result<Answer, Unanswered>, usize) {
    let script = Script::start(steps).await;
    let client = script.client(1, patience).await;
    let result = client.issue(&caller(), &request(), false, &nobody_stops()).await;
    let seen = script.seen();
    assert!(
        seen.iter().all(|seen| seen.request == request()),
        "every sending is the same, its id included"
    );
    (result, seen.len())
}

#[tokio::test]
async fn the_same_id_is_sent_until_there_is_an_answer() {
    let busy = |code, reason| refusal(code, reason, &[], Some(Duration::from_millis(1)));
    let steps = [
        busy(Code::Unavailable, "OVERLOADED"),
        busy(Code::Aborted, "IN_PROGRESS"),
        busy(Code::ResourceExhausted, "QUOTA"),
        Step::Cut,
        refusal(Code::Internal, "BUG", &[], None),
        Step::Fail(Status::unknown("")),
        Step::Fail(Status::cancelled("")),
        Step::Cut,
        refusal(Code::DeadlineExceeded, "NO_TIME_LEFT", &[], None),
    ];
    let (result, calls) = send(QUICK, steps.clone()).await;
    assert_eq!(result.unwrap().outcome(), Outcome::Issued);
    assert_eq!(calls, steps.len() + 1);
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_asked_for_again() {
    let patience = Patience {
        attempt: Duration::from_millis(50),
        ..QUICK
    };
    let (result, calls) = send(patience, [Step::Hang]).await;
    assert_eq!(result.unwrap().outcome(), Outcome::Issued);
    assert!(calls >= 2);
}

#[tokio::test]
async fn answers_are_read() {
    let review = v1::IssueNumberResponse {
        outcome: Some(v1::issue_number_response::Outcome::UnderReview(v1::UnderReview {
            case_id: "a-case".into(),
            advice: None,
        })),
        replayed: true,
        position: 7,
    };
    let (result, calls) = send(QUICK, [Step::Answer(review)]).await;
    let expected = Answer::UnderReview {
        case_id: "a-case".into(),
        position: 7,
        replayed: true,
    };
    assert_eq!((result, calls), (Ok(expected), 1));

    let (result, _) = send(QUICK, [Step::Answer(issued(3))]).await;
    let Answer::Issued {
        number,
        state,
        position,
        ..
    } = result.unwrap()
    else {
        panic!()
    };
    assert_eq!(
        (number.to_string().as_str(), state.as_str(), position),
        ("001226000003", "ISSUED", 4)
    );
}

#[tokio::test]
async fn refusals_are_read_and_not_sent_again() {
    let (result, calls) = send(QUICK, [refusal(Code::FailedPrecondition, "NOT_ELIGIBLE", &[], None)]).await;
    let rejected = Answer::Rejected {
        reason: "NOT_ELIGIBLE".into(),
    };
    assert_eq!((result, calls), (Ok(rejected), 1));

    let fields = ["registration.place_code", "registration.child.sex"];
    let (result, calls) = send(QUICK, [refusal(Code::InvalidArgument, "INVALID_FIELD", &fields, None)]).await;
    let refused = Answer::Refused {
        code: "INVALID_ARGUMENT".into(),
        reason: "INVALID_FIELD".into(),
        fields: fields.map(str::to_owned).to_vec(),
    };
    assert_eq!((result, calls), (Ok(refused), 1));
}

#[tokio::test]
async fn a_refusal_of_the_caller_after_a_lost_answer_leaves_the_item_open() {
    let refused = || refusal(Code::PermissionDenied, "ROLE", &[], None);
    let (result, _) = send(QUICK, [refused()]).await;
    assert_eq!(result.unwrap().outcome(), Outcome::Refused);
    let (result, calls) = send(QUICK, [Step::Cut, refused()]).await;
    assert!(matches!(result, Err(Unanswered::Uncertain(_))));
    assert_eq!(calls, 2);
}

#[tokio::test]
async fn a_service_that_does_not_take_the_calls_is_told_apart() {
    let (result, calls) = send(QUICK, [refusal(Code::Unauthenticated, "NO_IDENTITY", &[], None)]).await;
    assert!(matches!(result, Err(Unanswered::NotAccepted(_))));
    assert_eq!(calls, 1);
}

#[tokio::test]
async fn an_answer_without_sense_leaves_the_item_open() {
    let nonsense = [
        v1::IssueNumberResponse::default(),
        v1::IssueNumberResponse {
            position: 0,
            ..issued(1)
        },
        v1::IssueNumberResponse {
            outcome: Some(v1::issue_number_response::Outcome::Issued(v1::Number::default())),
            ..issued(1)
        },
    ];
    for response in nonsense {
        assert_eq!(
            send(QUICK, [Step::Answer(response)]).await,
            (Err(Unanswered::NotUnderstood), 1)
        );
    }
}

#[tokio::test]
async fn an_item_is_given_up_when_its_time_would_be_over() {
    let (result, calls) = send(QUICK, [refusal(Code::Unavailable, "OVERLOADED", &[], Some(HOUR))]).await;
    let Err(Unanswered::TimeUp(trouble)) = result else {
        panic!()
    };
    assert_eq!((trouble.to_string().as_str(), calls), ("UNAVAILABLE/OVERLOADED", 1));
}

#[tokio::test]
async fn a_stop_ends_the_waiting_but_not_what_is_on_its_way() {
    let patient = Patience {
        total: 2 * HOUR,
        ..QUICK
    };
    let script = Script::start([refusal(Code::Unavailable, "OVERLOADED", &[], Some(HOUR)), Step::Wait]).await;
    let client = script.client(2, patient).await;
    let mut under_way = JoinSet::new();
    let stop = nobody_stops();
    for _ in 0..2 {
        let (client, stop) = (client.clone(), stop.clone());
        under_way.spawn(async move { client.issue(&caller(), &request(), false, &stop).await });
    }
    script.calls(2).await;
    stop.cancel();
    let first = under_way.join_next().await.unwrap().unwrap();
    assert!(matches!(first, Err(Unanswered::Stopped(Some(_)))));
    script.gate.add_permits(1);
    let second = under_way.join_next().await.unwrap().unwrap();
    assert_eq!(second.unwrap().outcome(), Outcome::Issued);

    let never_sent = client.issue(&caller(), &request(), false, &stop).await;
    assert_eq!(never_sent, Err(Unanswered::Stopped(None)));
}

#[tokio::test]
async fn no_more_items_than_allowed_are_under_way() {
    let script = Script::start((0..12).map(|_| Step::Wait)).await;
    let client = script.client(3, QUICK).await;
    let mut under_way = JoinSet::new();
    for _ in 0..12 {
        let client = client.clone();
        under_way.spawn(async move { client.issue(&caller(), &request(), false, &nobody_stops()).await });
    }
    for answered in 0..10 {
        script.calls(answered + 3).await;
        assert_eq!(script.seen().len(), answered + 3);
        script.gate.add_permits(1);
        under_way.join_next().await.unwrap().unwrap().unwrap();
    }
}

#[tokio::test]
async fn every_call_says_for_whom_it_is_and_how_long_it_may_take() {
    let script = Script::start([]).await;
    let client = script.client(1, QUICK).await;
    client
        .issue(&caller(), &request(), false, &nobody_stops())
        .await
        .unwrap();
    let [seen] = &script.seen()[..] else { panic!() };
    assert_eq!(
        (seen.office.as_str(), seen.role.as_str(), seen.timeout),
        ("26734", "MISSION", true)
    );
}

#[tokio::test]
async fn a_service_that_is_not_there_is_told_in_plain_words() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let options = Options {
        connect_within: Duration::ZERO,
        ..Options::new(format!("http://{closed}").parse().unwrap())
    };
    let error = Client::connect(options, Arc::new(SystemClock::start()))
        .await
        .err()
        .unwrap();
    let told = error.to_string();
    assert!(told.contains(&closed.to_string()) && told.contains("refused"), "{told}");
}

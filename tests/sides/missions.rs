//! Numbers set apart for a mission, handed out there without a line, and settled later.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use dinhdanh::ledger::{KeyRing, NoteVerifier};
use dinhdanh::proto::v1;
use dinhdanh::proto::v1::NumberState::{Issued, Quarantined, Reserved, Revoked};
use dinhdanh::proto::v1::block_service_client::BlockServiceClient;
use dinhdanh::proto::v1::case_resolution::Answer;
use dinhdanh::proto::v1::settle_block_response::Result as Item;
use dinhdanh::proto::v1::settle_number_response::Outcome;
use dinhdanh::proto::v1::{BlockState, EventKind, NumberState};
use dinhdanh::protocol::read_block_text;
use tonic::Code;

use super::stage::{COMMUNE, Stage};
use crate::support::births::{asking, child, id, request};
use crate::support::calls::{born_abroad, new_id, reserve, resolve, settle, withdraw};
use crate::support::desk::Desk;
use crate::support::told::told_of;

const MISSION: &str = "DSQ-TOKYO";

fn mission(stage: &Stage) -> Desk {
    stage.desk(MISSION, "MISSION")
}

async fn block(desk: &Desk, count: i32) -> v1::Block {
    desk.does(reserve(count)).await.block.unwrap()
}

fn given(answer: v1::SettleNumberResponse) -> v1::Number {
    match answer.outcome {
        Some(Outcome::Settled(number)) => number,
        _ => panic!("the number was not settled"),
    }
}

fn reviewed(answer: v1::SettleNumberResponse) -> String {
    match answer.outcome {
        Some(Outcome::UnderReview(review)) => review.case_id,
        _ => panic!("the number is not under review"),
    }
}

fn counts(block: &v1::Block) -> [i32; 5] {
    [
        block.unused,
        block.settled,
        block.under_review,
        block.revoked,
        block.quarantined,
    ]
}

async fn now(desk: &Desk, block: &v1::Block) -> v1::Block {
    let block_id = block.block_id.clone();
    desk.does(v1::GetBlockRequest { block_id }).await.block.unwrap()
}

async fn state(stage: &Stage, number: &str) -> (NumberState, String) {
    let number = stage.authority.number_of(number).await;
    (number.state(), number.replaced_by)
}

#[tokio::test]
async fn a_block_is_the_missions_alone_and_is_told_the_same_for_ever() {
    let stage = Stage::set().await;
    let desk = mission(&stage);
    let asked = reserve(3);
    let first = desk.does(asked.clone()).await;
    let block = first.block.unwrap();
    assert_eq!(
        (block.block_id.as_str(), block.prefix.as_str()),
        (asked.request_id.as_str(), "232325")
    );
    assert_eq!((block.state(), counts(&block)), (BlockState::Open, [3, 0, 0, 0, 0]));
    let distinct: BTreeSet<_> = block.numbers.iter().collect();
    assert_eq!(distinct.len(), 3);
    assert!(block.numbers.iter().all(|number| number.starts_with("232325")));
    for number in &block.numbers {
        assert_eq!(state(&stage, number).await.0, Reserved);
        desk.knows_no_number(number).await;
    }
    let again = desk.does(asked.clone()).await;
    assert_eq!(
        (again.block.as_ref(), again.replayed, again.position),
        (Some(&block), true, first.position)
    );
    let reused = desk.is_refused(v1::ReserveBlockRequest { count: 4, ..asked }).await;
    assert_eq!(reused.what(), (Code::AlreadyExists, "REQUEST_ID_REUSED"));
    assert_eq!(reused.fields(), ["count"]);
    let elsewhere = v1::GetBlockRequest {
        block_id: block.block_id.clone(),
    };
    let refused = stage.desk("DSQ-PARIS", "MISSION").is_refused(elsewhere).await;
    assert_eq!(refused.what(), (Code::NotFound, "NO_SUCH_BLOCK"));
    // A birth registered over the line is given none of them.
    let online = desk.number(asking(id(9), born_abroad(MISSION, 9))).await;
    assert!(!block.numbers.contains(&online));
    let stage = stage.restart().await;
    let kept = now(&mission(&stage), &block).await;
    assert_eq!((&kept.numbers, &kept.signed_note), (&block.numbers, &block.signed_note));
    stage.end().await;
}

#[tokio::test]
async fn the_note_of_a_block_can_be_checked_without_a_line() {
    let stage = Stage::set().await;
    let block = block(&mission(&stage), 5).await;
    let key = NoteVerifier::parse(&stage.public_key()).unwrap();
    let text = key.open(&block.signed_note).unwrap();
    let note = read_block_text(text).unwrap();
    assert_eq!(
        (note.block_id.to_string(), note.office.as_str()),
        (block.block_id.clone(), MISSION)
    );
    let numbers: Vec<_> = note.numbers.iter().map(ToString::to_string).collect();
    assert_eq!(numbers, block.numbers);
    assert_eq!(note.expires_at / 1_000_000, block.expires_at.unwrap().seconds);
    let other = KeyRing::new(&[9; 32], &[2; 32], &[3; 32])
        .unwrap()
        .note
        .verifier()
        .unwrap();
    assert!(other.open(&block.signed_note).is_err());
    let digit = block.numbers[0].chars().last().unwrap();
    let forged = block
        .signed_note
        .replacen(digit, if digit == '1' { "2" } else { "1" }, 1);
    assert!(key.open(&forged).is_err());
    stage.end().await;
}

#[tokio::test]
async fn a_reservation_that_breaks_its_rules_names_every_field() {
    let stage = Stage::set().await;
    let desk = mission(&stage);
    let refused = desk.is_refused(v1::ReserveBlockRequest {
        request_id: new_id(),
        country_code: "079".into(),
        sex: 7,
        birth_year: 1899,
        count: 1001,
        expires_at: None,
    });
    let refused = refused.await;
    assert_eq!(refused.what(), (Code::InvalidArgument, "INVALID_FIELD"));
    assert_eq!(
        refused.fields(),
        ["country_code", "sex", "birth_year", "count", "expires_at"]
    );
    let past = prost_types::Timestamp {
        seconds: 1_000_000_000,
        nanos: 0,
    };
    for (broken, field) in [
        (
            v1::ReserveBlockRequest {
                expires_at: Some(past),
                ..reserve(1)
            },
            "expires_at",
        ),
        (v1::ReserveBlockRequest { count: 0, ..reserve(1) }, "count"),
    ] {
        assert_eq!(desk.is_refused(broken).await.fields(), [field]);
    }
    // Two thousand unused numbers are what a mission may hold, unless the policy file says otherwise.
    block(&desk, 1000).await;
    block(&desk, 999).await;
    let refused = desk.is_refused(reserve(2)).await;
    assert_eq!(
        (refused.what(), refused.fields()),
        ((Code::InvalidArgument, "INVALID_FIELD"), vec!["count"])
    );
    let last = block(&desk, 1).await;
    let close = v1::CloseBlockRequest {
        request_id: new_id(),
        block_id: last.block_id,
    };
    desk.does(close).await;
    block(&desk, 1).await;
    stage.end().await;
}

#[tokio::test]
async fn what_was_handed_out_is_settled_once_and_a_child_keeps_one_number() {
    let stage = Stage::set().await;
    let desk = mission(&stage);
    let block = block(&desk, 6).await;
    let numbers = &block.numbers;
    let handed = |n, number: &str| settle(&block, number, born_abroad(MISSION, n));

    let first = handed(1, &numbers[0]);
    let answer = desk.does(first.clone()).await;
    let position = answer.position;
    let number = given(answer);
    assert_eq!((number.number.as_str(), number.state()), (numbers[0].as_str(), Issued));
    assert_eq!(number.registrations, [born_abroad(MISSION, 1).r#ref.unwrap()]);
    let again = desk.does(first.clone()).await;
    assert_eq!(
        (again.replayed, again.position, given(again)),
        (true, position, number.clone())
    );
    // The same registration is known to every other call.
    let online = asking(new_id(), born_abroad(MISSION, 1));
    assert_eq!(desk.number(online).await, numbers[0]);
    assert_eq!(desk.number_of(&numbers[0]).await.state(), Issued);

    // Handed out twice, by a copy of an old journal: to another child, and to the same one.
    let refused = desk.is_refused(handed(2, &numbers[0])).await;
    assert_eq!(refused.what(), (Code::FailedPrecondition, "WRONG_STATE"));
    assert_eq!(refused.preconditions, [("WRONG_STATE".to_owned(), "number".to_owned())]);
    let second = given(desk.does(handed(1, &numbers[1])).await);
    assert_eq!(
        (second.state(), second.replaced_by.as_str()),
        (Revoked, numbers[0].as_str())
    );
    let never_printed = v1::SettleNumberRequest {
        handed_out_at: None,
        ..handed(1, &numbers[2])
    };
    let third = given(desk.does(never_printed).await);
    assert_eq!(
        (third.state(), third.replaced_by.as_str()),
        (Quarantined, numbers[0].as_str())
    );

    // Registered at home as well: the population side says that it is one child.
    let mut at_home = request(COMMUNE, 3);
    mother(at_home.registration.as_mut().unwrap()).personal_number = "079198000003".into();
    let home = stage.commune.number(at_home).await;
    let known = |number: &str| {
        let mut abroad = handed(3, number);
        mother(abroad.registration.as_mut().unwrap()).personal_number = "079198000003".into();
        abroad
    };
    let case_id = reviewed(desk.does(known(&numbers[3])).await);
    assert_eq!(counts(&now(&desk, &block).await), [2, 1, 1, 1, 1]);
    let case = stage.authority.case(&case_id).await;
    stage
        .authority
        .does(resolve(&case, Answer::SamePerson(home.clone())))
        .await;
    assert_eq!(state(&stage, &numbers[3]).await, (Revoked, home.clone()));
    assert_eq!(state(&stage, &home).await, (Issued, String::new()));

    // Taken back by the mission, and entered with the right name.
    let mut once_more = known(&numbers[4]);
    once_more
        .registration
        .as_mut()
        .unwrap()
        .r#ref
        .as_mut()
        .unwrap()
        .entry_number = "3A".into();
    let case_id = reviewed(desk.does(once_more).await);
    let case = desk.case(&case_id).await;
    desk.does(withdraw(&case)).await;
    let answer = desk.does(handed(4, &numbers[4])).await;
    assert_eq!(given(answer).state(), Issued);
    assert_eq!(counts(&now(&desk, &block).await), [1, 2, 0, 2, 1]);

    let close = v1::CloseBlockRequest {
        request_id: new_id(),
        block_id: block.block_id.clone(),
    };
    let closed = desk.does(close.clone()).await;
    let block_now = closed.block.unwrap();
    assert_eq!(
        (block_now.state(), counts(&block_now)),
        (BlockState::Closed, [0, 2, 0, 2, 2])
    );
    assert!(desk.does(close).await.replayed);
    let refused = desk.is_refused(handed(5, &numbers[5])).await;
    assert_eq!(refused.what(), (Code::FailedPrecondition, "BLOCK_CLOSED"));
    let stage = stage.restart().await;
    assert_eq!(counts(&now(&mission(&stage), &block).await), [0, 2, 0, 2, 2]);
    stage.end().await;
}

#[tokio::test]
async fn a_block_that_has_expired_is_settled_by_the_population_side() {
    let stage = Stage::set().await;
    let desk = mission(&stage);
    let soon = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + Duration::from_millis(1500);
    let asked = v1::ReserveBlockRequest {
        expires_at: Some(prost_types::Timestamp {
            seconds: soon.as_secs().cast_signed(),
            nanos: soon.subsec_nanos().cast_signed(),
        }),
        ..reserve(2)
    };
    let block = desk.does(asked).await.block.unwrap();
    crate::support::until("the block expires", async || {
        (now(&desk, &block).await.state() == BlockState::Expired).then_some(())
    })
    .await;
    let number = &block.numbers[0];
    let case_id = reviewed(desk.does(settle(&block, number, born_abroad(MISSION, 1))).await);
    let case = stage.authority.case(&case_id).await;
    stage
        .authority
        .does(resolve(&case, Answer::DifferentPersons(true)))
        .await;
    assert_eq!(state(&stage, number).await.0, Issued);
    let online = asking(new_id(), born_abroad(MISSION, 1));
    assert_eq!(desk.outcome(&online).await.number, *number);
    stage.end().await;
}

#[tokio::test]
async fn what_does_not_fit_is_refused_by_its_field_and_nothing_is_lost() {
    let stage = Stage::set().await;
    let desk = mission(&stage);
    let (block, other) = (block(&desk, 2).await, block(&desk, 1).await);
    let good = settle(&block, &block.numbers[0], born_abroad(MISSION, 1));
    let boy = {
        let mut boy = born_abroad(MISSION, 1);
        child(&mut boy).sex = v1::Sex::Male.into();
        boy
    };
    let ahead = prost_types::Timestamp {
        seconds: 4_000_000_000,
        nanos: 0,
    };
    let broken = |change: &dyn Fn(&mut v1::SettleNumberRequest)| {
        let mut request = good.clone();
        change(&mut request);
        request
    };
    for (request, fields) in [
        (broken(&|it| it.number = other.numbers[0].clone()), vec!["number"]),
        (broken(&|it| it.registration = Some(boy.clone())), vec!["number"]),
        (broken(&|it| it.handed_out_at = Some(ahead)), vec!["handed_out_at"]),
        (
            broken(&|it| (it.number, it.block_id) = ("1234".into(), "x".into())),
            vec!["block_id", "number"],
        ),
    ] {
        let refused = desk.is_refused(request).await;
        assert_eq!(refused.what(), (Code::InvalidArgument, "INVALID_FIELD"));
        assert_eq!(refused.fields(), fields);
    }
    let refused = desk.is_refused(broken(&|it| it.block_id = new_id())).await;
    assert_eq!(refused.what(), (Code::NotFound, "NO_SUCH_BLOCK"));
    let refused = desk
        .is_refused(broken(&|it| it.registration = Some(born_abroad("DSQ-PARIS", 1))))
        .await;
    assert_eq!(refused.what(), (Code::PermissionDenied, "NOT_YOUR_REGISTRATION"));
    let foreign = broken(&|it| child(it.registration.as_mut().unwrap()).nationalities = vec!["JP".into()]);
    let refused = desk.is_refused(v1::SettleNumberRequest {
        request_id: new_id(),
        number: block.numbers[1].clone(),
        ..foreign
    });
    assert_eq!(refused.await.what(), (Code::FailedPrecondition, "NOT_ELIGIBLE"));
    assert_eq!(state(&stage, &block.numbers[1]).await.0, Revoked);
    // None of it stands in the way of what is right, under the same id; the child gave up its entry.
    let right = v1::SettleNumberRequest {
        registration: Some(born_abroad(MISSION, 7)),
        ..good.clone()
    };
    assert_eq!(given(desk.does(right).await).state(), Issued);
    let reused = desk.is_refused(good).await;
    assert_eq!(reused.what(), (Code::AlreadyExists, "REQUEST_ID_REUSED"));
    stage.end().await;
}

#[tokio::test]
async fn a_stream_answers_each_item_once_and_the_feed_tells_of_blocks() {
    let stage = Stage::set().await;
    let desk = mission(&stage);
    let block = block(&desk, 40).await;
    let item = |n: u64| v1::SettleBlockRequest {
        request_id: id(n),
        block_id: block.block_id.clone(),
        number: block.numbers[n as usize].clone(),
        registration: Some(born_abroad(MISSION, n)),
        handed_out_at: Some(timestamp(1)),
    };
    let bad = v1::SettleBlockRequest {
        request_id: id(77),
        ..v1::SettleBlockRequest::default()
    };
    let items: Vec<_> = (0..40).map(item).chain([bad]).collect();
    for replayed in [false, true] {
        let mut client = BlockServiceClient::new(desk.channel.clone());
        let sent = desk.sends(futures_util::stream::iter(items.clone()));
        let mut answers = client.settle_block(sent).await.unwrap().into_inner();
        let mut answered = BTreeSet::new();
        while let Some(answer) = answers.message().await.unwrap() {
            assert!(answered.insert(answer.request_id.clone()), "an item was answered twice");
            match answer.result.unwrap() {
                Item::Settled(number) => {
                    assert_eq!((number.state(), answer.replayed), (Issued, replayed));
                    assert!(block.numbers.contains(&number.number));
                }
                Item::Error(status) => {
                    assert_eq!(answer.request_id, id(77));
                    assert_eq!(told_of(&status).what(), (Code::InvalidArgument, "INVALID_FIELD"));
                }
                Item::UnderReview(_) => panic!("under review"),
            }
        }
        assert_eq!(answered.len(), 41);
    }
    assert_eq!(counts(&now(&desk, &block).await), [0, 40, 0, 0, 0]);
    let kinds = [EventKind::Block];
    let own = desk.events(&kinds).await;
    assert_eq!(own.len(), 41, "the block, and each of its numbers");
    assert!(stage.desk("DSQ-PARIS", "MISSION").events(&kinds).await.is_empty());
    assert_eq!(stage.authority.events(&[EventKind::Issued]).await.len(), 40);
    stage.end().await;
}

fn mother(registration: &mut v1::BirthRegistration) -> &mut v1::Person {
    registration.mother.as_mut().unwrap()
}

fn timestamp(seconds: i64) -> prost_types::Timestamp {
    prost_types::Timestamp { seconds, nanos: 0 }
}

use std::sync::Arc;

use jiff::civil::date;
use uuid::Uuid;

use super::*;
use crate::ledger::KeyRing;
use crate::number::Codes;
use crate::proto::google::r#type::Date;
use crate::proto::v1;
use crate::protocol::{LifeStatus, NumberRow, NumberState};
use crate::registration::{Content, Registration, check};

const DIGEST: [u8; 16] = [1; 16];
const SENT: [u8; 16] = [3; 16];
const NOW: Duration = Duration::from_secs(100);

fn keep(replays: &Replays, request: RequestKey, reply: &Reply) {
    replays.keep(
        7,
        [Kept {
            request,
            digest: DIGEST,
            as_sent: SENT,
            reply,
        }],
    );
}

/// A registration whose child has a name of so many letters.
fn facts(letters: usize) -> Arc<Registration> {
    let day = Some(Date {
        year: 2026,
        month: 3,
        day: 9,
    });
    let birth = v1::BirthRegistration {
        r#ref: Some(v1::RegistrationRef {
            office_code: "26734".into(),
            register: v1::Register::Birth.into(),
            book_year: 2026,
            book_number: String::new(),
            entry_number: "1".into(),
        }),
        kind: v1::RegistrationKind::OnTime.into(),
        registered_on: day,
        place_code: "079".into(),
        child: Some(v1::Child {
            full_name: "a".repeat(letters),
            date_of_birth: day,
            sex: v1::Sex::Female.into(),
            nationalities: vec!["VN".into()],
            ..v1::Child::default()
        }),
        foundling: true,
        ..v1::BirthRegistration::default()
    };
    Arc::new(check(&Content::of(&birth), Codes::embedded(), date(2026, 3, 17)).unwrap())
}

fn reply(standing: Standing, letters: usize) -> Reply {
    let facts = facts(letters);
    Reply {
        standing,
        position: 7,
        replayed: false,
        request_id: Uuid::from_u128(1),
        facts,
    }
}

fn request(id: u128) -> RequestKey {
    RequestKey {
        id: Uuid::from_u128(id),
        office: "26734".to_owned(),
    }
}

#[test]
fn answers_never_weigh_more_than_allowed_in_all() {
    for bytes in [0, 5_000, 100_000] {
        let replays = Replays::new(bytes, 7, NOW);
        for id in 0..2_000 {
            keep(
                &replays,
                request(id),
                &Reply {
                    facts: facts(1 + id as usize % 200),
                    ..issued(id as i64)
                },
            );
            assert!(
                replays.cache.weight() <= bytes,
                "{} of {bytes} bytes",
                replays.cache.weight()
            );
        }
        assert_eq!(replays.cache.is_empty(), bytes == 0);
    }
}

#[test]
fn an_answer_weighs_at_least_what_it_holds() {
    let weigh = |letters: usize| {
        let answered = Answered {
            digest: DIGEST,
            as_sent: SENT,
            reply: reply(Standing::NotEligible, letters),
        };
        Weight.weight(&request(1), &answered)
    };
    let least = size_of::<RequestKey>() + size_of::<Answered>() + size_of::<Registration>();
    assert!(weigh(1) > least as u64);
    // The name is held as it was written and in its normal form.
    assert_eq!(weigh(200) - weigh(100), 200);
}

#[test]
fn what_is_under_review_is_not_kept() {
    let replays = Replays::new(1 << 20, 7, NOW);
    keep(
        &replays,
        request(1),
        &reply(Standing::UnderReview(Uuid::from_u128(9)), 10),
    );
    assert!(replays.get(&request(1), &DIGEST, NOW).is_none());
    assert!(replays.cache.is_empty());
}

#[test]
fn a_kept_answer_is_given_as_replayed_and_for_the_same_content_only() {
    let replays = Replays::new(1 << 20, 7, NOW);
    let first = issued(1);
    keep(&replays, request(1), &first);
    let again = replays.get(&request(1), &DIGEST, NOW).unwrap();
    assert_eq!(
        (again.standing, again.position, again.replayed),
        (first.standing, 7, true)
    );
    assert!(replays.get(&request(1), &[2; 16], NOW).is_none());
    assert!(replays.get(&request(2), &DIGEST, NOW).is_none());
    assert!(replays.resent(&request(1), &SENT, NOW).unwrap().replayed);
    assert!(replays.resent(&request(1), &DIGEST, NOW).is_none());
    assert!(replays.resent(&request(2), &SENT, NOW).is_none());
    let elsewhere = RequestKey {
        office: "00001".to_owned(),
        ..request(1)
    };
    assert!(replays.get(&elsewhere, &DIGEST, NOW).is_none());
    assert!(replays.resent(&elsewhere, &SENT, NOW).is_none());
}

/// An answer with the number of a slot.
fn issued(slot: i64) -> Reply {
    let slot = Slot::from_value(79_126_000_000 + slot).unwrap();
    let number = NumberRow {
        slot,
        number: KeyRing::new(&[1; 32], &[2; 32], &[3; 32]).unwrap().picker.at(slot),
        state: NumberState::Issued,
        life: LifeStatus::Alive,
        replaced_by: None,
        replaces: None,
        case_id: None,
        issued_at: 0,
        decision: 7,
        registration: 7,
        facts: 7,
    };
    reply(Standing::Issued(number), 10)
}

fn slot(reply: &Reply) -> Slot {
    match &reply.standing {
        Standing::Issued(number) => number.slot,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_entry_makes_every_answer_with_its_number_forgotten_and_no_other() {
    let replays = Replays::new(1 << 20, 7, NOW);
    let (first, second) = (issued(1), issued(2));
    keep(&replays, request(1), &first);
    keep(&replays, request(2), &first);
    keep(&replays, request(3), &second);
    replays.follow(9, Some(NOW), [slot(&first)]);
    let kept = |id| replays.get(&request(id), &DIGEST, NOW).is_some();
    assert_eq!([kept(1), kept(2), kept(3)], [false, false, true]);
    assert_eq!(replays.by_slot.lock().len(), 1);
}

#[test]
fn what_was_true_before_the_ledger_was_followed_further_is_not_kept() {
    let replays = Replays::new(1 << 20, 7, NOW);
    replays.follow(8, Some(NOW), []);
    keep(&replays, request(1), &issued(1));
    assert!(replays.get(&request(1), &DIGEST, NOW).is_none());
    assert_eq!(replays.followed(), 8);
}

#[test]
fn nothing_is_answered_from_memory_while_the_ledger_was_not_looked_at_for_a_second() {
    let replays = Replays::new(1 << 20, 7, NOW);
    keep(&replays, request(1), &issued(1));
    let after = |millis| {
        let now = NOW + Duration::from_millis(millis);
        let known = replays.get(&request(1), &DIGEST, now).is_some();
        assert_eq!(replays.resent(&request(1), &SENT, now).is_some(), known);
        known
    };
    assert!(after(1000) && !after(1001));
    // Part of the way is not the whole of it.
    replays.follow(8, None, []);
    assert!(!after(1001));
    replays.follow(8, Some(NOW + Duration::from_millis(500)), []);
    assert!(after(1500) && !after(1501));
}

#[test]
fn the_list_by_slot_holds_no_more_than_the_cache() {
    let replays = Replays::new(20_000, 7, NOW);
    for id in 0..500 {
        keep(&replays, request(id), &issued(i64::try_from(id).unwrap() / 2));
    }
    let listed: usize = replays.by_slot.lock().values().map(Vec::len).sum();
    assert_eq!(listed, replays.cache.len());
}

#[test]
fn what_this_server_wrote_is_forgotten_at_once_and_followed_unless_others_wrote_before() {
    let replays = Replays::new(1 << 20, 7, NOW);
    let (first, second) = (issued(1), issued(2));
    keep(&replays, request(1), &first);
    keep(&replays, request(2), &second);
    replays.wrote(7, 9, [slot(&first)]);
    let kept = |id| replays.get(&request(id), &DIGEST, NOW).is_some();
    assert_eq!([kept(1), kept(2)], [false, true]);
    assert_eq!(replays.followed(), 9);
    // Another server wrote the tenth.
    replays.wrote(10, 11, [slot(&second)]);
    assert!(!kept(2));
    assert_eq!(replays.followed(), 9);
}

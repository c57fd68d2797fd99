//! Births entered again that were answered before the store lost that.

use std::collections::BTreeSet;
use std::sync::Arc;

use uuid::Uuid;

use super::{Memory, Vary, birth};
use crate::ledger::{EntryKind, KeyRing};
use crate::number::Number;
use crate::proto::v1 as pb;
use crate::protocol::{Changes, Command, Loss, Reply, Standing, Told, recover};
use crate::refusal::Refusal;

/// How many counters of every prefix are passed over.
const LOST: u32 = 20;

fn ring() -> Arc<KeyRing> {
    Arc::new(KeyRing::new(&[1; 32], &[2; 32], &[3; 32]).unwrap())
}

impl Memory {
    /// An empty store that lost entries, and was recovered.
    fn recovered(ring: &Arc<KeyRing>) -> Self {
        let mut memory = Self::under(Arc::clone(ring));
        let loss = Loss {
            epoch: 1,
            size: 9,
            drawn: 9,
            counters: LOST,
        };
        let seed = (Uuid::from_u128(1), [7; 32], [7; 12]);
        let before = Changes::on(memory.head.clone());
        let changes = recover(before, Vec::new(), loss, (ring, memory.moment), seed).unwrap();
        memory.keep(&changes).unwrap();
        memory
    }

    fn reenter(&mut self, id: u128, birth: &pb::BirthRegistration, number: Number) -> Result<Reply, Refusal> {
        let mut command = self.issue(id, birth);
        if let Command::Issue(issue) = &mut command {
            issue.told = Some(number);
        }
        self.carry_out(&[command]).0.remove(0).map(Told::birth)
    }
}

/// Births of different mothers, each of another entry.
fn births() -> [pb::BirthRegistration; 3] {
    [
        birth(),
        birth().of_another_mother().entry("2"),
        birth().abandoned().named("Phan Văn Lộc").born(2025, 11, 5).entry("3"),
    ]
}

fn number(reply: &Reply) -> Number {
    match &reply.standing {
        Standing::Issued(row) => row.number,
        other => panic!("{other:?}"),
    }
}

/// What the births were told, under ids from 1 on, by a store that then lost it.
fn told(ring: &Arc<KeyRing>) -> Vec<Number> {
    let mut lost = Memory::under(Arc::clone(ring));
    let births = births();
    let told = births.iter().zip(1..).map(|(birth, id)| lost.tell(id, birth).unwrap());
    told.map(|reply| number(&reply)).collect()
}

#[test]
fn whatever_was_told_stands_again_in_whatever_order_and_is_told_to_whoever_asks() {
    let ring = ring();
    let told = told(&ring);
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let mut memory = Memory::recovered(&ring);
        for which in order {
            let id = which as u128 + 1;
            let entered = memory.reenter(id, &births()[which], told[which]).unwrap();
            assert_eq!((number(&entered), entered.replayed), (told[which], false));
            assert_eq!(memory.entries.last().unwrap().kind, EntryKind::Reentered);
            // Entered once more, and sent once more by its office.
            let entries = memory.entries.len();
            let again = memory.reenter(id, &births()[which], told[which]).unwrap();
            assert_eq!((number(&again), again.replayed), (told[which], true));
            let asked = memory.tell(id, &births()[which]).unwrap();
            assert_eq!((number(&asked), asked.replayed), (told[which], true));
            assert_eq!(memory.entries.len(), entries);
            // It had been sent under a second id, and was told the same under that.
            let other_id = memory.reenter(100 + id, &births()[which], told[which]).unwrap();
            assert_eq!((number(&other_id), other_id.replayed), (told[which], true));
            assert_eq!(memory.entries.last().unwrap().kind, EntryKind::Bound);
        }
        // What is given since is none of them.
        let since: BTreeSet<Number> = (0..30)
            .map(|entry| {
                let name = format!("Lý Thị {}", (0..=entry).map(|_| 'a').collect::<String>());
                let born = birth().abandoned().named(&name).entry(&(100 + entry).to_string());
                memory.given(&born)
            })
            .collect();
        assert_eq!(since.len(), 30);
        assert!(since.iter().all(|number| !told.contains(number)));
        let kept = since.iter().all(|number| ring.picker.slot(*number).counter() >= LOST);
        assert!(kept, "a counter that was passed over was drawn");
    }
}

#[test]
fn where_anything_speaks_against_it_nothing_is_written() {
    let ring = ring();
    let told = told(&ring);
    let [first, second, _] = births();
    let foreign = first
        .clone()
        .but(|birth| birth.child().nationalities = vec!["FR".into()]);
    let never_passed_over = ring.picker.number(told[0].prefix(), LOST).unwrap();
    let renamed = first.clone().named("Nguyễn Thị An");
    let elsewhere = first.clone().entry("77");
    let before = |_: &mut Memory| {};
    let registered = |memory: &mut Memory| drop(memory.tell(50, &births()[0]).unwrap());
    let answered = |memory: &mut Memory| drop(memory.tell(1, &births()[1]).unwrap());
    let entered = |memory: &mut Memory| drop(memory.reenter(1, &births()[0], self::told(&self::ring())[0]).unwrap());
    type Before = fn(&mut Memory);
    type Case<'a> = (&'static str, Before, (u128, &'a pb::BirthRegistration, Number), Refusal);
    let table: [Case<'_>; 9] = [
        (
            "a counter that is still to be drawn",
            before,
            (1, &first, never_passed_over),
            Refusal::WrongState("number"),
        ),
        (
            "another prefix",
            before,
            (1, &first, told[1]),
            Refusal::WrongState("number"),
        ),
        (
            "somebody's number",
            entered,
            (2, &elsewhere.clone().abandoned().named("Đỗ Thị Mai"), told[0]),
            Refusal::WrongState("number"),
        ),
        (
            "a child that gets none",
            before,
            (1, &foreign, told[0]),
            Refusal::NotEligible,
        ),
        (
            "registered since, with another number",
            registered,
            (1, &first, told[0]),
            Refusal::RegistrationExists(Vec::new()),
        ),
        (
            "registered since with other facts",
            registered,
            (1, &renamed, told[0]),
            Refusal::RegistrationExists(vec!["registration.child.full_name".to_owned()]),
        ),
        (
            "the same child in another entry",
            registered,
            (1, &elsewhere, told[0]),
            Refusal::WrongState("registration.child"),
        ),
        (
            "a birth that waits for the other side",
            before,
            (1, &first.clone().kind(pb::RegistrationKind::ReRegistration), told[0]),
            Refusal::WrongState("registration.child"),
        ),
        (
            "an id that was used for something else",
            answered,
            (1, &second.clone().named("Lê Văn Khác"), told[1]),
            Refusal::RequestIdReused(vec!["registration.child.full_name".to_owned()]),
        ),
    ];
    for (what, before, (id, birth, number), expected) in table {
        let mut memory = Memory::recovered(&ring);
        before(&mut memory);
        let head = memory.head.clone();
        let refused = memory.reenter(id, birth, number).unwrap_err();
        assert_eq!(refused, expected, "{what}");
        assert_eq!(memory.head, head, "{what}: something was written");
    }
}

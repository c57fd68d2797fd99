//! Every state a registration can be in, against every command: what is answered, and what exactly is written.

use uuid::Uuid;

use super::memory::{Became, Turned};
use super::{Memory, Vary, birth};
use crate::ledger::EntryKind::{self, Bound, Issued, Rejected, UnderReview};
use crate::ledger::RequestKey;
use crate::proto::v1 as pb;
use crate::protocol::CaseCause::{ReRegistration, SameChild};
use crate::protocol::{CaseCause, Changes, Command, Find};
use crate::refusal::Refusal;

/// The state before: what became of the registration with entry 1, sent under id 1.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Before {
    Nothing,
    HasNumber,
    Waits,
    GotNothing,
}

#[derive(Debug, Clone, Copy)]
enum Sent {
    SameIdSameContent,
    SameIdOtherContent,
    OtherIdSameRefSameFacts,
    OtherIdSameRefOtherFacts,
    OtherRefSameChild,
    OtherRefOtherChild,
    FindById,
    FindByRef,
}

/// What came of it.
#[derive(Debug, PartialEq)]
enum Answer {
    /// A new decision.
    New(Became),
    /// The decision made before, at position 1.
    First,
    Refused(Refusal),
}

/// How many rows each table got.
#[derive(Debug, Default, PartialEq)]
struct Written {
    entries: Vec<EntryKind>,
    numbers: usize,
    prefixes: usize,
    strict: usize,
    moved: usize,
    blocking: usize,
    cases: usize,
}

impl Written {
    fn of(changes: Option<&Changes>) -> Self {
        changes.map_or_else(Self::default, |changes| Self {
            entries: changes.entries.iter().map(|entry| entry.kind).collect(),
            numbers: changes.numbers.len(),
            prefixes: changes.prefixes.len(),
            strict: changes.strict.len(),
            moved: changes.moved.len(),
            blocking: changes.blocking.len(),
            cases: changes.cases.len(),
        })
    }

    /// A number: reference and child become strict keys; the child, and the mother by number and name, blocking ones.
    fn number() -> Self {
        Self {
            entries: vec![Issued],
            numbers: 1,
            prefixes: 1,
            strict: 2,
            blocking: 3,
            ..Self::default()
        }
    }

    fn case() -> Self {
        Self {
            entries: vec![UnderReview],
            strict: 1,
            blocking: 3,
            cases: 1,
            ..Self::default()
        }
    }

    fn rejection() -> Self {
        Self {
            entries: vec![Rejected],
            strict: 1,
            ..Self::default()
        }
    }

    /// The reference was held by a registration that got nothing.
    fn over_a_rejection(self) -> Self {
        Self {
            strict: self.strict - 1,
            moved: 1,
            ..self
        }
    }

    fn binding() -> Self {
        Self {
            entries: vec![Bound],
            ..Self::default()
        }
    }
}

const BEFORE: [Before; 4] = [Before::Nothing, Before::HasNumber, Before::Waits, Before::GotNothing];

impl Before {
    /// A registration that comes into this state, given its facts otherwise.
    fn of(self, birth: pb::BirthRegistration) -> pb::BirthRegistration {
        match self {
            Before::Nothing | Before::HasNumber => birth,
            Before::Waits => birth.kind(pb::RegistrationKind::ReRegistration),
            Before::GotNothing => birth.but(|birth| birth.child().nationalities = vec!["FR".into()]),
        }
    }

    fn memory(self) -> Memory {
        let mut memory = Memory::new();
        if self != Before::Nothing {
            memory.tell(1, &self.of(birth())).unwrap();
        }
        memory
    }

    /// What becomes of a registration like this one that meets these others.
    fn decided(self, matches: &[i64]) -> (Answer, Written) {
        let review = |cause: CaseCause| Answer::New(Became::UnderReview(cause, matches.to_vec()));
        match self {
            Before::Waits => (review(ReRegistration), Written::case()),
            Before::GotNothing => (Answer::New(Became::NotEligible), Written::rejection()),
            _ if matches.is_empty() => (Answer::New(Became::Issued), Written::number()),
            _ => (review(SameChild), Written::case()),
        }
    }
}

fn send(memory: &mut Memory, before: Before, sent: Sent) -> Turned {
    let first = before.of(birth());
    let renamed = before.of(birth().named("Nguyễn Thị Hoa"));
    let command = match sent {
        Sent::SameIdSameContent => memory.issue(1, &first),
        Sent::SameIdOtherContent => memory.issue(1, &renamed),
        Sent::OtherIdSameRefSameFacts => memory.issue(2, &first),
        Sent::OtherIdSameRefOtherFacts => memory.issue(2, &renamed),
        Sent::OtherRefSameChild => memory.issue(2, &first.entry("2")),
        Sent::OtherRefOtherChild => memory.issue(2, &before.of(birth().of_another_mother()).entry("2")),
        Sent::FindById => {
            let office = first.r#ref.unwrap().office_code;
            Command::Find(Find::Request(RequestKey {
                id: Uuid::from_u128(1),
                office,
            }))
        }
        Sent::FindByRef => memory.find_reference(&first),
    };
    memory.turn(&[command])
}

fn expected(before: Before, sent: Sent) -> (Answer, Written) {
    let known = before != Before::Nothing;
    let renamed = || vec!["registration.child.full_name".to_owned()];
    // A registration that got nothing has no claim on its child.
    let matches: &[i64] = if matches!(before, Before::HasNumber | Before::Waits) {
        &[1]
    } else {
        &[]
    };
    match sent {
        Sent::SameIdSameContent if known => (Answer::First, Written::default()),
        Sent::SameIdOtherContent if known => (Answer::Refused(Refusal::RequestIdReused(renamed())), Written::default()),
        Sent::OtherIdSameRefSameFacts if known => (Answer::First, Written::binding()),
        Sent::OtherIdSameRefOtherFacts if before == Before::GotNothing => {
            let (answer, written) = before.decided(&[]);
            (answer, written.over_a_rejection())
        }
        Sent::OtherIdSameRefOtherFacts if known => (
            Answer::Refused(Refusal::RegistrationExists(renamed())),
            Written::default(),
        ),
        Sent::OtherRefSameChild => before.decided(matches),
        Sent::FindById | Sent::FindByRef if known => (Answer::First, Written::default()),
        Sent::FindById => (Answer::Refused(Refusal::NoSuchRequest), Written::default()),
        Sent::FindByRef => (Answer::Refused(Refusal::NoSuchRegistration), Written::default()),
        _ => before.decided(&[]),
    }
}

const SENT: [Sent; 8] = [
    Sent::SameIdSameContent,
    Sent::SameIdOtherContent,
    Sent::OtherIdSameRefSameFacts,
    Sent::OtherIdSameRefOtherFacts,
    Sent::OtherRefSameChild,
    Sent::OtherRefOtherChild,
    Sent::FindById,
    Sent::FindByRef,
];

#[test]
fn every_command_in_every_state_answers_and_writes_exactly_this() {
    for before in BEFORE {
        for sent in SENT {
            let mut memory = before.memory();
            let (answer, written) = expected(before, sent);
            let first = memory.entries.first().map(|_| memory.decided(1).reply(true).unwrap());
            let mut turned = send(&mut memory, before, sent);
            let got = match turned.replies.remove(0) {
                Err(refusal) => Answer::Refused(refusal),
                Ok(reply) if reply.replayed => {
                    let first = first.expect("something to replay");
                    assert_eq!(
                        (reply.standing, reply.position),
                        (first.standing, 1),
                        "{before:?} {sent:?}"
                    );
                    assert_eq!(reply.request_id, first.request_id);
                    Answer::First
                }
                Ok(reply) => {
                    assert_eq!(reply.position, memory.entries.len() as i64, "{before:?} {sent:?}");
                    Answer::New(memory.became(&reply))
                }
            };
            assert_eq!(got, answer, "{before:?} {sent:?}");
            assert_eq!(Written::of(turned.changes.as_ref()), written, "{before:?} {sent:?}");
        }
    }
}

/// The same command once more: always the first answer, never a further entry.
#[test]
fn whatever_was_answered_is_answered_again_and_nothing_more_is_written() {
    for before in BEFORE {
        for sent in SENT {
            let mut memory = before.memory();
            let first = send(&mut memory, before, sent).replies.remove(0);
            let again = send(&mut memory, before, sent);
            match (first, &again.replies[0]) {
                (Ok(first), Ok(again)) => {
                    assert_eq!(
                        (&again.standing, again.position, again.replayed),
                        (&first.standing, first.position, true)
                    );
                }
                (Err(first), Err(again)) => assert_eq!(&first, again),
                (first, again) => panic!("{before:?} {sent:?}: {first:?} became {again:?}"),
            }
            assert!(again.changes.is_none(), "{before:?} {sent:?}");
        }
    }
}

//! What differs between a record and what is held here.

use std::fmt;

use crate::ledger::Position;
use crate::number::Number;
use crate::proto::v1;
use crate::protocol::{NumberRow, NumberState};
use crate::registration::{self, Content, Ref, compare};

/// A record of another registry. `Debug` shows nothing of it.
#[derive(Clone)]
pub struct Record {
    /// By what its sender tells it apart.
    pub key: String,
    /// The number it has there.
    pub number: Option<Number>,
    /// The registration it has there.
    pub reference: Option<Ref>,
    /// What is held there of the person.
    pub facts: v1::Facts,
}

impl Record {
    /// What stands for a number of which there is none.
    pub fn missing(number: Number) -> Self {
        Self {
            key: String::new(),
            number: Some(number),
            reference: None,
            facts: v1::Facts::default(),
        }
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Record { .. }")
    }
}

/// What is known here of a record, as far as its sender may know of it.
pub enum Ours<'a> {
    /// Its number.
    Number {
        /// The number as it stands.
        row: &'a NumberRow,
        /// The registrations it rests on.
        references: Vec<&'a Ref>,
        /// What is held of its holder now.
        held: Option<&'a Content>,
    },
    /// Not its number, but its registration.
    Registration {
        /// The number that has here.
        row: Option<&'a NumberRow>,
        /// What is held of its child now.
        held: &'a Content,
        /// The entry that holds the registration.
        registration: Position,
    },
    /// Neither.
    Nothing,
}

/// In what two registries disagree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mismatch {
    /// Both know of it, and it differs in these fields: those of the facts, `ref`, `number`, or `state` alone.
    Differs(Vec<&'static str>),
    /// Neither its number nor its registration is known here.
    MissingHere,
    /// The number stands here, and there is no record of it.
    MissingThere,
}

impl Ours<'_> {
    /// In what a record disagrees with this; `None` if it agrees.
    ///
    /// A number that is disputed is compared like one that stands: the dispute says already what is amiss. One that is given
    /// to nobody, or no longer, differs in `state`, and nothing else is compared. A record may have no number, or one that is
    /// not known here: then its registration should have that number here.
    pub fn disagree_with(&self, record: &Record) -> Option<Mismatch> {
        let fields = match self {
            Self::Nothing => return Some(Mismatch::MissingHere),
            Self::Number { row, .. } if !is_held(row) => vec!["state"],
            Self::Number { references, held, .. } => {
                let elsewhere = |own: &Ref| !references.contains(&own);
                let mut fields = differing_facts(&record.facts, *held);
                if record.reference.as_ref().is_some_and(elsewhere) {
                    fields.insert(0, "ref");
                }
                fields
            }
            Self::Registration { row, held, .. } => {
                let number = row.and_then(|row| match is_held(row) {
                    true => Some(row.number),
                    false => row.replaced_by,
                });
                let mut fields = differing_facts(&record.facts, Some(held));
                if number != record.number {
                    fields.insert(0, "number");
                }
                fields
            }
        };
        (!fields.is_empty()).then_some(Mismatch::Differs(fields))
    }

    /// The entry that holds what is compared; 0 where nothing is.
    pub fn version(&self) -> Position {
        match self {
            Self::Number { row, .. } => row.facts,
            Self::Registration { row, registration, .. } => row.map_or(*registration, |row| row.facts),
            Self::Nothing => 0,
        }
    }
}

fn is_held(row: &NumberRow) -> bool {
    row.stands() || row.state == NumberState::Disputed
}

fn differing_facts(facts: &v1::Facts, held: Option<&Content>) -> Vec<&'static str> {
    let nothing = Content::of(&v1::BirthRegistration::default());
    let compared = compare(facts, held.unwrap_or(&nothing));
    let other = compared
        .into_iter()
        .filter(|(_, compared)| *compared != registration::Compared::Match);
    other.map(|(field, _)| field).collect()
}

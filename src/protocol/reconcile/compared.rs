//! What differs between a record and what is held here.

use std::fmt;

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

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Record { .. }")
    }
}

/// The fields in which a record differs from the number it names, which rests on these registrations; none if it agrees.
///
/// A number that is disputed is compared like one that stands: the dispute says already what is amiss. One that is given to
/// nobody, or no longer, differs in `state`, and nothing else is compared.
pub fn differing(record: &Record, row: &NumberRow, references: &[Ref], held: Option<&Content>) -> Vec<&'static str> {
    if !is_held(row) {
        return vec!["state"];
    }
    let elsewhere = record.reference.as_ref().is_some_and(|own| !references.contains(own));
    let mut fields = differing_facts(&record.facts, held);
    if elsewhere {
        fields.insert(0, "ref");
    }
    fields
}

/// The fields in which a record differs from its registration, whose number, if it has one, is not the record's.
pub fn differing_by_reference(record: &Record, row: Option<&NumberRow>, held: &Content) -> Vec<&'static str> {
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

/// Whether somebody has this number, be it disputed.
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

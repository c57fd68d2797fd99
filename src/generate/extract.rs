//! The extract of another registry, made from births that were given numbers, with mismatches planted in it.

use std::collections::HashSet;

use super::dice::Dice;
use crate::number::{Number, Prefix};
use crate::proto::google::r#type::Date;
use crate::proto::v1::{BirthRegistration, MismatchKind, ReconciliationRecord};
use crate::registration::{Content, facts_of};

/// A name that no synthetic child has.
const OTHER_NAME: &str = "Người Được Gieo";
/// Years between a number that was given and one that never is.
const NEVER: i16 = 100;

/// What was planted: what comparing the extract must find, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planted {
    /// The kind of mismatch.
    pub kind: MismatchKind,
    /// The number it is found at.
    pub number: Number,
    /// The fields that differ.
    pub fields: Vec<&'static str>,
    /// The office that keeps the registration, if the record says so.
    pub office: String,
}

/// Makes records of births, and plants mismatches of each kind among them.
pub struct Extracts {
    dice: Dice,
    share: u32,
    seen: HashSet<Number>,
}

impl Extracts {
    /// Plants so many of each kind in 10,000 births, as the seed says.
    pub fn new(seed: u64, share: u32) -> Self {
        Self {
            dice: Dice::new(seed),
            share,
            seen: HashSet::new(),
        }
    }

    /// The records of a birth that was given a number, and what is planted in them; none of a number that was there before.
    pub fn of(
        &mut self,
        number: Number,
        registration: &BirthRegistration,
    ) -> (Vec<ReconciliationRecord>, Option<Planted>) {
        match self.seen.insert(number) {
            true => self.of_new(number, registration),
            false => (Vec::new(), None),
        }
    }

    /// The same of a number that was not there before.
    pub fn of_new(
        &mut self,
        number: Number,
        registration: &BirthRegistration,
    ) -> (Vec<ReconciliationRecord>, Option<Planted>) {
        let content = Content::of(registration);
        let mut record = ReconciliationRecord {
            key: String::new(),
            number: number.to_string(),
            r#ref: content.message().r#ref.clone(),
            facts: Some(facts_of(&content)),
        };
        let office = record.r#ref.as_ref().map(|own| own.office_code.clone());
        let planted = |kind, fields| Planted {
            kind,
            number,
            fields,
            office: office.unwrap_or_default(),
        };
        let drawn = self.dice.below(10_000);
        match drawn.checked_div(self.share) {
            Some(0) => (Vec::new(), Some(planted(MismatchKind::MissingThere, Vec::new()))),
            Some(1) => {
                let field = self.differ(&mut record);
                (vec![record], Some(planted(MismatchKind::Differs, vec![field])))
            }
            Some(2) => match never_given(number) {
                Some(unknown) => {
                    let stranger = ReconciliationRecord {
                        number: unknown.to_string(),
                        r#ref: None,
                        ..record.clone()
                    };
                    let planted = Planted {
                        kind: MismatchKind::MissingHere,
                        number: unknown,
                        fields: Vec::new(),
                        office: String::new(),
                    };
                    (vec![record, stranger], Some(planted))
                }
                None => (vec![record], None),
            },
            _ => (vec![record], None),
        }
    }

    /// Changes one field of a record, and tells which.
    fn differ(&mut self, record: &mut ReconciliationRecord) -> &'static str {
        let facts = record.facts.get_or_insert_default();
        let (kind, born) = (self.dice.below(4), facts.date_of_birth);
        match (kind, born, &mut facts.mother, &mut record.r#ref) {
            (0, Some(Date { day: 1.., .. }), _, _) => {
                let other = born.map(|date| Date {
                    day: date.day % 28 + 1,
                    ..date
                });
                facts.date_of_birth = other;
                "date_of_birth"
            }
            (1, _, Some(mother), _) => {
                mother.full_name = OTHER_NAME.to_owned();
                "mother.full_name"
            }
            (2, _, _, Some(reference)) => {
                reference.entry_number = "0".to_owned();
                "ref"
            }
            _ => {
                facts.full_name = Some(OTHER_NAME.to_owned());
                "full_name"
            }
        }
    }
}

/// A number of a century in which nobody was born yet; none where the digits do not reach so far.
fn never_given(number: Number) -> Option<Number> {
    let prefix = number.prefix();
    let later = Prefix::new(prefix.place(), prefix.sex(), prefix.birth_year().checked_add(NEVER)?).ok()?;
    Number::new(later, number.serial()).ok()
}

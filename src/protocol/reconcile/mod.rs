//! Comparing the records of another registry with what is held here: what is compared, in which order, and what counts as
//! a difference.

mod compared;
mod place;
mod report;

use std::collections::BTreeSet;

pub use compared::{Mismatch, Ours, Record};
pub use place::{Counts, Place};
pub use report::{Report, report, report_id};

use crate::ledger::IndexKey;
use crate::number::{PlaceCode, Prefix};

/// Which numbers are compared: those that fit everything that is given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Compared {
    /// Their places; none for all.
    pub places: BTreeSet<PlaceCode>,
    /// Years of birth; none for all.
    pub years: BTreeSet<i16>,
    /// When the extract was taken, in microseconds since 1970-01-01 UTC: what was given later cannot be in it.
    pub extracted_at: Option<i64>,
    /// Whether each mismatch opens a case.
    pub open_cases: bool,
}

impl Compared {
    /// Whether the numbers of a prefix are compared.
    pub fn covers(&self, prefix: Prefix) -> bool {
        (self.places.is_empty() || self.places.contains(&prefix.place()))
            && (self.years.is_empty() || self.years.contains(&prefix.birth_year()))
    }

    /// A digest of what an office compares, by which a resumed comparison is known to be of the same. `names` is the key of
    /// names, which outlasts an index key.
    pub fn tag(&self, office: &str, names: &IndexKey) -> String {
        let places: Vec<u8> = self
            .places
            .iter()
            .flat_map(|place| place.value().to_be_bytes())
            .collect();
        let years: Vec<u8> = self.years.iter().flat_map(|year| year.to_be_bytes()).collect();
        let extracted_at = self.extracted_at.map(i64::to_be_bytes);
        let extracted_at = extracted_at.as_ref().map_or(&[][..], |at| &at[..]);
        let open_cases = [u8::from(self.open_cases)];
        let parts = [office.as_bytes(), &places, &years, extracted_at, &open_cases];
        let tag = names.tag("reconciliation", &parts);
        crate::ledger::hex(&tag[..8])
    }
}

//! The grounds on which a number is revoked, reissued, merged or split: dated, for a later decree may change them.

use jiff::civil::Date;

use super::CaseKind;

/// A legal ground.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ground {
    /// Its code, by which a proposal names it.
    pub code: String,
    /// The kinds of case it serves: of those that are proposed.
    pub kinds: Vec<CaseKind>,
    /// The first day it is in force.
    pub from: Date,
    /// The last day, where it has one.
    pub until: Option<Date>,
    /// Whether only the citizen may ask for it.
    pub citizen_request: bool,
    /// What it says, in Vietnamese.
    pub vietnamese: String,
    /// The same in English.
    pub english: String,
}

impl Ground {
    /// Whether it is in force on a day.
    pub fn in_force(&self, day: Date) -> bool {
        self.from <= day && self.until.is_none_or(|until| day <= until)
    }
}

/// The place under which a number is given anew, when the code of the registration has been closed since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ReissuePlace {
    /// That of the unit which has taken the place over.
    #[default]
    Successor,
    /// That of the registration, though it is closed for new births.
    Registered,
}

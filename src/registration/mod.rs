//! The facts of a birth: how they are cleaned, checked and compared, and the keys by which a child is found again.
//!
//! A message comes in as whatever a client sent. [`Content`] is its cleaned form: what is kept, compared and digested.
//! [`check`] names everything that is wrong with it, or reads it as a [`Registration`], whose types can no longer be
//! wrong. [`written`] and [`normal`] say how text is kept and how it is compared. [`keys`] are all that the store may
//! know of a child, and [`may_be_same`] says whether two registrations that share one need a person to look.
//!
//! What belongs here: everything that can be said of one registration, or of two, from their own fields. What never
//! does: whether a number is given, which is for `protocol`; and any I/O, clock or randomness.

mod brought;
mod check;
mod check_people;
mod clean;
mod compare;
mod content;
mod countries;
mod dates;
mod facts;
mod fields;
#[cfg(test)]
mod fuzz;
mod handed;
mod identity;
mod keys;
mod likeness;
mod limits;
mod names;
mod old;
mod paths;
mod problem;
mod read;
#[cfg(test)]
pub(crate) mod tests;
mod text;

pub use brought::{Brought, BroughtText};
pub use check::{check, check_as_held, check_brought, check_handed_out, check_identifier, check_reference};
pub use compare::{Compared, FACTS_PATHS, compare, content_fields, facts_fields, facts_of, identifies, with_facts};
pub use content::{Content, ContentError};
pub use dates::{PartialDate, full as full_date, moment, timestamp};
pub use facts::{Born, ChildFacts, Kind, Paper, PaperKind, ParentFacts, Ref, Register, Registration};
pub use handed::{Handed, HandedText};
pub use keys::{Key, Keys, keys, keys_brought, mismatch_key, paper_key, reference_key};
pub use likeness::{may_be_same, may_have_been_same};
pub use names::{normal, written};
pub use old::{Against, Warning, WarningKind, against, differing_since, warnings};
pub use problem::{Problem, Violation};
pub use read::sex as sex_of;

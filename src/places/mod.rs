//! Districts and communes with their dates: what a name or a code meant on which day, and what came after it.
//!
//! A table of these is no part of the program: whoever runs the service brings one. Here belong its rows, the rules that
//! they must keep all together, how a table is extended by another, the text in which it is stored, and finding a unit by
//! its code or by an address as of a day. What never does: where a table is kept, and reading the file of an operator.
//! Provinces and countries, under whose codes numbers are given, are the business of [`number`](crate::number).

mod address;
mod check;
mod extend;
mod fault;
#[cfg(test)]
mod fuzz;
mod gazetteer;
mod kind;
mod table;
#[cfg(test)]
mod tests;
mod text;
mod unit;

pub use extend::{Change, Extended, extend};
pub use fault::{Fault, Faults, UnitFault};
pub use gazetteer::{Gazetteer, Like, Meaning};
pub use kind::{Level, UnitKind};
pub use table::Units;
pub use text::TextError;
pub use unit::{MAX_CODE, Unit};

/// The most rows of a table: some ten times what the whole country has had since its unification.
pub const MAX_UNITS: usize = 200_000;
/// The most units that are told of one name.
pub const MOST_BEARERS: usize = 100;

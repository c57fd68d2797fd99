//! The office of a mission, which has no line on most days: it reserves blocks of numbers while it has one, hands them out
//! without, and settles them later.
//!
//! [`Journal`] remembers on the mission's own machine, encrypted, which numbers it may hand out and to whom it did;
//! [`Journal::register`] hands out the next number of the right block; [`sync`] tells the service and notes what it answers.
//! The rules that keep this safe: a number is on the disk as handed out before anybody is shown it; an item is settled under
//! the request id that it was given then, for ever; and the journal never takes a number back.
//!
//! What belongs here: the journal, and what a mission does with it. What never does: anything that the service decides.
//! `docs/missions.md` tells how it is used.

mod error;
#[cfg(test)]
mod fuzz;
mod item;
mod journal;
mod register;
mod sync;
#[cfg(test)]
mod tests;
mod vault;

pub use error::MissionError;
pub use item::{Item, ItemState, Told};
pub use journal::{BlockState, HeldBlock, Journal, Setup, Wanted};
pub use register::{Handed, Manner, Unfit};
pub use sync::{Synced, sync};

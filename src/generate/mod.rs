//! Synthetic births, made from a seed, each with the outcome the service owes it.
//!
//! Nobody in here exists: names, dates and numbers are drawn from tables of what is common. The same [`Plan`] gives the
//! same births on every machine, so a load test can send millions of them and still know, for each one, what the right
//! answer was. [`Births`] is an iterator that keeps only a bounded window of items in memory.
//!
//! What belongs here: inventing registrations, and saying what should become of them. What never does: deciding it
//! (that is for `protocol`), reading a clock or drawing true randomness (the day and the seed are in the plan).

mod births;
mod calendar;
mod dice;
mod draft;
mod extract;
mod families;
mod grown;
mod item;
mod judge;
mod later;
mod maker;
mod mix;
mod names;
mod numbers;
mod offices;
mod places;
mod plan;
mod register;
mod sorts;
#[cfg(test)]
mod tests;
mod timeline;
mod trouble;
mod twins;
mod variation;
mod weighted;

pub use births::Births;
pub use extract::{Extracts, Planted};
pub use item::{Expected, Item, Sort};
pub use judge::{Judge, Tally};
pub use later::WINDOW;
pub use mix::Mix;
pub use plan::{BIRTHS_PER_YEAR, Plan, PlanError};
pub use register::{RegisterEntry, RegisterPlan, Registers};
pub use trouble::Trouble;

//! The commands of an office, as processes: sending a file of births, and asking what became of it.

mod command;
pub mod desk;
mod flush;
mod import;
mod kill;
mod load;
mod lookup;
mod places;
mod reconcile;

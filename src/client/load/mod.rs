//! A load: many births at a given pace, and what became of them.
//!
//! The births come from the generator and are encoded before the time starts. In an open loop each call has a moment at
//! which it is meant to start, and its latency counts from there, so a server that falls behind cannot slow its clients
//! down and look better for it. What is counted as goodput is answered within the deadline from that moment.
//!
//! What belongs here: sending and counting. What never does: starting servers, or judging figures; `load-tests/` does
//! that.

mod desk;
mod end;
mod error;
mod figures;
mod herd;
mod notes;
mod options;
mod run;
mod schedule;
mod sending;
mod settle;
mod stock;
mod stream;
mod tally;
mod unary;
mod wire;

pub use desk::Live;
pub use error::LoadError;
pub use figures::{Figures, How, Kind, Percentiles, SecondFigures};
pub use herd::Herd;
pub use options::{Options, Pace, Resend, Way};
pub use run::{Event, run};
pub use schedule::{Schedule, ScheduleError};
pub use settle::Settled;
pub use stock::Fates;
pub use tally::Counts;

use desk::{Call, Desk, Run, Seen};
use end::End;
use notes::Notes;
use schedule::Repeats;
use stock::{Child, Heard, Stock};
use tally::Tally;

//! The client: sends registrations, waits and sends again as the contract says, and keeps a journal of it.
//!
//! [`Client`] makes calls; [`after`] is the rule for what to do after an answer; [`journal`] remembers, beside a file of
//! births, under which request id each row goes and what came back; [`run`] sends such a file; [`follow`] reads the feed; [`reconcile`] compares an
//! extract of another registry.
//!
//! What belongs here: everything that a program at an office needs. What never does: anything the server decides.

pub mod csv;
pub mod follow;
pub mod import;
pub mod journal;
pub mod load;
pub mod reconcile;
pub mod run;

mod address;
mod answer;
mod blocks;
mod caller;
mod connection;
mod failure;
pub(crate) mod files;
#[cfg(test)]
mod fuzz;
mod importing;
mod patience;
mod proving;
mod rule;
#[cfg(test)]
mod tests;
mod trouble;
mod trust;

pub use address::{Address, AddressError};
pub use answer::{Answer, Outcome, state_name};
pub use caller::{Caller, CallerError};
pub use connection::{Client, ConnectError, Options};
pub use failure::{Failure, Refusal, Unanswered};
pub use patience::Patience;
pub use rule::{Next, after, settles_earlier_sendings};
pub use trouble::{Trouble, code_name};
pub use trust::Trust;

use failure::{conclude, refusal};

//! The protocol: commands in, decisions out.
//!
//! Everything here is a pure function of what a turn loaded: no I/O, no clock, no randomness. What a registration says
//! is checked in `registration`; how a decision is recorded is the business of `ledger`.

mod command;
mod grounds;
mod issue;
mod scope;
mod standing;
mod state;
mod world;

pub use command::{Command, Find, Issue, Rules, genesis_digest, issue_digest, sent_digest};
pub use grounds::{Ground, ReissuePlace};
pub use issue::{CROWD, Verdict, eligible};
pub use scope::{Scope, Standpoint};
pub use standing::{Decided, Reply, Standing};
pub use state::{
    CaseCause, CaseKind, CaseRow, CaseState, Changes, Found, Known, LifeStatus, NumberRow, NumberState, PrefixRow,
    Side, Wanted,
};
pub use world::{World, wanted};

#[cfg(test)]
mod tests;

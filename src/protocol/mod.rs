//! The protocol: commands in, decisions out.
//!
//! Everything here is a pure function of what a turn loaded: no I/O, no clock, no randomness. What a registration says
//! is checked in `registration`; how a decision is recorded is the business of `ledger`.

mod act;
pub mod asked;
mod births;
mod block;
mod block_note;
mod bring;
mod change;
mod command;
mod coordinate;
mod effects;
#[cfg(test)]
mod fuzz;
mod grounds;
mod handed;
mod held;
mod import;
mod issue;
mod kinds;
mod missing;
mod own;
mod propose;
mod reach;
pub mod reconcile;
mod recover;
mod reindex;
mod rekey;
mod report;
mod says;
mod scope;
mod settle;
mod standing;
mod state;
mod world;

pub use act::{Act, Change, Decision, Deed, Dispute, Proposal, Proposed, Resolution, Settlement, Target};
pub use block::{BlockRow, Reservation};
pub use block_note::{BlockNote, BlockNoteError, block_text, read_block_text};
pub use command::{
    Command, Find, Issue, Rules, genesis_digest, import_digest, indexed_as_of, issue_digest, sent_digest,
};
pub use effects::changed_bytes;
pub use grounds::{Ground, ReissuePlace};
pub use import::{Brings, Import, ImportResult};
pub use issue::{CROWD, Verdict, eligible};
pub use kinds::{CaseCause, CaseKind, CaseState, LifeStatus, NumberState, Side};
pub use missing::Missing;
pub use own::Seed;
pub use recover::{Advance, Loss, recover};
pub use reindex::{NoTwin, ReindexError, indexing_from, keys_held, twins};
pub use rekey::{RekeyError, rekey, sealing_from};
pub use says::{Fields, Registered, Says};
pub use scope::{Scope, Standpoint};
pub use standing::{Decided, Done, Reply, Standing, Told};
pub use state::{Attachment, CaseRow, Changes, Found, Known, Loaded, Needs, NumberRow, PrefixRow, Rare, Wanted};
pub use world::{Setting, World, wanted};

#[cfg(test)]
mod tests;

//! The gRPC surface: one file a service. Here messages are read, callers identified and refusals turned into statuses;
//! nothing is decided.

mod answers;
mod audit;
mod blocks;
mod case_answers;
mod civil_status;
mod coordination;
mod events;
mod feed;
#[cfg(test)]
mod fuzz;
mod identity;
mod imports;
mod issuance;
mod ledger;
mod messages;
mod names;
mod numbers;
mod patience;
mod place_messages;
mod places;
mod reception;
mod reconciliation;
mod reconciliation_messages;
mod roles;
mod status;
mod telemetry;
mod unreadable;

pub use audit::Audit;
pub use blocks::Blocks;
pub use civil_status::CivilStatus;
pub use coordination::Coordination;
pub use feed::Feed;
pub use identity::{Caller, CertifiedIdentity, DevIdentity, Identity};
pub use imports::Imports;
pub use issuance::Issuance;
pub use ledger::Ledger;
pub use numbers::Numbers;
pub use places::Places;
pub use reconciliation::Reconciliations;
pub use roles::Call;
pub use status::{CATALOGUE, CatalogueEntry, Language, count, status};
pub use telemetry::MeteredLayer;
pub use unreadable::ReadableLayer;

/// The largest request message, in bytes (API contract).
pub const MAX_MESSAGE_BYTES: usize = 64 * 1024;

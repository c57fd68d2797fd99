//! **dinhdanh** gives every child in Viet Nam one personal number, once, for life.
//!
//! The rooms, from the pure core outwards. The first four do no I/O, read no clock and draw no randomness.

/// A birth takes some hundred small pieces of memory on one thread and gives them back on another, which the system's own
/// allocator does slowly.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The gRPC surface: messages read, callers identified, refusals turned into statuses.
pub mod api;
/// The command line: one file a command.
pub mod cli;
/// The client: sends registrations, and keeps a journal of it.
pub mod client;
/// The configuration: file, environment and flags, read once.
pub mod config;
/// An authority for development: certificates, and a policy that lists their holders.
pub mod devca;
/// Takes commands from many callers and carries them out in turns.
pub mod engine;
/// Inputs changed at random, for all that reads bytes from outside.
#[cfg(test)]
mod fuzzing;
/// What is let in from the wire before any message is decoded.
pub mod gate;
/// Synthetic births from a seed, each with the outcome it should have.
pub mod generate;
/// Which keys are being worked on at this moment.
pub mod lease;
/// Entries, their tree, sealing and keyed digests: the record of every decision.
pub mod ledger;
/// A mission's office: numbers handed out without a line, and settled later.
pub mod mission;
/// The twelve digits: form, dated place codes, prefixes, picking.
pub mod number;
/// Districts and communes with their dates, in a table that an operator brings: pure.
pub mod places;
/// Which offices there are, what each may see, and the legal grounds in force: pure.
pub mod policy;
/// Messages and services of the contract, generated from `proto/` at build time.
pub mod proto;
/// Commands in, decisions out: pure.
pub mod protocol;
/// The closed catalogue of refusals.
pub mod refusal;
/// The facts of a birth: cleaned, checked, compared, and the keys by which a child is found again.
pub mod registration;
/// A server: built from its configuration, run until told to stop.
pub mod server;
/// The clock, randomness and the key file: where the process touches the outside world for a value.
pub mod shell;
/// Where the ledger is kept: the only room of a server that knows SQL.
pub mod store;
/// Mutual TLS: who this server is, and who stands at the other end of a connection.
pub mod tls;
/// Whether every promise holds over a whole store.
pub mod verify;

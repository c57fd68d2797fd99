//! What the two sides do with numbers, by their calls: every story ends with the project's own checker over the store.

mod accesses;
mod attaching;
mod civil_status;
mod confirming;
mod disputing;
mod duplicates;
mod following;
mod guessing;
mod importing;
mod joining;
mod listing;
mod looking_up;
mod mismatches;
mod missions;
mod proposing;
mod proving;
mod reconciling;
mod reconciling_streams;
mod resending;
pub mod stage;
mod twins;

//! Tests of the protocol, pure: a small store in memory keeps what turns write and loads it for the next.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod acts;
mod births;
mod cases;
mod changes;
mod crowd;
mod eligibility;
mod handed;
mod handed_runs;
mod imports;
mod imports_order;
mod imports_settled;
mod kept;
mod memory;
mod model;
mod number_table;
mod numbers;
mod one_turn;
mod other_side;
mod reentered;
mod reindexed;
mod reports;
mod requests;
mod same_child;
mod sequences;
mod table;
mod twins;

use births::{Vary, birth};
use memory::Memory;

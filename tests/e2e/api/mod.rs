//! The contract, call by call, as a client sees it.

mod callers;
mod issuing;
mod looking_up;
mod places;
mod refusals;
mod streaming;
mod surface;
mod units;
mod verifying;

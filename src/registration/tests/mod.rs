//! What one registration says, and when two speak of one child.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod check;
mod compare;
mod content;
mod facts;
mod hostile;
mod keys;
mod likeness;
mod names;
pub(crate) mod sample;

//! What one registration says, and when two speak of one child.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod check;
mod content;
mod facts;
mod hostile;
mod names;
mod sample;

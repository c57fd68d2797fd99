//! Where the process touches the outside world for a value: the clock, randomness, the keys, the folder of anchors,
//! and the bound on open files.
//!
//! Every other room takes times, ids and random bytes as arguments, or a `Clock`. That is what lets a test set the
//! hour and repeat a run; `clippy.toml` refuses the direct calls everywhere but here. Anything that decides
//! something never belongs here.

pub mod anchors;
mod clock;
pub mod descriptors;
pub mod keyfile;
mod keysource;
pub mod random;

pub use clock::{Clock, SystemClock};
pub use keyfile::KeyStoreError;
pub use keysource::{COMMAND_WITHIN, KeySource, KeyText, TEXT_VARIABLE};

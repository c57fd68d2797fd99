//! The grounds the program was built with, for policies that give none.

use std::sync::LazyLock;

use super::parse;
use crate::protocol::Ground;

static EMBEDDED: LazyLock<Vec<Ground>> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the file is part of the program, and a test reads it")]
    parse::grounds(include_str!("../../data/grounds.toml")).expect("embedded grounds")
});

/// The grounds of `data/grounds.toml`.
pub(super) fn embedded() -> &'static [Ground] {
    &EMBEDDED
}

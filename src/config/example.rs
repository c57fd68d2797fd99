//! The file of the documentation: every setting, with its meaning.

/// A commented file with every setting, each at its default where it has one. A test holds it complete.
pub const EXAMPLE: &str = include_str!("example.toml");

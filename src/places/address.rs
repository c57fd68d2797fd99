//! An address as it is written: parts between commas, the smallest first.

use std::sync::LazyLock;

use super::kind::{UnitKind, split_word};
use super::unit::Unit;
use crate::number::word_key;

/// What ends many an address and says nothing.
static COUNTRY: LazyLock<String> = LazyLock::new(|| word_key("Việt Nam"));

/// A part of an address.
pub(super) struct Part<'a> {
    pub text: &'a str,
    /// All of it, in the form in which names are compared.
    pub key: String,
}

/// The parts of an address, without the country at its end.
pub(super) fn parts(text: &str) -> Vec<Part<'_>> {
    let parts = text.split(',').map(str::trim);
    let part = |text| Part {
        text,
        key: word_key(text),
    };
    let mut parts: Vec<_> = parts.map(part).filter(|part| !part.key.is_empty()).collect();
    parts.pop_if(|last| last.key == *COUNTRY);
    parts
}

impl Part<'_> {
    /// The kinds for which the word before the name stands, and the name.
    pub fn split(&self) -> Option<(&'static [UnitKind], &str)> {
        split_word(&self.key)
    }

    /// The name, without a word for a kind.
    pub fn bare(&self) -> &str {
        self.split().map_or(&self.key, |(_, bare)| bare)
    }

    /// Whether a unit that bears a name of this key without its word is one that the part may mean.
    pub fn means(&self, key: &str, unit: &Unit) -> bool {
        key == self.key
            || self
                .split()
                .is_some_and(|(kinds, bare)| bare == key && kinds.contains(&unit.kind))
    }
}

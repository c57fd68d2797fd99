//! Fuzzing: whatever reads bytes from outside is given examples that were changed at random, for a while, and must answer
//! each without a panic and within a bounded memory. `docs/decisions/0016-fuzzing.md` says why it is done by hand.
//!
//! A target is an ordinary test in a module named `fuzz` that calls [`Fuzz::run`]. It begins with the files in
//! `tests/corpus/NAME/`, then its own seeds, each as it is; then come cases made of both. What a check answers tells one
//! kind of outcome from another: an input that gives a new one is kept among those that further cases are made of.
//!
//! The cases of a target run in a process of their own, so that its memory can be measured and bounded, and so that a stack
//! that overflows, or memory that is refused, is a failure like any other. `tests/fuzz` runs targets for longer.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

mod cases;
mod der;
mod mutate;
mod protobuf;
mod run;
mod tests;
mod text;
mod tree;

use std::hash::Hash;

pub use self::mutate::Form;

/// What a target is given to begin with, and what it may use.
pub struct Fuzz {
    form: Form,
    seeds: Vec<Vec<u8>>,
    words: Vec<String>,
    longest: usize,
    memory_mib: u64,
}

impl Fuzz {
    /// Inputs of this form.
    pub fn of(form: Form) -> Self {
        Self {
            form,
            seeds: Vec::new(),
            words: Vec::new(),
            longest: 16 * 1024,
            memory_mib: 32,
        }
    }

    /// An input that is right, or nearly so.
    pub fn seed(mut self, seed: impl Into<Vec<u8>>) -> Self {
        self.seeds.push(seed.into());
        self
    }

    /// Several of them.
    pub fn seeds<S: Into<Vec<u8>>>(mut self, seeds: impl IntoIterator<Item = S>) -> Self {
        self.seeds.extend(seeds.into_iter().map(Into::into));
        self
    }

    /// Words that mean something to what is tried.
    pub fn words<W: Into<String>>(mut self, words: impl IntoIterator<Item = W>) -> Self {
        self.words.extend(words.into_iter().map(Into::into));
        self
    }

    /// The longest input, in bytes.
    pub fn longest(mut self, bytes: usize) -> Self {
        self.longest = bytes;
        self
    }

    /// By how much the process may grow while it answers, in MiB.
    pub fn memory_mib(mut self, most: u64) -> Self {
        self.memory_mib = most;
        self
    }

    /// Tries inputs for as long as it is asked to. The check panics at one that is not answered as it should be, and else
    /// tells what kind of outcome it was. It must be a closure written in the test itself: its type names the test.
    pub fn run<O: Hash, C: Fn(&[u8]) -> O + Sync>(self, check: C) {
        run::run(&self, check);
    }
}

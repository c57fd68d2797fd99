//! The facts of a birth: how they are cleaned, checked and compared, and the keys by which a child is found again.
//!
//! A message comes in as whatever a client sent. [`written`] and [`normal`] say how text is kept and how it is
//! compared.
//!
//! What belongs here: everything that can be said of one registration, or of two, from their own fields. What never
//! does: whether a number is given, which is for `protocol`; and any I/O, clock or randomness.

mod names;
#[cfg(test)]
mod tests;

pub use names::{normal, written};

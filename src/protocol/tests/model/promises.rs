//! The promises as properties of a checker: each is kept in every state.

use stateright::{Model, Property};

/// A promise that steps may break.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Promise {
    NoNumberToTwoPersons,
    NoPersonWithTwoNumbers,
    NoReferenceWithTwoNumbers,
    SameAnswerForEver,
    DurableBeforeAnswered,
    NeverGivenAgain,
    NothingOffTheLedger,
    DecidedByTheOtherSide,
    ConstraintsNeverNeeded,
}

impl Promise {
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoNumberToTwoPersons => "no number is given to two persons",
            Self::NoPersonWithTwoNumbers => "no person holds two numbers that stand, unless the two sides know of it",
            Self::NoReferenceWithTwoNumbers => "no entry of a register has two numbers that stand",
            Self::SameAnswerForEver => "an answered request is answered the same for ever",
            Self::DurableBeforeAnswered => "what was answered is durable",
            Self::NeverGivenAgain => "a number once given is never given again",
            Self::NothingOffTheLedger => "every change is exactly one entry, without gaps",
            Self::DecidedByTheOtherSide => "what one side proposes the other decides",
            Self::ConstraintsNeverNeeded => "no constraint of the store is ever needed",
        }
    }
}

/// The promises that were broken on the way to a state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Broken(u16);

impl Broken {
    pub fn add(&mut self, promise: Promise) {
        self.0 |= 1 << promise as u8;
    }

    /// Adds the promise unless it was kept.
    pub fn unless(&mut self, kept: bool, promise: Promise) {
        if !kept {
            self.add(promise);
        }
    }

    pub fn extend(&mut self, other: Self) {
        self.0 |= other.0;
    }

    pub fn any(self) -> bool {
        self.0 != 0
    }

    fn has(self, promise: Promise) -> bool {
        self.0 & (1 << promise as u8) != 0
    }
}

/// A state that knows which promises were broken on the way to it.
pub trait Judged {
    fn broken(&self) -> Broken;
}

/// Every promise, as what always holds.
pub fn always<M: Model>() -> Vec<Property<M>>
where
    M::State: Judged,
{
    macro_rules! each {
        ($($promise:ident),*) => {
            vec![$(Property::always(Promise::$promise.name(), |_, state: &M::State| {
                !state.broken().has(Promise::$promise)
            })),*]
        };
    }
    each![
        NoNumberToTwoPersons,
        NoPersonWithTwoNumbers,
        NoReferenceWithTwoNumbers,
        SameAnswerForEver,
        DurableBeforeAnswered,
        NeverGivenAgain,
        NothingOffTheLedger,
        DecidedByTheOtherSide,
        ConstraintsNeverNeeded
    ]
}

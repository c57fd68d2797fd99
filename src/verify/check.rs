//! What is checked, by name.

/// Declares the checks with their stable names and what each of them claims.
macro_rules! checks {
    ($($(#[$doc:meta])* $name:ident = $stable:literal, $claim:literal;)+) => {
        /// One of the things that must hold. Names are stable: scripts may look for them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Check { $($(#[$doc])* $name,)+ }

        impl Check {
            /// Every check, in the order in which they are told.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The stable name.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $stable,)+ }
            }

            /// What it claims of the store, in plain words.
            pub fn claim(self) -> &'static str {
                match self { $(Self::$name => $claim,)+ }
            }
        }
    };
}

checks! {
    /// Rows decode.
    Readable = "readable", "every row can be read";
    /// Promise 4: one total order without gaps.
    Positions = "positions", "positions run from 1 without a gap";
    /// Time in the ledger is that of its order.
    Times = "times", "times never run backwards";
    /// Epochs follow each other.
    Epochs = "epochs", "epochs never run backwards";
    /// An entry holds what its kind calls for, and no more.
    Shapes = "shapes", "every entry holds what its kind calls for, genesis first";
    /// Sealed content is what was sealed.
    Sealed = "sealed", "every sealed content opens";
    /// What opens is a registration.
    Contents = "contents", "every content is a registration";
    /// The digest by which requests are compared.
    Digests = "digests", "every digest is that of its content";
    /// The hash of each entry.
    Leaves = "leaves", "every leaf is that of its entry and content";
    /// The tree over all entries (RFC 6962).
    Tree = "tree", "the tree over all leaves is that of the head";
    /// What proofs begin with.
    Nodes = "nodes", "every kept node of the tree is made of those below it";
    /// Promise 2: every request has its answer.
    Requests = "requests", "every request id leads to its decision, and no other is known";
    /// Promise 2: a further request id leads to the first decision.
    Bound = "bound", "further request ids are bound to an earlier decision of equal content";
    /// Who may have a number.
    Outcomes = "outcomes", "every registration could be decided as it was";
    /// Promises 1 and 4: a number stands as the ledger says.
    Numbers = "numbers", "every number issued stands as its entry says";
    /// The twelve digits.
    Digits = "digits", "every number's digits are those of its facts and counter";
    /// Promises 1 and 3: a number is given once.
    GivenOnce = "given_once", "every number held was given by exactly one entry";
    /// Promise 1: one person, one number.
    StrictKeys = "strict_keys", "every reference and every child with a number is held by one decision";
    /// Likely doubles are found.
    BlockingKeys = "blocking_keys", "every key by which likely doubles are found is there";
    /// Promise 4: cases stand as the ledger says.
    Cases = "cases", "every registration under review has its case, and every case its registration";
    /// Promise 3: a number of a mission is given by that mission or never.
    Blocks = "blocks", "every block has the numbers that were set apart for it, and counts them rightly";
    /// Promise 5: proposer and approver are on different sides.
    Sides = "sides", "no case is decided by the side that proposed it";
    /// Promise 3: what was drawn is not drawn again.
    Prefixes = "prefixes", "every prefix goes on after the numbers drawn, none left out";
    /// The table by which old names are understood.
    Units = "units", "the table of districts and communes in force keeps its rules";
    /// Promise 2: what clients were told stands.
    Answers = "answers", "every answer that clients noted stands in the ledger";
}

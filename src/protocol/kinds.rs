//! What numbers and cases can be, each with the code by which it is stored.

/// Gives an enumeration its stored codes: `code()` and `from_code()`.
macro_rules! coded {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $code:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant = $code,)+ }

        impl $name {
            /// The stored code.
            pub fn code(self) -> i64 {
                self as i64
            }

            /// The value of a stored code.
            pub fn from_code(code: i64) -> Option<Self> {
                match code {
                    $($code => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }
    };
}

coded! {
    /// Where a number stands.
    NumberState {
        /// Taken out of the picker for a mission's block.
        Reserved = 1,
        /// Given to a person.
        Issued = 2,
        /// Given, and known to the population database.
        Confirmed = 3,
        /// Given, and disputed by the population database: suspended.
        Disputed = 4,
        /// No longer valid; kept for ever.
        Revoked = 5,
        /// Never to be given, though nobody holds it.
        Quarantined = 6,
    }
}

coded! {
    /// Whether the person is alive.
    LifeStatus {
        /// Alive, as far as is known.
        Alive = 1,
        /// Dead.
        Deceased = 2,
        /// Missing.
        Missing = 3,
    }
}

coded! {
    /// What a case is about.
    CaseKind {
        /// A number is to be revoked.
        Revoke = 1,
        /// A number is to be revoked, and another given in its place.
        Reissue = 2,
        /// A registration that may be of a child who has a number.
        Duplicate = 3,
        /// One person holds two numbers.
        TwoNumbers = 4,
        /// Two persons hold one number.
        SharedNumber = 5,
        /// The population database holds something else for a number.
        Mismatch = 6,
    }
}

coded! {
    /// Where a case stands.
    CaseState {
        /// Waiting for a decision.
        Open = 1,
        /// Decided as proposed.
        Approved = 2,
        /// Decided against.
        Rejected = 3,
        /// Taken back.
        Withdrawn = 4,
    }
}

coded! {
    /// Why a case was opened.
    CaseCause {
        /// Another registration is, or may be, of the same child.
        SameChild = 1,
        /// A re-registration: the person usually has a number.
        ReRegistration = 2,
        /// A late registration of a grown person: likewise.
        Grown = 3,
        /// The registration itself names an earlier number of the child.
        HoldsNumber = 4,
        /// The date of birth is not fully known, so the child cannot be told from others.
        UncertainDate = 5,
        /// One of the sides proposed it.
        Proposed = 6,
        /// The population database knows the person by another number.
        OtherNumber = 7,
        /// The population database holds other facts for the number.
        FactsDiffer = 8,
        /// The population database knows no such person.
        NoSuchPerson = 9,
        /// By changed facts the person may be one who has another number.
        ChangedFacts = 10,
        /// The number was settled after its block had expired.
        Late = 11,
        /// Another registry holds something else for the number, or for its registration.
        Differs = 12,
        /// Another registry holds a number and a registration that are not known here.
        MissingHere = 13,
        /// The number stands here, and another registry does not hold it.
        MissingThere = 14,
        /// An import brought a registration that is known with other facts.
        ImportedFacts = 20,
        /// An import brought another number than the registration's child has.
        ImportedNumber = 21,
        /// An import brought a number that is somebody else's, or may be nobody's.
        ImportedHolder = 22,
        /// An import brought a number for a child who may have another.
        ImportedAlike = 23,
        /// An import brought a number that tells another sex or year of birth.
        ImportedDigits = 24,
        /// An import brought a number for a child of foreign nationality.
        ImportedForeigner = 25,
    }
}

coded! {
    /// One of the two sides that settle cases.
    Side {
        /// Registrars, missions, justice departments.
        Registration = 1,
        /// The population authority.
        Population = 2,
    }
}

impl CaseCause {
    /// Whether an import opened the case.
    pub fn is_of_an_import(self) -> bool {
        matches!(
            self,
            Self::ImportedFacts
                | Self::ImportedNumber
                | Self::ImportedHolder
                | Self::ImportedAlike
                | Self::ImportedDigits
                | Self::ImportedForeigner
        )
    }

    /// Whether a comparison with another registry opened the case. Such a case leaves the number as it is.
    pub fn is_of_a_comparison(self) -> bool {
        matches!(self, Self::Differs | Self::MissingHere | Self::MissingThere)
    }
}

impl Side {
    /// The other one.
    pub fn other(self) -> Self {
        match self {
            Self::Registration => Self::Population,
            Self::Population => Self::Registration,
        }
    }
}

//! Who asks, as far as a decision depends on it.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use super::Side;

/// Whose registrations a caller may act upon and see.
#[derive(Clone, PartialEq, Eq)]
pub enum Scope {
    /// Everybody's.
    All,
    /// Those of one office.
    Office(Arc<str>),
    /// Those of these offices: an area.
    Area(Arc<HashSet<String>>),
}

impl Scope {
    /// Whether the registrations of an office are within.
    pub fn covers(&self, office: &str) -> bool {
        match self {
            Self::All => true,
            Self::Office(own) => **own == *office,
            Self::Area(offices) => offices.contains(office),
        }
    }

    /// Whether what concerns these offices is within: of everybody's, also what concerns nobody.
    pub fn reaches<'a>(&self, offices: impl IntoIterator<Item = &'a str>) -> bool {
        matches!(self, Self::All) || offices.into_iter().any(|office| self.covers(office))
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("All"),
            Self::Office(own) => write!(f, "Office({own})"),
            Self::Area(offices) => write!(f, "Area({} offices)", offices.len()),
        }
    }
}

/// The side a caller is on, and whose registrations are within its reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standpoint {
    /// The side.
    pub side: Side,
    /// Its reach.
    pub scope: Scope,
    /// The offices that it has taken over, and acts for as for itself.
    pub taken_over: Arc<HashSet<String>>,
}

impl Standpoint {
    /// That of a side and a reach, of an office that has taken nobody over.
    pub fn new(side: Side, scope: Scope) -> Self {
        Self {
            side,
            scope,
            taken_over: Arc::default(),
        }
    }
}

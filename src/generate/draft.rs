//! A registration on its way to becoming an item.

use super::calendar::Day;
use super::offices::Desk;
use super::{Expected, Sort};
use crate::client::csv::Role;
use crate::proto::v1;

/// What an office is about to send. It has no request id yet; the entry in the book is made when it is drawn, or, for
/// what is entered later, when it is sent.
#[derive(Clone)]
pub(super) struct Draft {
    pub child: u64,
    pub born: Day,
    pub sort: Sort,
    pub expected: Expected,
    pub desk: Desk,
    pub registration: v1::BirthRegistration,
    /// The registration of the other twin, to be entered some time after this one.
    pub second: Option<Box<Draft>>,
}

impl Draft {
    /// A registration that should end as `expected`.
    pub(super) fn new(
        born: Day,
        desk: Desk,
        registration: v1::BirthRegistration,
        sort: Sort,
        expected: Expected,
    ) -> Draft {
        Draft {
            child: 0,
            born,
            sort,
            expected,
            desk,
            registration,
            second: None,
        }
    }

    pub(super) fn role(&self) -> Role {
        match self.desk {
            Desk::Commune { .. } => Role::Registrar,
            Desk::Mission(_) => Role::Mission,
        }
    }
}

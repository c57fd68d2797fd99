//! What the generator hands out.

use crate::client::csv::Role;
use crate::proto::v1;

/// One request to send, and what should come of it.
///
/// Items may be sent in any order and at the same time, with one exception: an item that
/// [`follows`](Item::follows) another is sent after that one has been answered. An item refers back over at most
/// [`WINDOW`](super::WINDOW) children.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// The item's place among all items, from 0.
    pub sequence: u64,
    /// The request, its id included. Personal data, if only invented.
    pub request: v1::IssueNumberRequest,
    /// The office that sends it; the same as in the registration.
    pub office: String,
    /// The role in which the office sends it.
    pub role: Role,
    /// The true person, from 0. Two of twins are two, a child registered twice is one.
    pub child: u64,
    /// How the item came about.
    pub sort: Sort,
    /// What the service should answer.
    pub expected: Expected,
}

/// How an item came about. The sequence number `of` is that of the first item it refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sort {
    /// An ordinary birth.
    Ordinary,
    /// One of twins, declared as such. The other one comes next to it.
    Twin,
    /// One of triplets, declared as such. The others come next to it.
    Triplet,
    /// A second twin whose first was entered as a single birth, as the item `of`. Half of them are declared the second
    /// of two, half a single birth again.
    SecondTwin {
        /// The first twin's item.
        of: u64,
    },
    /// An abandoned child.
    Foundling,
    /// A child registered late, at most ten years old.
    Late,
    /// Somebody registered for the first time at fifteen or older.
    LateGrown,
    /// Somebody registered again.
    ReRegistration,
    /// A Vietnamese child with one foreign parent.
    ForeignParent,
    /// A child of foreign nationality only.
    ForeignOnly,
    /// A child registered at a mission.
    Abroad,
    /// A foreign registration entered at home.
    AbroadEntry,
    /// The same request once more, to the last byte.
    Resent {
        /// The item that is sent again.
        of: u64,
    },
    /// The request id of an earlier item with other content.
    Changed {
        /// The item whose id is used again.
        of: u64,
    },
    /// A second registration of the same child under another request id, by the same office or another one of the
    /// province, as a second officer would type it: name in capitals, tone marks elsewhere, NFD; mother's number left
    /// out; now and then a slip in a name, a date or a number.
    Double {
        /// The item of the first registration.
        of: u64,
    },
}

impl Sort {
    /// A short name for tables: lower case, words joined by hyphens.
    pub fn name(self) -> &'static str {
        match self {
            Sort::Ordinary => "ordinary",
            Sort::Twin => "twin",
            Sort::Triplet => "triplet",
            Sort::SecondTwin { .. } => "second-twin",
            Sort::Foundling => "foundling",
            Sort::Late => "late",
            Sort::LateGrown => "late-grown",
            Sort::ReRegistration => "re-registration",
            Sort::ForeignParent => "foreign-parent",
            Sort::ForeignOnly => "foreign-only",
            Sort::Abroad => "abroad",
            Sort::AbroadEntry => "abroad-entry",
            Sort::Resent { .. } => "resent",
            Sort::Changed { .. } => "changed",
            Sort::Double { .. } => "double",
        }
    }
}

/// What the service should answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Expected {
    /// A number of its own. By mere chance two honest births may look like one, and the later be reviewed: that is the
    /// share the service must keep at 0.2 % or less.
    Number,
    /// The very answer the first sending got, marked as replayed.
    SameAnswer,
    /// ALREADY_EXISTS / REQUEST_ID_REUSED. A client that makes ids of its own gets REGISTRATION_EXISTS instead.
    IdReused,
    /// Of the two registrations of this child the one that comes first gets the number, the other goes under review. A
    /// few are so badly typed that no rule could find them: the service must catch 99 % or more.
    OneOfTwo,
    /// Under review.
    Review,
    /// FAILED_PRECONDITION / NOT_ELIGIBLE.
    NotEligible,
}

impl Expected {
    /// A short name for tables and files: lower case, words joined by underscores.
    pub fn name(self) -> &'static str {
        match self {
            Expected::Number => "number",
            Expected::SameAnswer => "same_answer",
            Expected::IdReused => "id_reused",
            Expected::OneOfTwo => "one_of_two",
            Expected::Review => "review",
            Expected::NotEligible => "not_eligible",
        }
    }
}

impl Item {
    /// The item that must have been answered before this one is sent. None for a double: there either may come first.
    pub fn follows(&self) -> Option<u64> {
        match self.sort {
            Sort::Resent { of } | Sort::Changed { of } | Sort::SecondTwin { of } => Some(of),
            _ => None,
        }
    }
}

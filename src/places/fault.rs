//! What can be wrong with the rows of a table.

use jiff::civil::Date;

/// What is wrong with a row, by itself or beside the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The code is empty, long, or of other signs.
    #[error("must be a code of at most 20 letters (a to z), digits, hyphens and full stops")]
    Code,
    /// The name is empty or long.
    #[error("must be a name of at most 100 characters, without control characters")]
    Name,
    /// The row ends before it begins.
    #[error("must be a day after that in the column from")]
    Ends,
    /// The day is none of those that can be asked about.
    #[error("must be a day from 1800 to 2999")]
    Day,
    /// The file has a row of this code from this day already.
    #[error("the file has a row with this code and this day in the column from already")]
    Repeated,
    /// Two rows of one code are in force on the same day.
    #[error("another row of this code is in force on days of this row")]
    Overlap,
    /// There is no such province.
    #[error("must be the code of a province, three digits")]
    Place,
    /// There is no such unit.
    #[error("no row has this code")]
    NoParent,
    /// The parent stands no higher than the unit.
    #[error("that unit does not stand higher than this one")]
    ParentLevel,
    /// The parent was not in force all the time.
    #[error("that unit was not in force on all days of this row")]
    ParentTime,
    /// The parent is in another province.
    #[error("that unit is in another province (column place_code) on days of this row")]
    ParentPlace,
    /// A former province stands below nothing.
    #[error("must be empty for a former province")]
    ParentOfProvince,
    /// The row has not ended.
    #[error("must be empty for a row that does not end (column until)")]
    SuccessorsOfNone,
    /// A code is named twice, or too many are.
    #[error("must be at most 50 codes, each once")]
    Successors,
    /// There is no such unit.
    #[error("no row has one of these codes")]
    NoSuccessor,
    /// A successor is not there on the day.
    #[error("one of these units is not in force on the day on which this row ends")]
    SuccessorTime,
    /// A successor ends on the same day, and leads back.
    #[error("these successors go round in a circle")]
    Circle,
    /// There is nothing to take out.
    #[error("no row with this code and this day in the column from is known: there is nothing to take out")]
    NothingToRemove,
}

impl Fault {
    /// The column that is at fault.
    pub fn column(self) -> &'static str {
        match self {
            Self::Code | Self::Repeated => "code",
            Self::Name => "name",
            Self::Day | Self::Overlap => "from",
            Self::Ends => "until",
            Self::Place => "place_code",
            Self::NoParent | Self::ParentLevel | Self::ParentTime | Self::ParentPlace | Self::ParentOfProvince => {
                "parent_code"
            }
            Self::SuccessorsOfNone | Self::Successors | Self::NoSuccessor | Self::SuccessorTime | Self::Circle => {
                "successor_codes"
            }
            Self::NothingToRemove => "removed",
        }
    }
}

/// A fault, and which row has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitFault {
    /// The code of the row.
    pub code: String,
    /// Its first day.
    pub from: Option<Date>,
    /// What is wrong.
    pub fault: Fault,
}

/// Everything that is wrong with a table.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Faults {
    /// It has more rows than a table may have.
    #[error("the table has more than {} rows", super::MAX_UNITS)]
    TooMany,
    /// Some of its rows are wrong: at least one.
    #[error("{} rows of the table are wrong", .0.len())]
    Rows(Vec<UnitFault>),
}

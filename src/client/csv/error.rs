//! What can be wrong with a file.

use super::Encoding;

/// Why a file, or a row of it, cannot be read. Says where, and never what stands there.
#[derive(Debug, thiserror::Error)]
pub enum CsvError {
    /// The file cannot be read at all.
    #[error("the file cannot be read: {0}")]
    Read(#[source] std::io::Error),
    /// It is text of two bytes a character.
    #[error("the file is UTF-16, as Excel saves \"Unicode text\"; save it as \"CSV UTF-8\"")]
    Utf16,
    /// Its names are written in an encoding from before Unicode.
    #[error(
        "the file seems to be written in {name}, from before Unicode: say --encoding {name} to have it read so, or convert it \
         to UTF-8 with the tool of its fonts; and look at the names",
        name = .0.name()
    )]
    Legacy(Encoding),
    /// Its cells are not separated by commas.
    #[error("the cells of the file are separated by {0}; separate them by commas")]
    Delimiter(&'static str),
    /// It begins as a Parquet file does, and is none.
    #[error("the file begins as Parquet does and cannot be read so: it is damaged, cut off or encrypted")]
    NoParquet,
    /// A column of a Parquet file can be no cell.
    #[error("column {position} is of a type that cannot be read: text, whole numbers, days and truths can, in no list")]
    ColumnType {
        /// Counted from 1.
        position: usize,
    },
    /// A Parquet file cannot be read any further.
    #[error(
        "from row {row} on the file cannot be read: it is damaged, cut off, or compressed in a way that is not known"
    )]
    Damaged {
        /// Counted from 1.
        row: u64,
    },
    /// A row group of a Parquet file is too large for the memory.
    #[error("the row group that begins with row {row} is larger than 1 GiB: write smaller ones")]
    GroupTooLarge {
        /// Counted from 1.
        row: u64,
    },
    /// A row is not CSV in UTF-8, or has another number of cells than the header.
    #[error("line {line}: {problem}")]
    Row {
        /// Counted from 1, the header included.
        line: u64,
        /// What is wrong.
        problem: &'static str,
    },
    /// A column that does not belong here. Its name is given only where it looks like the name of a column: a file
    /// without a header begins with somebody's data.
    #[error("column {position} of the header{} is not known", .name.as_ref().map(|name| format!(" ({name})")).unwrap_or_default())]
    UnknownColumn {
        /// Counted from 1.
        position: usize,
        /// As it stands in the header.
        name: Option<String>,
    },
    /// A column stands in the header twice.
    #[error("the column {column} is there twice")]
    RepeatedColumn {
        /// Its name.
        column: &'static str,
    },
    /// A column that must be there is not.
    #[error("the column {column} is missing; these must be there: {}", .required.join(", "))]
    MissingColumn {
        /// Its name.
        column: &'static str,
        /// All that must be there.
        required: &'static [&'static str],
    },
    /// A cell cannot be understood.
    #[error("line {line}, column {column}: {problem}")]
    Cell {
        /// Counted from 1, the header included.
        line: u64,
        /// The name of the column.
        column: &'static str,
        /// What is wrong.
        problem: CellProblem,
    },
}

impl CsvError {
    /// Of a row that cannot be read: its line, the column, where it is one's fault, and what is wrong there. None where no row
    /// after it can be read either.
    pub fn in_row(&self) -> Option<(u64, &'static str, String)> {
        match self {
            Self::Row { line, problem } => Some((*line, "", (*problem).to_owned())),
            Self::Cell { line, column, problem } => Some((*line, *column, problem.to_string())),
            _ => None,
        }
    }
}

/// What is wrong with a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CellProblem {
    /// It is empty and must not be.
    #[error("must be filled")]
    Empty,
    /// Some of its bytes mean nothing in the encoding of the file.
    #[error("has bytes that mean nothing in {}", .0.name())]
    Meaningless(Encoding),
    /// It is longer than any may be.
    #[error("is longer than 4 KiB")]
    TooLong,
    /// It is not a date, whole or in part.
    #[error("must be a date as YYYY-MM-DD, or YYYY-MM or YYYY where no more is known")]
    Date,
    /// It is neither a full date nor a year.
    #[error("must be a date as YYYY-MM-DD, or the year alone")]
    DateOrYear,
    /// It is not a date, whole or in part, in either of the forms of an extract.
    #[error("must be a date as 31/12/2023 or 2023-12-31, or 12/2023, 2023-12 or 2023 where no more is known")]
    AnyDate,
    /// It is not a whole date in either of these forms.
    #[error("must be a date as 31/12/2023 or 2023-12-31")]
    WholeDate,
    /// It is not the code of a place.
    #[error("must be the three digits of a place")]
    PlaceCode,
    /// It is not a personal number.
    #[error("must be a personal number of 12 digits")]
    PersonalNumber,
    /// It is a personal number that has lost its first digits.
    #[error(
        "has {digits} digits: its leading zeros are lost, as Excel does to a number; format the column as text, and \
         export it again"
    )]
    LostZeros {
        /// How many are left.
        digits: usize,
    },
    /// It is not a whole number.
    #[error("must be a whole number")]
    WholeNumber,
    /// It is neither yes nor no.
    #[error("must be yes, or no, or empty")]
    YesOrNo,
    /// It is none of the values that the column may have.
    #[error("is not one of the values this column may have")]
    UnknownValue,
    /// It is not a list of papers.
    #[error("must be papers as TYPE:value or TYPE:value:country, separated by semicolons")]
    Papers,
}

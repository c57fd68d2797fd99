//! Registrations as rows of a CSV file: what the command `issue` reads and `generate births` writes.
//!
//! The file is UTF-8 with a header row; a byte order mark, as Excel writes one, does no harm. Columns may stand in any
//! order and be left out where every cell would be empty, save those that a registration cannot do without. A column
//! nobody knows is an error, so that a misspelt one does not silently drop what it holds; [`EXPECTED`] alone is
//! ignored.
//!
//! What `import` and `reconcile` read may be a Parquet file with the same columns: it is told by its first bytes.
//!
//! What belongs here: the form of the file. Whether a registration makes sense is for the service to say. Request ids
//! are not in the file: the client makes them.

mod cells;
mod encoding;
mod error;
mod extract;
mod form;
#[cfg(test)]
mod fuzz;
mod imports;
mod legacy;
mod lines;
mod parquet;
mod read;
mod row;
#[cfg(test)]
mod tests;
mod units;
mod write;

pub use encoding::Encoding;
pub use error::{CellProblem, CsvError};
pub use extract::{EXTRACT_COLUMNS, Extract, ExtractRow, extract_record};
pub use form::{digest, open};
pub use imports::{FURTHER, ImportRow, Imports};
pub use read::Rows;
pub use row::Row;
pub use units::{UnitRow, UnitRows};
pub use write::to_record;

/// The columns, in the order in which [`to_record`] fills them.
///
/// | column | holds |
/// |---|---|
/// | `office_code` | the office that keeps the book and sends the request |
/// | `role` | `REGISTRAR`, or `MISSION` for a mission abroad; empty means `REGISTRAR` |
/// | `register` | `BIRTH` or `ABROAD_ENTRY`; empty means `BIRTH` |
/// | `book_year`, `book_number`, `entry_number` | where in the book it stands |
/// | `kind` | `ON_TIME`, `LATE`, `RE_REGISTRATION`, `FOREIGN_ELEMENT`, `BORN_ABROAD` or `ABROAD_ENTRY` |
/// | `registered_on` | a date as YYYY-MM-DD |
/// | `place_code` | the three digits of the province or country |
/// | `child_name`, `sex`, `ethnicity` | of the child; sex is `MALE` or `FEMALE` |
/// | `date_of_birth` | YYYY-MM-DD; YYYY-MM or YYYY where no more is known |
/// | `nationalities` | ISO 3166-1 alpha-2, separated by semicolons |
/// | `birth_order`, `births` | which of how many children; both empty for one alone |
/// | `home_town`, `place_of_birth` | as the paper words them; with `_unit` and `_country` the codes |
/// | `child_identifiers` | papers as `TYPE:value` or `TYPE:value:country`, separated by semicolons; types as in the API |
/// | `mother_…`, `father_…`, `representative_…` | name; born YYYY-MM-DD or YYYY; personal number; nationality; papers |
/// | `representative_organisation` | the organisation that stands in for the parents |
/// | `foundling` | `yes` for an abandoned child |
/// | `former_…` | the earlier registration whose place this one takes |
pub const COLUMNS: [&str; 45] = [
    "office_code",
    "role",
    "register",
    "book_year",
    "book_number",
    "entry_number",
    "kind",
    "registered_on",
    "place_code",
    "child_name",
    "date_of_birth",
    "sex",
    "ethnicity",
    "nationalities",
    "birth_order",
    "births",
    "home_town",
    "home_town_unit",
    "home_town_country",
    "place_of_birth",
    "place_of_birth_unit",
    "place_of_birth_country",
    "child_identifiers",
    "mother_name",
    "mother_born",
    "mother_number",
    "mother_nationality",
    "mother_identifiers",
    "father_name",
    "father_born",
    "father_number",
    "father_nationality",
    "father_identifiers",
    "representative_name",
    "representative_born",
    "representative_number",
    "representative_nationality",
    "representative_identifiers",
    "representative_organisation",
    "foundling",
    "former_office_code",
    "former_register",
    "former_book_year",
    "former_book_number",
    "former_entry_number",
];

/// The columns without which a file is refused.
pub const REQUIRED: [&str; 10] = [
    "office_code",
    "book_year",
    "entry_number",
    "kind",
    "registered_on",
    "place_code",
    "child_name",
    "date_of_birth",
    "sex",
    "nationalities",
];

/// A column that generated files have besides: what the service should answer. Nobody reads it.
pub const EXPECTED: &str = "expected";

/// In which role an office registers births.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Role {
    /// A commune.
    #[default]
    Registrar,
    /// An embassy or consulate.
    Mission,
}

impl Role {
    /// The role's name in the API and in files.
    pub fn name(self) -> &'static str {
        match self {
            Role::Registrar => "REGISTRAR",
            Role::Mission => "MISSION",
        }
    }
}

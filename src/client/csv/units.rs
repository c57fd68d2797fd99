//! Districts and communes as rows of a CSV file: what the command `places import` reads.

use std::io::Read;

use jiff::civil::Date;

use super::Encoding;
use super::cells;
use super::error::{CellProblem, CsvError};
use super::read::Table;
use super::row::Cells;
use crate::number::PlaceCode;
use crate::places::{Change, Unit, UnitKind};
use crate::registration::{full_date, written};

/// The columns of such a file.
///
/// | column | holds |
/// |---|---|
/// | `code` | the unit's code |
/// | `name` | its name, with the word for its kind or without |
/// | `kind` | a name of [`UnitKind::ALL`] |
/// | `parent_code` | the code of the unit right above it; empty where that is its province |
/// | `place_code` | the three digits of its province |
/// | `from`, `until` | its first day, and the first day no longer; empty where none is set |
/// | `successor_codes` | the codes of the units that took it over, separated by semicolons |
/// | `removed` | `yes` for a known row that is to be taken out |
const COLUMNS: [&str; 9] = [
    "code",
    "name",
    "kind",
    "parent_code",
    "place_code",
    "from",
    "until",
    "successor_codes",
    "removed",
];

/// The columns without which a file is refused.
const REQUIRED: [&str; 4] = ["code", "name", "kind", "place_code"];

/// The rows of such a file, read one at a time. A row that cannot be read does not end it.
pub struct UnitRows<R>(Table<R>);

/// One row.
#[derive(Clone, Debug, PartialEq)]
pub struct UnitRow {
    /// Its line in the file, counted from 1, the header included.
    pub line: u64,
    /// What it says; or every cell that cannot be understood, by its column.
    pub change: Result<Change, Vec<(&'static str, CellProblem)>>,
}

impl<R: Read> UnitRows<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// [`CsvError`] if the file cannot be read or its columns are not as they should be.
    pub fn new(file: R) -> Result<Self, CsvError> {
        Table::new(file, Encoding::Utf8, COLUMNS.iter(), &REQUIRED).map(Self)
    }
}

impl<R: Read> Iterator for UnitRows<R> {
    type Item = Result<UnitRow, CsvError>;

    fn next(&mut self) -> Option<Self::Item> {
        let read = self.0.next()?;
        let table = &self.0;
        Some(read.map(|()| {
            let cells = table.cells(true);
            UnitRow {
                line: cells.line,
                change: match table.unread() {
                    [] => change(&cells),
                    unread => Err(unread.to_vec()),
                },
            }
        }))
    }
}

fn change(cells: &Cells<'_>) -> Result<Change, Vec<(&'static str, CellProblem)>> {
    let mut problems = Vec::new();
    let code = told(cells.read("code", filled), &mut problems);
    let name = told(cells.read("name", filled), &mut problems);
    let kind = told(cells.read("kind", kind), &mut problems);
    let place = told(cells.read("place_code", place), &mut problems);
    let from = told(cells.read("from", day), &mut problems);
    let until = told(cells.read("until", day), &mut problems);
    let removed = told(cells.read("removed", cells::yes), &mut problems);
    let parent = cells.raw("parent_code").trim();
    let successors = cells::list(cells.raw("successor_codes"));
    match (code, name, kind, place, from, until, removed) {
        (Some(code), Some(name), Some(kind), Some(place), Some(from), Some(until), Some(removed)) => Ok(Change {
            unit: Unit {
                code,
                name: written(&name),
                kind,
                parent: (!parent.is_empty()).then(|| parent.to_owned()),
                place,
                from,
                until,
                successors: successors.map(str::to_owned).collect(),
            },
            removed,
        }),
        _ => Err(problems),
    }
}

/// What was read, or nothing and word of the problem.
fn told<T>(read: Result<T, CsvError>, problems: &mut Vec<(&'static str, CellProblem)>) -> Option<T> {
    match read {
        Ok(value) => Some(value),
        Err(CsvError::Cell { column, problem, .. }) => {
            problems.push((column, problem));
            None
        }
        Err(_) => None,
    }
}

fn filled(cell: &str) -> Result<String, CellProblem> {
    match cell {
        "" => Err(CellProblem::Empty),
        cell => Ok(cell.to_owned()),
    }
}

fn kind(cell: &str) -> Result<UnitKind, CellProblem> {
    match cell {
        "" => Err(CellProblem::Empty),
        cell => UnitKind::named(&cell.to_ascii_uppercase()).ok_or(CellProblem::UnknownValue),
    }
}

fn place(cell: &str) -> Result<PlaceCode, CellProblem> {
    let digits = cell.len();
    let lost = (1..3).contains(&digits) && cell.bytes().all(|byte| byte.is_ascii_digit());
    match (PlaceCode::parse(cell), cell) {
        (Ok(code), _) => Ok(code),
        (_, "") => Err(CellProblem::Empty),
        _ if lost => Err(CellProblem::LostZeros { digits }),
        _ => Err(CellProblem::PlaceCode),
    }
}

/// A whole day in either form; none where the cell is empty.
fn day(cell: &str) -> Result<Option<Date>, CellProblem> {
    let date = cells::any_date(cell).map_err(|_| CellProblem::WholeDate)?;
    date.map(|date| full_date(date).ok_or(CellProblem::WholeDate))
        .transpose()
}

//! Records of another registry as rows of a CSV file: what the command `reconcile` reads.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use super::error::{CellProblem, CsvError};
use super::read::Table;
use super::row::{Cells, FATHER, MOTHER, REF, present};
use super::{EXPECTED, Encoding, cells, write};
use crate::proto::v1::{Facts, Person, ReconciliationRecord, RegistrationRef, Sex};

/// The columns, in the order in which [`extract_record`] fills them. All but `number` may be left out; what is not there,
/// or empty, is not compared.
///
/// They hold what the same columns of a file of births hold ([`COLUMNS`](super::COLUMNS)); `number` the personal number,
/// empty where the other registry has none. Dates may be written 31/12/2023 as well.
pub const EXTRACT_COLUMNS: [&str; 30] = [
    "number",
    "office_code",
    "register",
    "book_year",
    "book_number",
    "entry_number",
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
];

/// The column without which an extract is refused.
const REQUIRED: [&str; 1] = ["number"];

/// The rows of an extract, read one at a time. A row that cannot be read does not end the file.
pub struct Extract<R>(Table<R>);

/// One row. `Debug` shows nothing of the person.
#[derive(Clone, Debug, PartialEq)]
pub struct ExtractRow {
    /// Its line in the file, counted from 1, the header included.
    pub line: u64,
    /// What it says, less what cannot be understood; `None` where its number, or what it has instead, cannot.
    pub record: Option<ReconciliationRecord>,
    /// Every cell that cannot be understood, by its column.
    pub problems: Vec<(&'static str, CellProblem)>,
}

impl<R: Read> Extract<R> {
    /// Reads the header of a file in this encoding.
    ///
    /// # Errors
    /// [`CsvError`] if the file cannot be read or its columns are not as they should be.
    pub fn new(file: R, encoding: Encoding) -> Result<Self, CsvError> {
        Table::new(file, encoding, known(), &REQUIRED).map(Extract)
    }
}

impl Extract<BufReader<File>> {
    /// Opens a file, CSV or Parquet.
    ///
    /// # Errors
    /// [`CsvError`] if it cannot be read, or its form or its columns are not as they should be.
    pub fn open(path: &Path, encoding: Encoding) -> Result<Self, CsvError> {
        Table::open(path, encoding, known(), &REQUIRED).map(Extract)
    }
}

/// The columns that there may be.
fn known() -> impl Iterator<Item = &'static &'static str> + Clone {
    EXTRACT_COLUMNS.iter().chain([&EXPECTED])
}

impl<R: Read> Iterator for Extract<R> {
    type Item = Result<ExtractRow, CsvError>;

    fn next(&mut self) -> Option<Self::Item> {
        let read = self.0.next()?;
        let table = &self.0;
        Some(read.map(|()| {
            let cells = table.cells(true);
            let line = cells.line;
            let mut reading = Reading {
                cells,
                problems: table.unread().to_vec(),
            };
            ExtractRow {
                line,
                record: reading.record(),
                problems: reading.problems,
            }
        }))
    }
}

/// A row being read: what cannot be understood is left out, and told.
struct Reading<'a> {
    cells: Cells<'a>,
    problems: Vec<(&'static str, CellProblem)>,
}

impl Reading<'_> {
    /// The record, unless it cannot be told which number or registration it is of.
    fn record(&mut self) -> Option<ReconciliationRecord> {
        let told = self.problems.iter().any(|(column, _)| *column == "number");
        let number = self.cells.read("number", cells::personal_number);
        let readable = number.is_ok() && !told;
        let number = self.or_told(number);
        let reference = self.reference();
        if readable && number.is_empty() && reference.is_none() {
            self.problems.push(("number", CellProblem::Empty));
        }
        let facts = self.facts();
        (readable && (!number.is_empty() || reference.is_some())).then(|| ReconciliationRecord {
            key: self.cells.line.to_string(),
            number,
            r#ref: reference,
            facts: Some(facts),
        })
    }

    /// None where all its columns are empty, or one cannot be understood.
    fn reference(&mut self) -> Option<RegistrationRef> {
        if REF.iter().all(|column| self.cells.raw(column).trim().is_empty()) {
            return None;
        }
        let reference = self.cells.reference(&REF).map(Some);
        self.or_told(reference)
    }

    fn facts(&mut self) -> Facts {
        let date_of_birth = self.cells.read("date_of_birth", cells::any_date);
        let sex = self.cells.value("sex", "SEX_", Sex::from_str_name);
        let birth_order = self.cells.read("birth_order", given_whole);
        let births = self.cells.read("births", given_whole);
        let papers = self.cells.read("child_identifiers", cells::papers);
        Facts {
            full_name: self.text("child_name"),
            date_of_birth: self.or_told(date_of_birth),
            sex: self.or_told(sex).map(Into::into),
            ethnicity: self.text("ethnicity"),
            nationalities: cells::list(self.cells.raw("nationalities"))
                .map(str::to_owned)
                .collect(),
            home_town: self.cells.place(["home_town", "home_town_unit", "home_town_country"]),
            place_of_birth: self
                .cells
                .place(["place_of_birth", "place_of_birth_unit", "place_of_birth_country"]),
            birth_order: self.or_told(birth_order),
            births: self.or_told(births),
            existing_identifiers: self.or_told(papers),
            mother: self.parent(&MOTHER),
            father: self.parent(&FATHER),
        }
    }

    fn parent(&mut self, columns: &[&'static str; 5]) -> Option<Person> {
        let [name, born, number, nationality, papers] = *columns;
        let born = self.cells.read(born, cells::any_born);
        let number = self.cells.read(number, cells::personal_number);
        let identifiers = self.cells.read(papers, cells::papers);
        present(Person {
            full_name: self.cells.text(name),
            born: self.or_told(born),
            personal_number: self.or_told(number),
            identifiers: self.or_told(identifiers),
            nationality: self.cells.text(nationality),
            organisation_name: String::new(),
        })
    }

    fn text(&self, column: &'static str) -> Option<String> {
        Some(self.cells.text(column)).filter(|text| !text.trim().is_empty())
    }

    /// What was read, or nothing and word of the problem.
    fn or_told<T: Default>(&mut self, read: Result<T, CsvError>) -> T {
        read.unwrap_or_else(|error| {
            if let CsvError::Cell { column, problem, .. } = error {
                self.problems.push((column, problem));
            }
            T::default()
        })
    }
}

/// A whole number; none where the cell is empty.
fn given_whole(cell: &str) -> Result<Option<i32>, CellProblem> {
    if cell.is_empty() {
        return Ok(None);
    }
    cells::whole(cell).map(Some)
}

/// The cells of a record, in the order of [`EXTRACT_COLUMNS`].
pub fn extract_record(record: &ReconciliationRecord) -> Vec<String> {
    let facts = record.facts.clone().unwrap_or_default();
    let nobody = Person::default();
    let mut row = vec![record.number.clone()];
    row.extend(write::reference(record.r#ref.as_ref()));
    row.extend([
        facts.full_name.clone().unwrap_or_default(),
        cells::write_date(facts.date_of_birth.as_ref()),
        cells::short("SEX_", facts.sex().as_str_name()).to_owned(),
        facts.ethnicity.clone().unwrap_or_default(),
        facts.nationalities.join(";"),
        cells::write_whole(facts.birth_order()),
        cells::write_whole(facts.births()),
    ]);
    row.extend(write::place(facts.home_town.as_ref()));
    row.extend(write::place(facts.place_of_birth.as_ref()));
    row.push(cells::write_papers(&facts.existing_identifiers));
    for parent in [&facts.mother, &facts.father] {
        row.extend(write::person(parent.as_ref().unwrap_or(&nobody)));
    }
    row
}

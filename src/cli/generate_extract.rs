//! `dinhdanh generate extract`.

use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::iter::Peekable;
use std::path::{Path, PathBuf};

use clap::Args;

use super::CliError;
use super::generate::create;
use crate::client::csv::{EXTRACT_COLUMNS, Encoding, Imports, Row, Rows, extract_record};
use crate::client::import::report_of;
use crate::generate::{Extracts, Planted};
use crate::number::Number;
use crate::proto::v1::{BirthRegistration, ReconciliationRecord};

/// Make the extract of another registry from births that have numbers here, with mismatches planted in it.
///
/// The births are those of a file and of what became of them, or those of a register that was imported. `dinhdanh
/// reconcile` must find exactly what was planted, which is listed in a file of its own: office_code, number, kind and fields.
/// One third are births left out (MISSING_THERE), one third have a field changed (DIFFERS), and one third are numbers that
/// nobody was given (MISSING_HERE).
///
/// Examples: dinhdanh generate extract --births births.csv --result births.result.csv --out extract.csv
///           dinhdanh generate extract --register register.csv --report register.import.csv --out extract.csv
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct GenerateExtract {
    /// The births, as `dinhdanh generate births` made them.
    #[arg(
        long,
        value_name = "FILE",
        required_unless_present = "register",
        conflicts_with = "register"
    )]
    births: Option<PathBuf>,
    /// What became of them, as `dinhdanh issue` wrote it. [default: FILE of the births with the ending .result.csv]
    #[arg(long, value_name = "FILE", conflicts_with = "register")]
    result: Option<PathBuf>,
    /// A register that was imported for the first time.
    #[arg(long, value_name = "FILE")]
    register: Option<PathBuf>,
    /// What became of it, as `dinhdanh import` reported it. [default: where that writes it]
    #[arg(long, value_name = "FILE", requires = "register")]
    report: Option<PathBuf>,
    /// The extract to write, which must not be there yet.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// The list of what was planted, which must not be there yet. [default: the extract with the ending .planted.csv]
    #[arg(long, value_name = "FILE")]
    planted: Option<PathBuf>,
    /// How many of each kind are planted in 10,000 births.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(0..=3_333))]
    share: u32,
    /// Which mismatches of all there could be.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// The two files that are written.
struct Files {
    extract: csv::Writer<BufWriter<File>>,
    planted: csv::Writer<BufWriter<File>>,
    records: u64,
    mismatches: u64,
}

impl GenerateExtract {
    /// Writes the extract, and the list of what was planted.
    ///
    /// # Errors
    /// [`CliError`] if a file cannot be read or written, or the two do not belong together.
    pub fn run(self) -> Result<(), CliError> {
        let list = self.planted.clone();
        let list = list.unwrap_or_else(|| self.out.with_extension("planted.csv"));
        let mut files = Files::create(&self.out, &list)?;
        let mut extracts = Extracts::new(self.seed, self.share);
        if let Some(births) = &self.births {
            self.of_births(births, &mut extracts, &mut files)?;
        }
        if let Some(register) = &self.register {
            self.of_register(register, &mut extracts, &mut files)?;
        }
        let Files {
            records, mismatches, ..
        } = files.finish()?;
        if records == 0 {
            return Err(CliError::new(
                "nobody of the file has a number by the report given, so the extract is empty: the report of a second import \
                 says SAME of what the first one took in",
            ));
        }
        eprintln!(
            "{records} records, in which {mismatches} mismatches are planted. Seed {}.",
            self.seed
        );
        Ok(())
    }

    fn of_births(&self, births: &Path, extracts: &mut Extracts, files: &mut Files) -> Result<(), CliError> {
        let result = self.result.clone();
        let result = result.unwrap_or_else(|| births.with_extension("result.csv"));
        let births = Rows::new(BufReader::new(File::open(births).map_err(CliError::of)?)).map_err(CliError::of)?;
        let results = csv::Reader::from_path(&result).map_err(CliError::of)?;
        for (birth, became) in births.zip(results.into_records()) {
            if let Some((number, registration)) = given(birth.ok(), &became.map_err(CliError::of)?)? {
                files.add(extracts.of(number, &registration))?;
            }
        }
        Ok(())
    }

    fn of_register(&self, register: &Path, extracts: &mut Extracts, files: &mut Files) -> Result<(), CliError> {
        let report = self.report.clone();
        let report = report.unwrap_or_else(|| report_of(register));
        let file = BufReader::new(File::open(register).map_err(CliError::of)?);
        let rows = Imports::new(file, Encoding::Utf8).map_err(CliError::of)?;
        let mut told = Told::read(&report)?;
        // Rows that cannot be read were not imported, whatever the report says of them.
        for row in rows.flatten() {
            let imported = told.imported(row.line)?;
            let Some(registration) = row.item.registration.filter(|_| imported) else {
                continue;
            };
            if !row.item.number.is_empty() {
                let number = Number::parse(&row.item.number).map_err(CliError::of)?;
                files.add(extracts.of_new(number, &registration))?;
            }
        }
        Ok(())
    }
}

impl Files {
    fn create(extract: &Path, planted: &Path) -> Result<Self, CliError> {
        let mut files = Self {
            extract: csv::Writer::from_writer(create(extract)?),
            planted: csv::Writer::from_writer(create(planted)?),
            records: 0,
            mismatches: 0,
        };
        files.extract.write_record(EXTRACT_COLUMNS).map_err(CliError::of)?;
        let header = ["office_code", "number", "kind", "fields"];
        files.planted.write_record(header).map_err(CliError::of)?;
        Ok(files)
    }

    fn add(&mut self, (made, mismatch): (Vec<ReconciliationRecord>, Option<Planted>)) -> Result<(), CliError> {
        for record in &made {
            self.extract
                .write_record(extract_record(record))
                .map_err(CliError::of)?;
            self.records += 1;
        }
        if let Some(mismatch) = mismatch {
            self.planted.write_record(line(&mismatch)).map_err(CliError::of)?;
            self.mismatches += 1;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Self, CliError> {
        self.extract.flush().map_err(CliError::of)?;
        self.planted.flush().map_err(CliError::of)?;
        Ok(self)
    }
}

/// What the report of an import tells of rows, in their order.
struct Told {
    rows: Peekable<csv::StringRecordsIntoIter<File>>,
}

impl Told {
    fn read(report: &Path) -> Result<Self, CliError> {
        let reader = csv::Reader::from_path(report).map_err(CliError::of)?;
        Ok(Self {
            rows: reader.into_records().peekable(),
        })
    }

    /// Whether the row of this line was imported. Lines must not go backwards.
    fn imported(&mut self, line: u64) -> Result<bool, CliError> {
        // The columns of a report are line, office_code, place_code, kind, entry_number, number, result, …
        let cell = |row: &csv::StringRecord, index| row.get(index).unwrap_or_default().to_owned();
        while let Some(told) = self
            .rows
            .next_if(|told| !told.as_ref().is_ok_and(|row| is_after(row, line)))
        {
            let told = told.map_err(CliError::of)?;
            if cell(&told, 0) == line.to_string() {
                return Ok(matches!(cell(&told, 6).as_str(), "IMPORTED" | "COMPLETED"));
            }
        }
        // What is not told was plainly imported.
        Ok(true)
    }
}

fn is_after(told: &csv::StringRecord, line: u64) -> bool {
    told.get(0)
        .and_then(|cell| cell.parse::<u64>().ok())
        .is_some_and(|at| at > line)
}

/// The number that a row was given, if it was.
fn given(birth: Option<Row>, became: &csv::StringRecord) -> Result<Option<(Number, BirthRegistration)>, CliError> {
    // The columns of a result are line, office, entry_number, outcome, number, …
    let cell = |index: usize| became.get(index).unwrap_or_default();
    let Some(birth) = birth.filter(|_| cell(3) == "issued") else {
        return Ok(None);
    };
    if cell(0).parse() != Ok(birth.line) {
        return Err(CliError::new(
            "the births and what became of them do not belong together",
        ));
    }
    let number = Number::parse(cell(4)).map_err(CliError::of)?;
    Ok(Some((number, birth.registration)))
}

fn line(planted: &Planted) -> [String; 4] {
    let kind = planted.kind.as_str_name();
    [
        planted.office.clone(),
        planted.number.to_string(),
        kind.strip_prefix("MISMATCH_KIND_").unwrap_or(kind).to_owned(),
        planted.fields.join(" "),
    ]
}

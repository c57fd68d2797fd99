//! `dinhdanh generate register`.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;

use super::CliError;
use super::generate::{create, io_error};
use crate::client::csv::{COLUMNS, FURTHER, Role, to_record};
use crate::generate::{RegisterEntry, RegisterPlan, Registers, Trouble};

/// Make a register that another software kept, as a CSV file that `dinhdanh import` reads, with trouble planted in it.
///
/// Nobody in it exists. It has old births, with numbers and without, as old books tell them: days and months that are not
/// known, provinces that were given up long ago, odd order numbers, days written one way and the other. Beside them stands what
/// an import must find. For register.csv two more files are written: register.planted.csv lists every planted row, with its
/// line and what becomes of it, or of the row that it contradicts where that comes later; register.expected.csv has
/// the count of rows by result, imported for the first time and again. The same options give the same files, in bounded memory.
///
/// Example: dinhdanh generate register --count 100000 --years 1990-2009 --out register.csv
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct GenerateRegister {
    /// How many children. What is planted comes on top.
    #[arg(long, value_name = "N")]
    count: u64,
    /// The register to write. Neither it nor the other two may be there yet.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// The years in which the births were entered.
    #[arg(long, default_value = "1990-2009", value_parser = years, value_name = "FIRST-LAST")]
    years: (i16, i16),
    /// How many of 10,000 children have a number.
    #[arg(long, default_value_t = 8_000, value_parser = clap::value_parser!(u32).range(0..=10_000), value_name = "N")]
    numbered: u32,
    /// How many of each kind of trouble are planted for 10,000 children.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(0..=909), value_name = "N")]
    share: u32,
    /// Shuffle among so many rows, which are held in memory; 0 for the order in which they were entered.
    #[arg(long, default_value_t = 1_000, value_name = "ROWS")]
    shuffle: usize,
    /// Which register of all there could be.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

impl GenerateRegister {
    /// Writes the register, the list of what is planted, and what is expected.
    ///
    /// # Errors
    /// [`CliError`] if the plan cannot be followed or a file cannot be written.
    pub fn run(self) -> Result<(), CliError> {
        let plan = RegisterPlan {
            count: self.count,
            seed: self.seed,
            years: self.years,
            numbered: self.numbered,
            share: self.share,
            shuffled: self.shuffle,
        };
        let entries = Registers::new(plan).map_err(CliError::of)?;
        eprintln!("This register is synthetic: nobody in it exists. Seed {}.", self.seed);
        let [planted, expected] = ["planted.csv", "expected.csv"].map(|ending| self.out.with_extension(ending));
        let files = [create(&self.out)?, create(&planted)?, create(&expected)?];
        let rows = write(entries, files).map_err(|error| CliError::new(format!("cannot write: {error}")))?;
        eprintln!("{} children in {rows} rows.", self.count);
        Ok(())
    }
}

/// Writes all entries, and tells how many there were.
fn write<W: Write>(entries: Registers, [register, planted, expected]: [W; 3]) -> io::Result<u64> {
    // A row that ends in the middle is shorter than the others.
    let mut register = csv::WriterBuilder::new().flexible(true).from_writer(register);
    let mut planted = csv::Writer::from_writer(planted);
    let header = FURTHER.into_iter().chain(COLUMNS);
    register.write_record(header).map_err(io_error)?;
    let columns = [
        "line",
        "trouble",
        "office_code",
        "book_year",
        "entry_number",
        "number",
        "result",
        "conflict",
    ];
    planted.write_record(columns).map_err(io_error)?;
    let mut counts = BTreeMap::<_, u64>::new();
    let mut line = 1;
    for entry in entries {
        line += 1;
        register.write_record(cells(&entry)).map_err(io_error)?;
        *counts
            .entry(entry.planted.map_or(IMPORTED, Trouble::result))
            .or_default() += 1;
        if let Some(trouble) = entry.planted {
            planted.write_record(in_list(line, trouble, &entry)).map_err(io_error)?;
        }
    }
    register.flush()?;
    planted.flush()?;
    write_expected(counts, expected)?;
    Ok(line - 1)
}

const IMPORTED: &str = "IMPORTED";
/// What an entry is that was imported before.
const SAME: &str = Trouble::Doubled.result();

fn write_expected(mut counts: BTreeMap<&str, u64>, file: impl Write) -> io::Result<()> {
    let mut expected = csv::Writer::from_writer(file);
    expected.write_record(["result", "first", "again"]).map_err(io_error)?;
    let imported = counts.get(IMPORTED).copied().unwrap_or_default();
    counts.entry(SAME).or_default();
    for (result, first) in counts {
        let again = match result {
            IMPORTED => 0,
            SAME => first + imported,
            _ => first,
        };
        let row = [result, &first.to_string(), &again.to_string()];
        expected.write_record(row).map_err(io_error)?;
    }
    expected.flush()
}

/// The cells of an entry, in the order of the header.
fn cells(entry: &RegisterEntry) -> Vec<String> {
    let mut cells = vec![entry.number.clone(), String::new()];
    cells.extend(to_record(&entry.registration, Role::Registrar));
    let place = |column| FURTHER.iter().chain(&COLUMNS).position(|known| *known == column);
    let mut change = |column, to: &dyn Fn(&str) -> String| {
        if let Some(cell) = place(column).and_then(|place| cells.get_mut(place)) {
            *cell = to(cell);
        }
    };
    if entry.day_first {
        for column in ["registered_on", "date_of_birth", "mother_born", "father_born"] {
            change(column, &day_first);
        }
    }
    match entry.planted {
        Some(Trouble::BadDate) => change("registered_on", &|_| "30/02/2001".to_owned()),
        Some(Trouble::LostZeros) => change("number", &|number| number.trim_start_matches('0').to_owned()),
        Some(Trouble::OtherKind) => change("entry_kind", &|_| "MARRIAGE".to_owned()),
        Some(Trouble::HalfRow) => cells.truncate(cells.len() / 2),
        _ => {}
    }
    cells
}

/// 2023-12-31 as 31/12/2023.
fn day_first(date: &str) -> String {
    date.split('-').rev().collect::<Vec<_>>().join("/")
}

fn in_list(line: u64, trouble: Trouble, entry: &RegisterEntry) -> [String; 8] {
    let reference = entry.registration.r#ref.clone().unwrap_or_default();
    [
        line.to_string(),
        trouble.name().to_owned(),
        reference.office_code,
        reference.book_year.to_string(),
        reference.entry_number,
        entry.number.clone(),
        trouble.result().to_owned(),
        trouble.conflict().to_owned(),
    ]
}

/// Reads 1990-2009, or one year.
fn years(text: &str) -> Result<(i16, i16), String> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    match (first.trim().parse(), last.trim().parse()) {
        (Ok(first), Ok(last)) => Ok((first, last)),
        _ => Err("must be a year, or the first and the last one as 1990-2009".to_owned()),
    }
}

//! `dinhdanh generate extract`.

use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::PathBuf;

use clap::Args;

use super::CliError;
use crate::client::csv::{EXTRACT_COLUMNS, Row, Rows, extract_record};
use crate::generate::{Extracts, Planted};
use crate::number::Number;
use crate::proto::v1::BirthRegistration;

/// Make the extract of another registry from a file of births and what became of them, with mismatches planted in it.
///
/// `dinhdanh reconcile` must find exactly what was planted, which is listed in a file of its own: office_code, number, kind
/// and fields. One third are births left out (MISSING_THERE), one third have a field changed (DIFFERS), and one third
/// are numbers that nobody was given (MISSING_HERE).
///
/// Example: dinhdanh generate extract --births births.csv --result births.result.csv --out extract.csv
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct GenerateExtract {
    /// The births, as `dinhdanh generate births` made them.
    #[arg(long, value_name = "FILE")]
    births: PathBuf,
    /// What became of them, as `dinhdanh issue` wrote it. [default: FILE of the births with the ending .result.csv]
    #[arg(long, value_name = "FILE")]
    result: Option<PathBuf>,
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

impl GenerateExtract {
    /// Writes the extract, and the list of what was planted.
    ///
    /// # Errors
    /// [`CliError`] if a file cannot be read or written, or the two do not belong together.
    pub fn run(self) -> Result<(), CliError> {
        let result = self.result.clone();
        let result = result.unwrap_or_else(|| self.births.with_extension("result.csv"));
        let list = self.planted.clone();
        let list = list.unwrap_or_else(|| self.out.with_extension("planted.csv"));
        let births = File::open(&self.births).map_err(CliError::of)?;
        let births = Rows::new(BufReader::new(births)).map_err(CliError::of)?;
        let results = csv::Reader::from_path(&result).map_err(CliError::of)?;
        let mut extract = create(&self.out)?;
        let mut planted = create(&list)?;
        extract.write_record(EXTRACT_COLUMNS).map_err(CliError::of)?;
        planted
            .write_record(["office_code", "number", "kind", "fields"])
            .map_err(CliError::of)?;
        let mut extracts = Extracts::new(self.seed, self.share);
        let (mut records, mut mismatches) = (0_u64, 0_u64);
        for (birth, became) in births.zip(results.into_records()) {
            let Some((number, registration)) = given(birth.ok(), &became.map_err(CliError::of)?)? else {
                continue;
            };
            let (made, mismatch) = extracts.of(number, &registration);
            for record in &made {
                extract.write_record(extract_record(record)).map_err(CliError::of)?;
                records += 1;
            }
            if let Some(mismatch) = mismatch {
                planted.write_record(line(&mismatch)).map_err(CliError::of)?;
                mismatches += 1;
            }
        }
        extract.flush().map_err(CliError::of)?;
        planted.flush().map_err(CliError::of)?;
        eprintln!(
            "{records} records, in which {mismatches} mismatches are planted. Seed {}.",
            self.seed
        );
        Ok(())
    }
}

fn create(path: &PathBuf) -> Result<csv::Writer<BufWriter<File>>, CliError> {
    let file = File::create_new(path).map_err(|error| CliError::new(format!("{}: {error}", path.display())))?;
    Ok(csv::Writer::from_writer(BufWriter::new(file)))
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

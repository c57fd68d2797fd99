//! `dinhdanh places import`.

use std::path::PathBuf;

use clap::Args;

use super::file::File;
use super::store::InForce;
use crate::cli::CliError;
use crate::cli::configured::Configured;
use crate::cli::output::print;
use crate::number::Codes;
use crate::places::{Extended, Faults, extend};
use crate::shell::Clock;
use crate::store::{PlaceKeeper, PlaceTable, PlaceVersion, StoreError};

/// The longest name of somebody who brings a table, in characters.
const MAX_NAME: usize = 100;

/// Extend the table of districts and communes by a CSV file (UTF-8, a header, commas).
///
/// Its columns are code, name, kind, parent_code, place_code, from, until, successor_codes and removed; docs/places.md explains
/// them. A row takes the place of the one with the same code and first day; a row that is not in the file stays, unless one of
/// the file says that it is removed. The file is taken whole or not at all: everything that is wrong with it is told by line and
/// column. Brought again, it changes nothing.
///
/// Example: dinhdanh places import units.csv --by "Ban Tư pháp" --data ./dinhdanh-data
#[derive(Debug, Args)]
#[command(name = "import", verbatim_doc_comment)]
pub struct ImportTable {
    #[command(flatten)]
    pub configured: Configured,
    /// The CSV file.
    file: PathBuf,
    /// Who brings it: kept with the table, and logged. [env: USER]
    #[arg(long, value_name = "NAME", env = "USER", hide_env = true, value_parser = name)]
    by: String,
    /// Only tell what would change, or what is wrong.
    #[arg(long)]
    check: bool,
}

fn name(text: &str) -> Result<String, String> {
    let text = text.trim();
    let fits = (1..=MAX_NAME).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    match fits {
        true => Ok(text.to_owned()),
        false => Err(format!(
            "must have 1 to {MAX_NAME} characters, and no control characters"
        )),
    }
}

impl ImportTable {
    /// Extends the table in force.
    ///
    /// # Errors
    /// [`CliError`] if the file is not as it should be, or the store does not take the table.
    pub async fn run(self, in_force: &InForce, keeper: &impl PlaceKeeper, clock: &dyn Clock) -> Result<(), CliError> {
        let extended = self.extended(in_force)?;
        let before = in_force.version.map_or(0, |version| version.number);
        if self.check || !extended.changes() {
            let end = match extended.changes() {
                true => "nothing was changed (--check)".to_owned(),
                false => format!("nothing is new: version {before} stays in force"),
            };
            return print(&told(&extended, &end));
        }
        let text = extended.units.to_text().map_err(CliError::of)?;
        let version = PlaceVersion::of(before + 1, &text);
        let table = PlaceTable {
            version,
            at: clock.now().as_microsecond(),
            by: self.by,
            units: i64::try_from(extended.units.len()).unwrap_or(i64::MAX),
            text,
        };
        keeper.keep(&table).await.map_err(|error| match error {
            StoreError::Conflict(_) => {
                CliError::new("another table was brought at the same moment: run the command again")
            }
            error => CliError::new(format!(
                "{error}; run the command again: what was taken is not taken twice"
            )),
        })?;
        let (by, version) = (&table.by, table.version.number);
        tracing::info!(
            by,
            version,
            units = table.units,
            "brought a table of districts and communes"
        );
        print(&told(
            &extended,
            &format!("version {version} is in force: running servers take it up within some seconds"),
        ))
    }

    fn extended(&self, in_force: &InForce) -> Result<Extended, CliError> {
        let mut file = File::read(&self.file)?;
        let changes = std::mem::take(&mut file.changes);
        let extended = extend(&in_force.units, changes, Codes::embedded());
        // What stands in rows that cannot be read may be all that the others lack.
        file.must_be_right(&self.file)?;
        extended.map_err(|faults| match faults {
            Faults::TooMany => CliError::of(Faults::TooMany),
            Faults::Rows(faults) => file.refused(&self.file, faults),
        })
    }
}

fn told(extended: &Extended, end: &str) -> String {
    let Extended {
        units,
        added,
        replaced,
        same,
        removed,
    } = extended;
    format!(
        "added {added}, replaced {replaced}, removed {removed}, known as they are {same}: {} rows in all\n{end}\n",
        units.len()
    )
}

//! The table that a store has in force.

use crate::cli::CliError;
use crate::ledger::{FenceError, SCHEMA_VERSION};
use crate::number::Codes;
use crate::places::Units;
use crate::store::{PlaceVersion, Reader};

/// The table in force.
pub struct InForce {
    /// Which it is; none where nobody has brought one.
    pub version: Option<PlaceVersion>,
    /// What it says.
    pub units: Units,
}

impl InForce {
    /// Reads it.
    ///
    /// # Errors
    /// [`CliError`] if the store cannot be read, or is of another release.
    pub async fn read(reader: &impl Reader) -> Result<Self, CliError> {
        let head = reader.head().await.map_err(CliError::of)?;
        if head.schema != SCHEMA_VERSION {
            return Err(CliError::of(FenceError::Schema { found: head.schema }));
        }
        let table = reader
            .places_other_than(None)
            .await
            .map_err(|error| CliError::new(format!("{error} (has a server of this release opened the store yet?)")))?;
        let Some(table) = table else {
            return Ok(Self {
                version: None,
                units: Units::default(),
            });
        };
        Ok(Self {
            version: Some(table.version),
            units: Units::from_text(&table.text, Codes::embedded()).map_err(CliError::of)?,
        })
    }
}

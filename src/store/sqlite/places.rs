//! Keeping tables of places in an embedded store, beside the process that owns it.

use std::path::{Path, PathBuf};

use sqlx::{ConnectOptions, Connection};

use super::{FILE_NAME, options, sql, unavailable, write_error};
use crate::store::{PlaceKeeper, PlaceTable, StoreError};

/// The store in a data folder, whoever owns that.
pub struct SqlitePlaces {
    file: PathBuf,
}

impl SqlitePlaces {
    /// The store in this folder, which is not made.
    pub fn beside(folder: &Path) -> Self {
        Self {
            file: folder.join(FILE_NAME),
        }
    }
}

impl PlaceKeeper for SqlitePlaces {
    async fn keep(&self, table: &PlaceTable) -> Result<(), StoreError> {
        // As a turn writes: flushed before it is committed, and waiting for the turn under way.
        let mut connection = options(&self.file).connect().await.map_err(unavailable)?;
        let kept = sqlx::query(sql::KEEP_PLACES)
            .bind(table.version.number)
            .bind(table.at)
            .bind(table.by.clone())
            .bind(table.units)
            .bind(table.version.digest.to_vec())
            .bind(table.text.clone().into_bytes())
            .execute(&mut connection)
            .await;
        kept.map_err(|error| write_error(&error))?;
        connection.close().await.map_err(unavailable)
    }
}

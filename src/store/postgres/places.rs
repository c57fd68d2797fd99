//! Keeping tables of places in a database.

use sqlx::Connection;

use super::failure::in_turn;
use super::{PgOptions, session, sql};
use crate::store::{PlaceKeeper, PlaceTable, StoreError};

/// The store in a database.
pub struct PgPlaces {
    options: PgOptions,
}

impl PgPlaces {
    /// The store that these options lead to, which is not made.
    pub fn new(options: PgOptions) -> Self {
        Self { options }
    }
}

impl PlaceKeeper for PgPlaces {
    async fn keep(&self, table: &PlaceTable) -> Result<(), StoreError> {
        let mut connection = session::connect(&self.options).await?;
        let kept = sqlx::query(sql::KEEP_PLACES)
            .bind(table.version.number)
            .bind(table.at)
            .bind(table.units)
            .bind(table.by.as_bytes())
            .bind(&table.version.digest[..])
            .bind(table.text.as_bytes())
            .execute(&mut connection);
        let kept = async { kept.await.map_err(|error| in_turn(&error)) };
        session::within(self.options.timeouts.commit, kept).await?;
        // What fails here was done all the same.
        let _ = connection.close().await;
        Ok(())
    }
}

//! The reading side: a few connections that never write, and see only what has been flushed.

use std::path::Path;
use std::time::Duration;

use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqlitePoolOptions, SqliteRow};
use sqlx::{Sqlite, SqlitePool};
use uuid::Uuid;

use super::look_up::{Moment, cases_query, known_query, last_changes_query, parties_query};
use super::turn::find_query;
use super::{FILE_NAME, reading, sql, unavailable};
use crate::ledger::{Hash, Head, KeyId, Position, RequestKey};
use crate::number::{Prefix, Slot};
use crate::protocol::{Attachment, CaseRow, Found, Known, Loaded, Needs, NumberRow, PrefixRow, Wanted};
use crate::registration::Key;
use crate::store::decode::Columns;
use crate::store::found::collect;
use crate::store::loaded::load;
use crate::store::{
    Access, AccessSubject, AccessesAsked, CasesAsked, KeyPage, KeyTable, Mark, PlaceTable, PlaceVersion, Reader,
    StoreError, Totals, counted, decode, sql as portable,
};

/// Connections that read.
const CONNECTIONS: u32 = 4;

/// How long a look-up waits for a connection.
const PATIENCE: Duration = Duration::from_secs(5);

/// The reading side of an embedded store, in the process that owns it or beside it.
pub struct SqliteReader {
    pool: SqlitePool,
}

impl SqliteReader {
    /// Opens an existing store for reading.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if there is no store in `folder`.
    pub async fn open(folder: &Path) -> Result<Self, StoreError> {
        let pool = SqlitePoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(PATIENCE)
            .connect_with(reading(&folder.join(FILE_NAME)))
            .await
            .map_err(unavailable)?;
        Ok(Self { pool })
    }

    async fn rows(&self, query: Query<'_, Sqlite, SqliteArguments>) -> Result<Vec<SqliteRow>, StoreError> {
        counted::statements(1);
        query.fetch_all(&self.pool).await.map_err(unavailable)
    }

    async fn row(&self, query: Query<'_, Sqlite, SqliteArguments>) -> Result<SqliteRow, StoreError> {
        counted::statements(1);
        query.fetch_one(&self.pool).await.map_err(unavailable)
    }

    /// Writes a consistent copy of the whole store to a new file, while turns go on.
    pub async fn copy_to(&self, file: &Path) -> Result<(), StoreError> {
        let file = file
            .to_str()
            .ok_or_else(|| StoreError::Unavailable("the path is not UTF-8".to_owned()))?;
        sqlx::query(sql::COPY)
            .bind(file)
            .execute(&self.pool)
            .await
            .map_err(unavailable)?;
        Ok(())
    }
}

impl Reader for SqliteReader {
    async fn head(&self) -> Result<Head, StoreError> {
        decode::head(&self.row(sqlx::query(portable::HEAD)).await?)
    }

    async fn by_request(&self, key: &RequestKey) -> Result<Option<Known>, StoreError> {
        let request = key.binding();
        let rows = self.rows(sqlx::query(portable::BY_REQUEST).bind(request)).await?;
        rows.first().map(decode::known).transpose()
    }

    async fn by_strict_key(&self, key: Key) -> Result<Option<Known>, StoreError> {
        let key = key.as_bytes().to_vec();
        let rows = self.rows(sqlx::query(portable::BY_STRICT_KEY).bind(key)).await?;
        rows.first().map(decode::known).transpose()
    }

    async fn by_slot(&self, slot: Slot) -> Result<Option<Known>, StoreError> {
        let rows = self.rows(sqlx::query(portable::BY_SLOT).bind(slot.value())).await?;
        rows.first().map(decode::known).transpose()
    }

    async fn entries_after(&self, after: Position, limit: i64) -> Result<Vec<Known>, StoreError> {
        let rows = self
            .rows(sqlx::query(portable::ENTRIES_AFTER).bind(after).bind(limit))
            .await?;
        rows.iter().map(decode::known).collect()
    }

    async fn numbers_after(&self, after: Option<Slot>, limit: i64) -> Result<Vec<NumberRow>, StoreError> {
        let rows = self
            .rows(
                sqlx::query(portable::NUMBERS_AFTER)
                    .bind(after.map_or(-1, |slot| slot.value()))
                    .bind(limit),
            )
            .await?;
        rows.iter().map(decode::numbered).collect()
    }

    async fn holders(&self, wanted: &Wanted) -> Result<Found, StoreError> {
        collect(wanted, &self.rows(find_query(wanted)).await?)
    }

    async fn prefixes(&self) -> Result<Vec<(Prefix, PrefixRow)>, StoreError> {
        let rows = self.rows(sqlx::query(portable::PREFIXES)).await?;
        rows.iter().map(decode::prefix).collect()
    }

    async fn entries_at(&self, positions: &[Position]) -> Result<Vec<Known>, StoreError> {
        let rows = self.rows(known_query(positions)).await?;
        rows.iter().map(decode::known).collect()
    }

    async fn cases_after(&self, after: Option<Uuid>, limit: i64) -> Result<Vec<CaseRow>, StoreError> {
        let after = after.map_or_else(Vec::new, |id| id.as_bytes().to_vec());
        let rows = self
            .rows(sqlx::query(portable::CASES_AFTER).bind(after).bind(limit))
            .await?;
        let mut cases = rows.iter().map(decode::case).collect::<Result<Vec<_>, _>>()?;
        let (Some(first), Some(last)) = (cases.first(), cases.last()) else {
            return Ok(cases);
        };
        let ends = [first, last].map(|case| case.case_id.as_bytes().to_vec());
        let [first, last] = ends;
        let rows = self.rows(sqlx::query(portable::MATCHES).bind(first).bind(last)).await?;
        decode::add_matches(&mut cases, &rows)?;
        Ok(cases)
    }

    async fn cases_opened_after(
        &self,
        after: Position,
        asked: &CasesAsked,
        limit: i64,
    ) -> Result<Vec<CaseRow>, StoreError> {
        let rows = self.rows(cases_query(after, asked, limit)).await?;
        rows.iter().map(decode::case).collect()
    }

    async fn parties(&self, opened: &[Position]) -> Result<Vec<(String, Position)>, StoreError> {
        let rows = self.rows(parties_query(opened)).await?;
        rows.iter().map(decode::party).collect()
    }

    async fn look_up(&self, needs: &Needs) -> Result<Loaded, StoreError> {
        if needs.is_empty() {
            return Ok(Loaded::default());
        }
        // A transaction sees the store as of its first statement.
        let mut moment = Moment(self.pool.begin().await.map_err(unavailable)?);
        let loaded = load(&mut moment, needs).await?;
        moment.0.rollback().await.map_err(unavailable)?;
        Ok(loaded)
    }

    async fn history_after(&self, after: Position, limit: i64) -> Result<Vec<(Position, NumberRow)>, StoreError> {
        let query = sqlx::query(portable::HISTORY_AFTER).bind(after).bind(limit);
        let rows = self.rows(query).await?;
        rows.iter().map(decode::history).collect()
    }

    async fn last_changes(&self, slots: &[Slot]) -> Result<Vec<(Position, NumberRow)>, StoreError> {
        let rows = self.rows(last_changes_query(slots)).await?;
        rows.iter().map(decode::history).collect()
    }

    async fn leaves_after(&self, after: Position, limit: i64) -> Result<Vec<Hash>, StoreError> {
        let query = sqlx::query(portable::LEAVES_AFTER).bind(after).bind(limit);
        self.rows(query).await?.iter().map(decode::leaf).collect()
    }

    async fn tree_nodes(&self, level: u8, from: i64, limit: i64) -> Result<Vec<Hash>, StoreError> {
        let query = sqlx::query(portable::TREE_NODES).bind(i64::from(level));
        decode::nodes(from, &self.rows(query.bind(from).bind(limit)).await?)
    }

    async fn kept_nodes(&self, level: u8) -> Result<i64, StoreError> {
        let query = sqlx::query(portable::LAST_TREE_NODE).bind(i64::from(level));
        decode::kept_nodes(&self.rows(query).await?)
    }

    async fn attachments_after(&self, after: Position, limit: i64) -> Result<Vec<Attachment>, StoreError> {
        let query = sqlx::query(portable::ATTACHMENTS_AFTER).bind(after).bind(limit);
        let rows = self.rows(query).await?;
        rows.iter().map(decode::attachment).collect()
    }

    async fn keys_after(&self, table: KeyTable, after: &[u8], limit: i64) -> Result<KeyPage, StoreError> {
        let query = sqlx::query(table.keys_after()).bind(after.to_vec()).bind(limit);
        decode::keys(&self.rows(query).await?)
    }

    async fn sealed_otherwise(&self, after: Position, up_to: Position, key: KeyId) -> Result<i64, StoreError> {
        let query = sqlx::query(portable::SEALED_OTHERWISE).bind(after);
        self.row(query.bind(up_to).bind(key.0)).await?.int(0)
    }

    async fn marked(&self, mark: Mark) -> Result<Option<i64>, StoreError> {
        let rows = self.rows(sqlx::query(portable::MARKED).bind(mark.name())).await?;
        rows.first().map(|row| row.int(0)).transpose()
    }

    async fn accesses(&self, asked: &AccessesAsked, limit: i64) -> Result<Vec<Access>, StoreError> {
        let query = match &asked.subject {
            AccessSubject::Number(slot) => sqlx::query(portable::ACCESSES_TO).bind(slot.value()),
            AccessSubject::Office(office) => sqlx::query(portable::ACCESSES_BY).bind(office.clone()),
        };
        let (at, id) = asked.after;
        let rows = self.rows(query.bind(at).bind(id).bind(asked.until).bind(limit)).await?;
        rows.iter().map(decode::access).collect()
    }

    async fn places_other_than(&self, known: Option<PlaceVersion>) -> Result<Option<PlaceTable>, StoreError> {
        let (number, digest) = known
            .map(|known| (known.number, known.digest.to_vec()))
            .unwrap_or_default();
        let query = sqlx::query(portable::OTHER_PLACES).bind(number).bind(digest);
        self.rows(query).await?.first().map(decode::places).transpose()
    }

    async fn totals(&self) -> Result<Totals, StoreError> {
        decode::totals(&self.row(sqlx::query(portable::TOTALS)).await?)
    }
}

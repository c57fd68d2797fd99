//! A look at a database from outside: what it is, and whether there is a store in it. Changes nothing.

use sqlx::Connection;
use sqlx::postgres::PgConnection;

use super::failure::outside;
use super::session::{connect, within};
use super::{PgOptions, sql};
use crate::ledger::Head;
use crate::store::decode::{self, Columns};
use crate::store::{StoreError, sql as portable};

/// What a database looks like.
#[derive(Debug, Clone)]
pub struct Probe {
    /// Its release, as it calls it.
    pub version: String,
    /// Its clock, in microseconds since 1970-01-01 UTC.
    pub now: i64,
    /// What its commits wait for.
    pub standby: Standby,
    /// The head of the store in it, if there are tables of one and a head has been made.
    pub head: Option<Head>,
}

/// What the commits of a database wait for, besides its own disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standby {
    /// Nothing.
    None,
    /// A standby, and none is there.
    Away,
    /// A standby, and so many are in step.
    InStep(i64),
    /// A standby; whether it is there, this role may not see.
    Hidden,
}

impl Probe {
    /// Whether there is a store: one whose ledger has begun.
    pub fn holds_a_store(&self) -> bool {
        self.head.as_ref().is_some_and(|head| head.size() > 0)
    }
}

/// Looks at a database.
///
/// # Errors
/// [`StoreError::Unavailable`] if it cannot be reached or is not as it must be.
pub async fn probe(options: &PgOptions) -> Result<Probe, StoreError> {
    let lenient = PgOptions {
        // Whether there is one is told, not demanded.
        standby_required: false,
        ..options.clone()
    };
    let mut connection = connect(&lenient).await?;
    let probe = within(options.timeouts.phase, look(&mut connection)).await?;
    // What fails here was done all the same.
    let _ = connection.close().await;
    Ok(probe)
}

async fn look(connection: &mut PgConnection) -> Result<Probe, StoreError> {
    let failed = |error: sqlx::Error| outside(&error);
    let row = sqlx::query(sql::PROBE)
        .fetch_one(&mut *connection)
        .await
        .map_err(failed)?;
    let (waits, in_step, hidden, tables) = (row.int(2)?, row.int(3)?, row.int(4)?, row.int(5)?);
    let standby = match (waits, in_step, hidden) {
        (0, _, _) => Standby::None,
        (_, 0, 0) => Standby::Away,
        (_, 0, _) => Standby::Hidden,
        (_, count, _) => Standby::InStep(count),
    };
    let head = match tables {
        0 => None,
        _ => {
            let head = sqlx::query(portable::HEAD)
                .fetch_optional(&mut *connection)
                .await
                .map_err(failed)?;
            head.map(|row| decode::head(&row)).transpose()?
        }
    };
    Ok(Probe {
        version: row.text(0)?,
        now: row.int(1)?,
        standby,
        head,
    })
}

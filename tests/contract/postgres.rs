//! The store on PostgreSQL: the contract, and what only PostgreSQL has.

use dinhdanh::ledger::KeySet;
use dinhdanh::store::postgres::{PgOptions, PgStore};

use super::{Backend, keeps_every_promise};
use crate::support::postgres::Database;

struct Shared(Database);

impl Backend for Shared {
    type Store = PgStore;

    async fn new() -> Self {
        Self(Database::shared().await)
    }

    async fn open(&self, keys: KeySet) -> PgStore {
        PgStore::open(options(&self.0), keys).await.unwrap()
    }
}

/// How a test reaches a database.
fn options(database: &Database) -> PgOptions {
    PgOptions::new(database.url().parse().unwrap())
}

keeps_every_promise!(Shared);

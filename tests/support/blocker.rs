//! Holds the store's write lock, so that no turn can be taken: work stays queued for as long as a test needs.

use std::path::Path;

use dinhdanh::store::sqlite::FILE_NAME;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};

/// The lock, until it is released or dropped.
pub struct Blocker(SqliteConnection);

impl Blocker {
    /// Takes the lock of the store in a data folder.
    pub async fn on(folder: &Path) -> Self {
        let options = SqliteConnectOptions::new().filename(folder.join(FILE_NAME));
        let mut connection = options.connect().await.unwrap();
        sqlx::query("BEGIN IMMEDIATE").execute(&mut connection).await.unwrap();
        Self(connection)
    }

    /// Lets turns be taken again.
    pub async fn release(mut self) {
        sqlx::query("ROLLBACK").execute(&mut self.0).await.unwrap();
        self.0.close().await.unwrap();
    }
}

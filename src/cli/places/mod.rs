//! `dinhdanh places`: the table of districts and communes.

mod file;
mod import;
mod resolve;
mod store;

use clap::{Args, Subcommand};

use self::import::ImportTable;
use self::resolve::Resolve;
use self::store::InForce;
use super::CliError;
use super::configured::Configured;
use super::output::print;
use crate::config::{Config, Flags, StoreConfig};
use crate::server::pg_options;
use crate::shell::Clock;
use crate::store::postgres::{PgPlaces, PgReader};
use crate::store::sqlite::{FILE_NAME, SqlitePlaces, SqliteReader};
use crate::store::{PlaceKeeper, Reader};

/// Bring, show and ask the table of districts and communes by which old names are understood.
///
/// The table is kept in the store, and every server on it takes up a new one within some seconds. docs/places.md tells what
/// stands in it.
#[derive(Debug, Args)]
pub struct Places {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Import(ImportTable),
    List(List),
    Resolve(Resolve),
}

/// Print the table in force as CSV, in the columns in which it is brought.
#[derive(Debug, Args)]
struct List {
    #[command(flatten)]
    configured: Configured,
}

impl Places {
    /// Does what is asked.
    ///
    /// # Errors
    /// [`CliError`] if it cannot be done, or the file is not as it should be.
    pub async fn run(self, clock: &dyn Clock) -> Result<(), CliError> {
        let configured = match &self.command {
            Command::Import(import) => &import.configured,
            Command::List(list) => &list.configured,
            Command::Resolve(resolve) => &resolve.configured,
        };
        let config: Config = configured.load(Flags::default())?;
        match &config.store {
            StoreConfig::Sqlite { data } => {
                if !data.join(FILE_NAME).is_file() {
                    return Err(CliError::new(format!("there is no store in {}", data.display())));
                }
                let reader = SqliteReader::open(data).await.map_err(CliError::of)?;
                self.command.run(&reader, &SqlitePlaces::beside(data), clock).await
            }
            StoreConfig::Postgres(postgres) => {
                let options = pg_options(postgres).map_err(CliError::of)?;
                let reader = PgReader::open(&options).await.map_err(CliError::of)?;
                self.command.run(&reader, &PgPlaces::new(options), clock).await
            }
        }
    }
}

impl Command {
    async fn run(self, reader: &impl Reader, keeper: &impl PlaceKeeper, clock: &dyn Clock) -> Result<(), CliError> {
        let in_force = InForce::read(reader).await?;
        match self {
            Self::Import(import) => import.run(&in_force, keeper, clock).await,
            Self::List(_) => print(&in_force.units.to_text().map_err(CliError::of)?),
            Self::Resolve(resolve) => resolve.run(&in_force.units, clock),
        }
    }
}

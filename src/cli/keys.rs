//! `dinhdanh keys`.

use std::path::Path;

use clap::{Args, Subcommand};

use super::CliError;
use super::configured::Configured;
use super::output::print;
use crate::config::{Config, Flags, StoreConfig};
use crate::ledger::{Head, Purpose};
use crate::server::pg_options;
use crate::shell::{KeySource, KeyStoreError, keyfile};
use crate::store::postgres::PgReader;
use crate::store::sqlite::SqliteReader;
use crate::store::{Reader, StoreError};

/// Show the keys by their ids, or add and take out those that may be changed.
///
/// Examples: dinhdanh keys show --keys dinhdanh-data/keys.toml
///           dinhdanh keys new-seal --config /etc/dinhdanh/dinhdanh.toml
///           dinhdanh keys new-index --config /etc/dinhdanh/dinhdanh.toml
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Keys {
    #[command(subcommand)]
    command: KeysCommand,
}

#[derive(Debug, Subcommand)]
enum KeysCommand {
    /// Show the ids of the keys, by which the store names them. They are no secrets.
    Show(Which),
    /// Add a key of sealing at the end of the key file. Nothing is sealed with it before `dinhdanh rekey`.
    ///
    /// Give every server the file then: a server takes new keys in by itself when its file changes, or on SIGHUP.
    NewSeal(Which),
    /// Take the keys of sealing out of the key file that stand before the one in use, if the store needs them no more.
    ///
    /// Backups made before `dinhdanh rekey` still need them: keep a copy of the file as long as those.
    DropSeals(Which),
    /// Add a key of look-up digests at the end of the key file. Nothing is digested with it before `dinhdanh rekey`.
    ///
    /// Give every server the file then, as with a key of sealing.
    NewIndex(Which),
    /// Take the keys of look-up digests out of the key file that stand before the one in use, if the store needs them no more.
    ///
    /// Backups made before `dinhdanh rekey` still need them. `dinhdanh verify` checks the digests in entries written before only
    /// with a key file that holds them.
    DropIndexes(Which),
}

#[derive(Debug, Args)]
struct Which {
    #[command(flatten)]
    configured: Configured,
}

impl Keys {
    /// Does as asked.
    ///
    /// # Errors
    /// [`CliError`].
    pub async fn run(self) -> Result<(), CliError> {
        match self.command {
            KeysCommand::Show(which) => show(&which.configured.load(Flags::default())?).await,
            KeysCommand::NewSeal(which) => add(&which.configured.load(Flags::default())?.keys, Purpose::Seal).await,
            KeysCommand::NewIndex(which) => add(&which.configured.load(Flags::default())?.keys, Purpose::Index).await,
            KeysCommand::DropSeals(which) => {
                drop_former(&which.configured.load(Flags::default())?, Purpose::Seal).await
            }
            KeysCommand::DropIndexes(which) => {
                drop_former(&which.configured.load(Flags::default())?, Purpose::Index).await
            }
        }
    }
}

async fn show(config: &Config) -> Result<(), CliError> {
    let ring = config.keys.load().await.map_err(CliError::of)?;
    let mut text = String::new();
    let (indexes, seals) = (ring.index.ids(), ring.seal.ids());
    for (name, ids) in [("index", indexes), ("picker", vec![ring.ids.picker]), ("seal", seals)] {
        text.extend(ids.iter().map(|id| format!("{name:7} {id}\n")));
    }
    print(&text)
}

async fn add(keys: &KeySource, purpose: Purpose) -> Result<(), CliError> {
    let file = file(keys)?;
    let mut secrets = keys.secrets().await.map_err(CliError::of)?;
    let id = secrets.add(purpose, keyfile::fresh()).map_err(CliError::of)?;
    let name = purpose.name();
    keyfile::replace(file, &secrets).map_err(CliError::of)?;
    print(&format!(
        "added the {name} key {id} to {keys}; the store does not use it yet.\n\
         Keep a copy of the file apart from the data, and let every server have it. Then: dinhdanh rekey\n"
    ))
}

async fn drop_former(config: &Config, purpose: Purpose) -> Result<(), CliError> {
    let file = file(&config.keys)?;
    let mut secrets = config.keys.secrets().await.map_err(CliError::of)?;
    let head = head(config).await.map_err(CliError::of)?;
    let ring = secrets.ring().map_err(CliError::of)?;
    head.admits(&ring).map_err(CliError::of)?;
    let (name, key, changing) = match purpose {
        Purpose::Index => (purpose.name(), head.keys.index, head.reindexing.is_some()),
        Purpose::Seal => (purpose.name(), head.keys.seal, head.resealing.is_some()),
    };
    if changing {
        return Err(CliError::new(format!(
            "the {name} key of the store is being changed: let `dinhdanh rekey` come to its end first"
        )));
    }
    let dropped = secrets.drop_before(purpose, key);
    if dropped.is_empty() {
        return print(&format!("there is no {name} key before the one in use\n"));
    }
    keyfile::replace(file, &secrets).map_err(CliError::of)?;
    let dropped: Vec<_> = dropped.iter().map(ToString::to_string).collect();
    print(&format!(
        "took {} out of {}. Backups made before the change still need it\n",
        dropped.join(", "),
        config.keys
    ))
}

async fn head(config: &Config) -> Result<Head, StoreError> {
    match &config.store {
        StoreConfig::Sqlite { data } => SqliteReader::open(data).await?.head().await,
        StoreConfig::Postgres(postgres) => {
            let options = pg_options(postgres).map_err(|error| StoreError::Unavailable(error.to_string()))?;
            PgReader::open(&options).await?.head().await
        }
    }
}

fn file(keys: &KeySource) -> Result<&Path, CliError> {
    let other = || CliError::of(KeyStoreError::NotAFile(keys.to_string()));
    keys.file().ok_or_else(other)
}

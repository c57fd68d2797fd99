//! `dinhdanh init`.

use std::sync::Arc;

use clap::Args;

use super::CliError;
use super::configured::Configured;
use crate::config::Flags;
use crate::server::{Begun, NewStore, begin};
use crate::shell::Clock;

/// Begin a new, empty store that several servers will share: make its keys and its tables, and write its first entry.
///
/// To be run once, before the first server starts. Where a store is already, nothing is changed. Every server then needs
/// a copy of the key file.
///
/// Example: dinhdanh init --config /etc/dinhdanh/dinhdanh.toml
#[derive(Debug, Args)]
pub struct Init {
    #[command(flatten)]
    configured: Configured,
    /// Use the key file that is there. Never with keys that have given numbers: they would be given again.
    #[arg(long)]
    new_store: bool,
}

impl Init {
    /// Begins the store, and says what was made.
    pub async fn run(self, clock: Arc<dyn Clock>) -> Result<(), CliError> {
        let config = self.configured.load(Flags::default())?;
        let new_store = match self.new_store {
            true => NewStore::Allowed,
            false => NewStore::Refused,
        };
        let begun = begin(&config, new_store, clock).await.map_err(CliError::of)?;
        let keys = &config.keys;
        match begun {
            Begun::KeysMade => println!("made {keys}"),
            Begun::KeysFound => println!("used {keys}"),
        }
        println!("began a new store in {}", config.store.place());
        println!(
            "Give every server a copy of the key file, and keep one more in a place apart from the data: without it"
        );
        println!("nothing in the store can be read.");
        Ok(())
    }
}

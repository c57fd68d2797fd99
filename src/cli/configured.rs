//! The flags by which commands find a store: a configuration file, or a data folder and its keys.

use std::path::PathBuf;

use clap::Args;

use super::CliError;
use crate::config::{Config, Flags, environment};

/// Where the settings are. Flags win over the environment, and that over the file.
#[derive(Debug, Default, Args)]
pub struct Configured {
    /// The file of settings; `dinhdanh config example` prints one. Without it, the store is a data folder.
    #[arg(long, value_name = "FILE", env = crate::config::FILE_VARIABLE)]
    config: Option<PathBuf>,
    /// The data folder (of a server, or of a backup). [env: DINHDANH_DATA] [default: dinhdanh-data]
    #[arg(long)]
    data: Option<PathBuf>,
    /// The key file. [env: DINHDANH_KEYS] [default: keys.toml in the data folder]
    ///
    /// The keys may also come from the variable DINHDANH_KEYS_TEXT, or from the program that the setting keys_command names.
    #[arg(long)]
    keys: Option<PathBuf>,
}

impl Configured {
    /// Reads the configuration, with what further flags say.
    ///
    /// # Errors
    /// Everything that is wrong with it, one a line.
    pub fn load(&self, further: Flags) -> Result<Config, CliError> {
        let mut flags = further;
        flags.path("data", "--data", self.data.as_deref());
        flags.path("keys", "--keys", self.keys.as_deref());
        Config::load(self.config.as_deref(), environment(), flags).map_err(CliError::of)
    }
}

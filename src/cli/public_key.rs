//! `dinhdanh public-key`.

use clap::Args;

use super::CliError;
use super::configured::Configured;
use crate::config::Flags;

/// Show the public key by which missions check the signed notes of their blocks, without a line.
///
/// It is derived from the key file, and the same on every server of an installation. It is no secret: give it to the missions
/// once, by a way they trust. A note is an Ed25519 signed note as C2SP describes it, so that public tools can check it too.
///
/// Example: dinhdanh public-key --keys dinhdanh-data/keys.toml
#[derive(Debug, Args)]
pub struct PublicKey {
    #[command(flatten)]
    configured: Configured,
}

impl PublicKey {
    /// Shows the key.
    pub async fn run(self) -> Result<(), CliError> {
        let config = self.configured.load(Flags::default())?;
        let keys = config.keys.load().await.map_err(CliError::of)?;
        println!("{}", keys.note.verifier().map_err(CliError::of)?);
        Ok(())
    }
}

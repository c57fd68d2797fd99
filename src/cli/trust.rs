//! The flags by which a client proves who it is, and knows the service.

use std::path::{Path, PathBuf};

use clap::Args;

use super::CliError;
use crate::client::{Address, Trust};

// Not a doc comment: clap would show it in place of the command's own.
// Files in PEM, for a service that is reached by https.
#[derive(Debug, Args)]
pub struct TrustArgs {
    /// For a service reached by https: who may sign its certificate (PEM).
    #[arg(long, env = "DINHDANH_CLIENT_CA", value_name = "FILE")]
    ca: Option<PathBuf>,
    /// The certificate that says who is calling (PEM).
    #[arg(long, env = "DINHDANH_CLIENT_CERT", requires_all = ["ca", "key"], value_name = "FILE")]
    cert: Option<PathBuf>,
    /// The key of that certificate (PEM).
    #[arg(long, env = "DINHDANH_CLIENT_KEY", requires = "cert", value_name = "FILE")]
    key: Option<PathBuf>,
}

impl TrustArgs {
    /// Reads the files, for services at these addresses.
    ///
    /// # Errors
    /// [`CliError`] if a file cannot be read, or an address and the flags do not go together.
    pub fn read<'a>(&self, mut servers: impl Iterator<Item = &'a Address>) -> Result<Option<Trust>, CliError> {
        let Some(ca) = &self.ca else {
            return match servers.find(|server| server.is_tls()) {
                Some(_) => Err(CliError::new(
                    "https:// needs --ca: who may sign the service's certificate",
                )),
                None => Ok(None),
            };
        };
        if servers.any(|server| !server.is_tls()) {
            return Err(CliError::new("--ca is for TLS: write https://, not http://"));
        }
        let trust = Trust::new(&read(ca)?);
        Ok(Some(match (&self.cert, &self.key) {
            (Some(cert), Some(key)) => trust.presenting(&read(cert)?, &read(key)?),
            _ => trust,
        }))
    }
}

fn read(file: &Path) -> Result<Vec<u8>, CliError> {
    std::fs::read(file).map_err(|error| CliError::new(format!("{}: {error}", file.display())))
}

//! `dinhdanh prove`.

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use tokio_util::sync::CancellationToken;

use super::lookup::told;
use super::lookup_key::NumberKey;
use super::output::print;
use super::service::ServiceArgs;
use super::{CliError, choice};
use crate::client::{Caller, Client};
use crate::policy::Role;
use crate::proto::v1;
use crate::shell::Clock;

/// For how long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// Write a bundle that proves that the decision on a number is in the ledger.
///
/// A bundle is a small text file: what the entry's leaf is made of, a signed checkpoint, and the hashes that lead from the one
/// to the other. Nothing in it tells of anybody, not even the number. `dinhdanh check` checks it, without the service.
///
/// Example: dinhdanh prove 001226123456 --office 26734 --out birth.bundle.json
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Prove {
    #[command(flatten)]
    service: ServiceArgs,
    /// A personal number, 12 digits.
    #[arg(value_name = "NUMBER")]
    number: NumberKey,
    /// The office that asks.
    #[arg(long, value_name = "CODE")]
    office: String,
    /// The role it asks in.
    #[arg(long, default_value = "REGISTRAR", value_parser = choice::role)]
    role: Role,
    /// The file to write, which must not be there yet. Without it the bundle is printed.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Prove {
    /// Asks for the proof and writes the bundle.
    ///
    /// # Errors
    /// [`CliError`] if there is no answer, or the office may not know of the number.
    pub async fn run(self, clock: Arc<dyn Clock>) -> Result<(), CliError> {
        let caller = Caller::new(&self.office, self.role.name()).map_err(CliError::of)?;
        let client = Client::connect(self.service.options(PATIENCE)?, clock);
        let client = client.await.map_err(CliError::of)?;
        let request = v1::GetNumberRequest {
            number: self.number.0.to_string(),
        };
        let nobody_stops = CancellationToken::new();
        let bundle = client.prove(&caller, request, &nobody_stops).await;
        let bundle = bundle.map_err(|failure| told(&failure))?;
        let bundle =
            bundle.ok_or_else(|| CliError::new("the answer of the service cannot be understood".to_owned()))?;
        let text = bundle.text();
        let Some(out) = self.out else {
            return print(&text);
        };
        let written = File::create_new(&out).and_then(|mut file| file.write_all(text.as_bytes()));
        written.map_err(|error| CliError::new(format!("{}: {error}", out.display())))?;
        print(&format!("wrote {}\n", out.display()))
    }
}

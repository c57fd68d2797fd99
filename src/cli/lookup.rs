//! `dinhdanh lookup`.

use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::lookup_card::Card;
use super::lookup_key::{NumberKey, RefKey};
use super::output::print;
use super::service::ServiceArgs;
use super::{CliError, choice};
use crate::client::{Caller, Client, Failure};
use crate::policy::Role;
use crate::proto::v1;
use crate::proto::v1::get_issuance_request::Key;
use crate::shell::Clock;

/// For how long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// Ask what became of a request, a registration or a number.
///
/// An office sees what it registered itself. The request id of each row of a file stands in the file's journal.
///
/// Examples:
///   dinhdanh lookup --ref 26734/BIRTH/2026/45
///   dinhdanh lookup --office 26734 --request-id 0197a1b2-0000-7000-8000-000000000001
///   dinhdanh lookup --office 26734 --number 001226123456
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Lookup {
    #[command(flatten)]
    service: ServiceArgs,
    /// The office that asks. With --ref it may be left out: the office of the registration asks.
    #[arg(long, value_name = "CODE", required_unless_present = "registration")]
    office: Option<String>,
    /// The role it asks in.
    #[arg(long, default_value = "REGISTRAR", value_parser = choice::role)]
    role: Role,
    #[command(flatten)]
    subject: Subject,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// What is asked about: one of these.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Subject {
    /// A request, by the id its office gave it.
    #[arg(long, value_name = "UUID")]
    request_id: Option<Uuid>,
    /// A registration: OFFICE/REGISTER/YEAR/ENTRY, or OFFICE/REGISTER/YEAR/BOOK/ENTRY for old books; the register is
    /// BIRTH or ABROAD_ENTRY.
    #[arg(long = "ref", value_name = "OFFICE/REGISTER/YEAR/[BOOK/]ENTRY")]
    registration: Option<RefKey>,
    /// A personal number, 12 digits.
    #[arg(long, value_name = "NUMBER")]
    number: Option<NumberKey>,
}

impl Lookup {
    /// Asks, and prints the answer.
    ///
    /// # Errors
    /// [`CliError`] if there is no answer, or nothing the office may know of.
    pub async fn run(self, clock: Arc<dyn Clock>) -> Result<(), CliError> {
        let own = self.subject.registration.as_ref().map(|key| key.0.office_code.clone());
        let office = self.office.or(own).unwrap_or_default();
        let caller = Caller::new(&office, self.role.name()).map_err(CliError::of)?;
        let options = self.service.options(PATIENCE)?;
        let client = Client::connect(options, clock).await.map_err(CliError::of)?;
        let card = self
            .subject
            .ask(&client, &caller)
            .await
            .map_err(|failure| told(&failure))?;
        print(&if self.json { card.json() } else { card.text() })
    }
}

impl Subject {
    async fn ask(self, client: &Client, caller: &Caller) -> Result<Card, Failure> {
        let nobody_stops = CancellationToken::new();
        if let Some(NumberKey(number)) = self.number {
            let request = v1::GetNumberRequest {
                number: number.to_string(),
            };
            return client.number(caller, request, &nobody_stops).await.map(Card::of_number);
        }
        let by_id = self.request_id.map(|id| Key::RequestId(id.to_string()));
        let request = v1::GetIssuanceRequest {
            key: by_id.or(self.registration.map(|RefKey(reference)| Key::Ref(reference))),
        };
        client
            .issuance(caller, request, &nobody_stops)
            .await
            .map(Card::of_issuance)
    }
}

/// A failure in words: what the service advises, and its code.
pub(super) fn told(failure: &Failure) -> CliError {
    match failure {
        Failure::Refused { trouble, .. } if !trouble.advice.is_empty() => {
            CliError::new(format!("{} ({trouble})", trouble.advice))
        }
        other => CliError::of(other.clone()),
    }
}

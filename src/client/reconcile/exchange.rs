//! Sending records and hearing what is told of them, across lost connections.

use std::collections::VecDeque;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Status, Streaming};

use super::found::{Found, NOT_COMPARED, Row};
use super::source::Outgoing;
use super::state::{State, StateError};
use super::{Options, masked};
use crate::client::patience::chance;
use crate::client::{Next, Trouble, after};
use crate::proto::v1;
use crate::proto::v1::reconcile_request::Item as Sent;
use crate::proto::v1::reconcile_response::Item;
use crate::proto::v1::reconciliation_service_client::ReconciliationServiceClient;
use crate::shell::{Clock, random};

/// Records sent that no progress covers yet: kept, to be sent again. Twice what the contract promises to take in between.
const WINDOW: usize = 4_096;
/// Records made ready for the connection.
const READY: usize = 64;
/// How often the state is written, at most.
const WRITE_EVERY: Duration = Duration::from_secs(1);

/// How a run ended.
#[derive(Debug)]
pub enum End {
    /// Everything was compared.
    Finished(v1::ReconciliationSummary),
    /// It was asked to stop.
    Stopped,
    /// The service said nothing for so long.
    Silent(Trouble),
    /// The service does not take the call.
    Refused(Trouble),
}

/// Why a stream ended before its summary.
enum Ended {
    Stopped,
    Lost(Trouble),
    Refused(Trouble),
    /// What was heard could not be kept.
    Failed(StateError),
}

/// Everything that a run needs to go on.
pub struct Exchange<'a> {
    pub options: &'a Options,
    pub clock: Arc<dyn Clock>,
    pub endpoint: Endpoint,
    /// The records that are still to be sent.
    pub records: mpsc::Receiver<Outgoing>,
    pub all_read: bool,
    pub window: VecDeque<Outgoing>,
    pub state: State,
    pub state_path: PathBuf,
    /// When the state was written last in this run.
    pub written_at: Option<Duration>,
    pub found: Found,
    pub found_path: PathBuf,
    pub heard_at: Duration,
    pub failures: u32,
}

impl Exchange<'_> {
    /// Sends everything, and hears everything, trying again as often as patience says.
    ///
    /// # Errors
    /// [`StateError`] if what was heard cannot be kept.
    pub async fn run(&mut self, stop: &CancellationToken) -> Result<End, StateError> {
        // A file that is sorted first takes a while, during which there is nothing to say.
        match stop.run_until_cancelled(self.records.recv()).await {
            None => return Ok(End::Stopped),
            Some(None) => self.all_read = true,
            Some(Some(first)) => self.window.push_back(first),
        }
        self.heard_at = self.clock.monotonic();
        loop {
            let trouble = match self.stream(stop).await {
                Ok(summary) => {
                    self.write()?;
                    return Ok(End::Finished(summary));
                }
                Err(Ended::Failed(error)) => return Err(error),
                Err(Ended::Refused(trouble)) => return Ok(End::Refused(trouble)),
                Err(Ended::Stopped) => {
                    self.write()?;
                    return Ok(End::Stopped);
                }
                Err(Ended::Lost(trouble)) => trouble,
            };
            self.failures += 1;
            let chance = chance(random::bytes());
            let wait = self.options.patience.wait(self.failures, trouble.retry_after, chance);
            if self.clock.monotonic() + wait > self.heard_at + self.options.give_up_after {
                self.write()?;
                return Ok(End::Silent(trouble));
            }
            // What was told since the last progress will be told again.
            let kept = self.state.found();
            self.found.back_to(kept).map_err(|error| self.about_found(error))?;
            if stop.run_until_cancelled(tokio::time::sleep(wait)).await.is_none() {
                self.write()?;
                return Ok(End::Stopped);
            }
        }
    }

    /// One stream, from where the state says to the summary.
    async fn stream(&mut self, stop: &CancellationToken) -> Result<v1::ReconciliationSummary, Ended> {
        let (to, requests) = mpsc::channel(READY);
        let header = v1::ReconciliationHeader {
            scope: Some(self.options.scope.clone()),
            resume_token: self.state.token().to_owned(),
            open_cases: self.options.open_cases,
            names: self.options.names,
        };
        // There is room for it.
        let _ = to.try_send(message(Sent::Header(header)));
        let mut to = Some(to);
        let mut stream = self.open(requests, stop).await?;
        let mut at = Cursor::default();
        let silence = self.options.give_up_after;
        loop {
            if self.all_read && at.sent == self.window.len() {
                to = None;
            }
            let next = self.window.get(at.sent);
            tokio::select! {
                () = stop.cancelled() => return Err(Ended::Stopped),
                heard = tokio::time::timeout(silence, stream.message()) => {
                    let heard = heard.map_err(|_| Ended::Lost(Trouble::bare(Code::DeadlineExceeded)))?;
                    let heard = heard.map_err(ended)?;
                    let answer = heard.ok_or_else(|| Ended::Lost(Trouble::bare(Code::Unavailable)))?;
                    self.heard_at = self.clock.monotonic();
                    if let Some(summary) = self.hear(answer, &mut at).map_err(Ended::Failed)? {
                        return Ok(summary);
                    }
                }
                open = room(to.as_ref()), if to.is_some() && next.is_some() => {
                    let record = next.map(|next| message(Sent::Record(Box::new(next.record.clone()))));
                    // There is room, and nobody else takes it.
                    let sent = record.zip(to.as_ref()).is_some_and(|(record, to)| to.try_send(record).is_ok());
                    match open && sent {
                        true => at.sent += 1,
                        // The stream has ended; it tells why.
                        false => to = None,
                    }
                }
                record = self.records.recv(), if !self.all_read && self.window.len() < WINDOW => match record {
                    Some(record) => self.window.push_back(record),
                    None => self.all_read = true,
                },
            }
        }
    }

    async fn open(
        &self,
        requests: mpsc::Receiver<v1::ReconcileRequest>,
        stop: &CancellationToken,
    ) -> Result<Streaming<v1::ReconcileResponse>, Ended> {
        let calling = async {
            let channel: Channel = self
                .endpoint
                .connect()
                .await
                .map_err(|_| Trouble::bare(Code::Unavailable))?;
            let mut request = Request::new(ReceiverStream::new(requests));
            self.options.caller.name_in(request.metadata_mut());
            let called = ReconciliationServiceClient::new(channel).reconcile(request).await;
            called.map_err(|status| Trouble::of(&status))
        };
        let attempt = tokio::time::timeout(self.options.patience.attempt, calling);
        match stop.run_until_cancelled(attempt).await {
            None => Err(Ended::Stopped),
            Some(Err(_)) => Err(Ended::Lost(Trouble::bare(Code::DeadlineExceeded))),
            Some(Ok(Err(trouble))) => Err(ended_by(trouble)),
            Some(Ok(Ok(stream))) => Ok(stream.into_inner()),
        }
    }

    /// Keeps what was told. The summary, once all is told.
    fn hear(
        &mut self,
        answer: v1::ReconcileResponse,
        at: &mut Cursor,
    ) -> Result<Option<v1::ReconciliationSummary>, StateError> {
        match answer.item {
            Some(Item::Mismatch(mismatch)) => {
                let of = self.outgoing(&mismatch.key, at);
                let kind = mismatch.kind().as_str_name();
                let kind = kind.strip_prefix("MISMATCH_KIND_").unwrap_or(kind);
                let row = self.row(of, kind, mismatch);
                self.add(&row)?;
            }
            Some(Item::Error(error)) => {
                let of = self.outgoing(&error.key, at);
                let trouble = Trouble::of_message(&error.status.unwrap_or_default());
                let fields = match trouble.fields.is_empty() {
                    true => vec![trouble.reason],
                    false => trouble.fields,
                };
                let what = v1::Mismatch {
                    fields,
                    ..v1::Mismatch::default()
                };
                let row = self.row(of, NOT_COMPARED, what);
                self.add(&row)?;
            }
            Some(Item::Progress(token)) => {
                let covered = usize::try_from(answer.records).unwrap_or(0).saturating_sub(at.covered);
                let covered = covered.min(self.window.len());
                self.window.drain(..covered);
                at.pass(covered);
                self.failures = 0;
                self.state.advance(token, covered as u64, self.found.bytes());
                let due = |at: Duration| self.clock.monotonic() >= at + WRITE_EVERY;
                if self.written_at.is_none_or(due) {
                    self.write()?;
                }
            }
            Some(Item::Summary(summary)) => return Ok(Some(summary)),
            None => {}
        }
        Ok(None)
    }

    /// The record of this key, which is told of in the order in which it was sent.
    fn outgoing(&self, key: &str, at: &mut Cursor) -> Option<&Outgoing> {
        let line: u64 = key.parse().ok()?;
        let from = at.told.min(self.window.len());
        let found = self.window.iter().skip(from).position(|it| it.line == line)?;
        at.told = from + found;
        self.window.get(at.told)
    }

    fn row(&self, of: Option<&Outgoing>, kind: &str, what: v1::Mismatch) -> Row {
        let (office, number) = (what.office_code, what.number);
        let record = of.map(|it| &it.record);
        let own_office = || {
            let own = record.and_then(|it| it.r#ref.as_ref());
            own.map(|own| own.office_code.clone()).unwrap_or_default()
        };
        let name = record
            .and_then(|it| it.facts.as_ref())
            .map(|facts| facts.full_name().trim())
            .unwrap_or_default();
        [
            if office.is_empty() { own_office() } else { office },
            if number.is_empty() {
                record.map(|it| it.number.clone()).unwrap_or_default()
            } else {
                number
            },
            of.map(|it| it.line.to_string()).unwrap_or_default(),
            kind.to_owned(),
            what.fields.join(" "),
            match self.options.names {
                true if name.is_empty() => plain(what.full_name),
                true => plain(name.to_owned()),
                false => masked(name),
            },
            what.case_id,
        ]
    }

    fn add(&mut self, row: &Row) -> Result<(), StateError> {
        self.found.add(row).map_err(|error| self.about_found(error))
    }

    /// Brings to the disk how far it has come: first what was found, then that it was.
    fn write(&mut self) -> Result<(), StateError> {
        self.written_at = Some(self.clock.monotonic());
        self.found.sync().map_err(|error| self.about_found(error))?;
        self.state.write(&self.state_path)
    }

    fn about_found(&self, error: io::Error) -> StateError {
        StateError::Io {
            path: self.found_path.clone(),
            error,
        }
    }
}

/// A name that no spreadsheet takes for a formula.
fn plain(name: String) -> String {
    match name.starts_with(['=', '+', '-', '@']) {
        true => format!("'{name}"),
        false => name,
    }
}

/// Where a stream stands in the window.
#[derive(Default)]
struct Cursor {
    /// Records of the window that were sent on this stream.
    sent: usize,
    /// Records of this stream that progress covers: no longer in the window.
    covered: usize,
    /// The record that was told of last.
    told: usize,
}

impl Cursor {
    /// So many records have left the window.
    fn pass(&mut self, records: usize) {
        self.covered += records;
        self.sent = self.sent.saturating_sub(records);
        self.told = self.told.saturating_sub(records);
    }
}

/// Waits for room to send. `false` where there is nobody to send to.
async fn room(to: Option<&mpsc::Sender<v1::ReconcileRequest>>) -> bool {
    match to {
        None => false,
        Some(to) => to.reserve().await.is_ok(),
    }
}

fn message(item: Sent) -> v1::ReconcileRequest {
    v1::ReconcileRequest { item: Some(item) }
}

fn ended(status: Status) -> Ended {
    ended_by(Trouble::of(&status))
}

fn ended_by(trouble: Trouble) -> Ended {
    match after(trouble.code, &trouble.reason) {
        Next::SendAgain => Ended::Lost(trouble),
        Next::Done | Next::NothingWritten => Ended::Refused(trouble),
    }
}

//! The second pass: sending.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;

use tokio::task::{JoinError, JoinSet, block_in_place};
use tokio_util::sync::CancellationToken;

use super::RunError;
use super::source::{Item, Source};
use crate::client::journal::{Journal, JournalError};
use crate::client::{Answer, Client, Outcome, Trouble, Unanswered};
use crate::shell::Clock;

/// The fewest rows whose intents are brought to the disk together.
const WINDOW: usize = 256;

/// How sending ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// All rows were tried.
    Finished,
    /// The run was told to stop before that.
    Stopped,
    /// For as long as an item may take, no answer came to anything; the last trouble.
    Silent(Trouble),
    /// The service does not take this client's calls.
    NotAccepted(Trouble),
}

/// Sends every row that has no final answer, and notes what comes back. `watch` is told the outcome of each row that
/// was sent, as it comes to be known.
///
/// It ends early when `stop` is cancelled: what is on its way is awaited, nothing is sent again, nothing new is begun.
/// It may also be dropped at any moment: the journal then stands as after a kill.
///
/// Must be called on a runtime with several threads.
///
/// # Errors
/// [`RunError`] if the file or the journal fails; nothing more is sent then.
pub async fn send(
    file: &Path,
    journal: &mut Journal,
    client: &Client,
    clock: &Arc<dyn Clock>,
    stop: &CancellationToken,
    watch: &mut (dyn FnMut(Outcome) + Send),
) -> Result<End, RunError> {
    let in_flight = client.options().in_flight;
    let mut source = Source::open(file, in_flight.max(WINDOW))?;
    let mut ready = VecDeque::new();
    let mut crew = Crew::new(client, stop);
    loop {
        if ready.is_empty() && !crew.halt.is_cancelled() {
            ready = block_in_place(|| source.next_window(journal, clock.as_ref()))?;
        }
        while crew.under_way.len() < in_flight && !crew.halt.is_cancelled() {
            let Some(item) = ready.pop_front() else { break };
            crew.begin(item);
        }
        let Some(first) = crew.under_way.join_next().await else {
            break;
        };
        let mut next = Some(first);
        while let Some(joined) = next {
            watch(crew.note(journal, joined)?);
            next = crew.under_way.try_join_next();
        }
        block_in_place(|| journal.write())?;
    }
    block_in_place(|| journal.sync())?;
    let cut_short = crew.left_open || !source.ended() || !ready.is_empty();
    Ok(match crew.end {
        End::Finished if cut_short && stop.is_cancelled() => End::Stopped,
        end => end,
    })
}

/// The items under way, and what they have told so far.
struct Crew {
    client: Client,
    under_way: JoinSet<(Item, Result<Answer, Unanswered>)>,
    /// Cancelled when nothing more is to be begun or sent again.
    halt: CancellationToken,
    /// Answers so far.
    answers: u64,
    /// Whether an item was left open because the run ended early.
    left_open: bool,
    end: End,
}

impl Crew {
    fn new(client: &Client, stop: &CancellationToken) -> Self {
        Self {
            client: client.clone(),
            under_way: JoinSet::new(),
            halt: stop.child_token(),
            answers: 0,
            left_open: false,
            end: End::Finished,
        }
    }

    fn begin(&mut self, mut item: Item) {
        item.answers_before = self.answers;
        let (client, halt) = (self.client.clone(), self.halt.clone());
        self.under_way.spawn(async move {
            let result = client.issue(&item.caller, &item.request, item.sent_before, &halt).await;
            (item, result)
        });
    }

    /// Takes in how one item ended.
    fn note(
        &mut self,
        journal: &mut Journal,
        joined: Result<(Item, Result<Answer, Unanswered>), JoinError>,
    ) -> Result<Outcome, JournalError> {
        let (item, result) = match joined {
            Ok(ended) => ended,
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            // Nobody cancels them.
            Err(_) => return Ok(Outcome::Open),
        };
        match result {
            Ok(answer) => {
                self.answers += 1;
                journal.answered(item.line, &item.office, item.request_id, &answer)?;
                return Ok(answer.outcome());
            }
            Err(Unanswered::NotAccepted(trouble)) => self.end_early(End::NotAccepted(trouble)),
            Err(Unanswered::TimeUp(trouble)) if self.answers == item.answers_before => {
                self.end_early(End::Silent(trouble));
            }
            Err(Unanswered::Stopped(_)) => self.left_open = true,
            Err(Unanswered::TimeUp(_) | Unanswered::Uncertain(_) | Unanswered::NotUnderstood) => {}
        }
        Ok(Outcome::Open)
    }

    /// The first reason counts.
    fn end_early(&mut self, end: End) {
        if self.end == End::Finished {
            self.end = end;
        }
        self.halt.cancel();
    }
}

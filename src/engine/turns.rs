//! Taking turns: one batch after another, each in one exclusive transaction of the store.

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::admission::{InTurns, Source};
use super::attempt::{Begun, Outcome};
use super::work::{Answer, Work, claim_of};
use super::{Guard, Shared, StartError};
use crate::lease::{Ended, LeaseKey};
use crate::ledger::{Context, Draft, EntryKind, KeyRing, Moment, RequestKey, SYSTEM_OFFICE};
use crate::protocol::{Changes, Command, genesis_digest};
use crate::refusal::Refusal;
use crate::shell::random;
use crate::store::{Store, StoreError, Turn};

/// Shortest pause before a turn that was cut off is run again; the longest is three times that.
const RUN_AGAIN: Duration = Duration::from_millis(50);

/// Takes the first turn: the fence, and the first entry of a new ledger.
pub(super) async fn first_turn<S: Store>(
    store: &S,
    guard: &Guard,
    keys: &KeyRing,
    moment: Moment,
) -> Result<(), StartError> {
    let mut turn = store.begin().await?;
    keys.follow(turn.head())?;
    guard.check(&mut turn).await?;
    let mut head = turn.head().clone();
    if head.size() > 0 {
        // A server that never answers anything knows from now on how far the ledger had come: as soon as that is durable.
        turn.finish().await?;
        return Ok(guard.committed(&head).await?);
    }
    let request = RequestKey {
        id: Uuid::nil(),
        office: SYSTEM_OFFICE.to_owned(),
    };
    let digest = genesis_digest(&keys.index.current());
    let draft = Draft::seal(
        keys,
        request,
        Context::default(),
        digest,
        &[],
        (random::bytes(), random::bytes()),
    )?;
    let entry = head.write(draft, EntryKind::Genesis, moment.at);
    let mut changes = Changes::on(head);
    changes.entries.push(entry);
    turn.commit(&changes).await?;
    Ok(guard.committed(&changes.head).await?)
}

/// The task that takes all turns of this server.
pub(super) struct Turns<S> {
    pub(super) shared: Arc<Shared<S>>,
    work: Source,
}

/// Who waits for a command that is in a turn, and what is let go when it ends.
struct Waiter {
    answer: Answer,
    held: Vec<LeaseKey>,
    claimed: bool,
    _in_turns: [Option<InTurns>; 2],
}

impl<S: Store> Turns<S> {
    pub fn new(shared: Arc<Shared<S>>, work: Source) -> Self {
        Self { shared, work }
    }

    /// Takes turns until no more work will come. While a turn commits, the next batch fills.
    pub async fn run(mut self) {
        let limits = self.shared.limits;
        let mut batch = Vec::with_capacity(limits.batch);
        loop {
            let more = tokio::select! {
                more = self.work.take(limits.batch, &mut batch) => more,
                // While the store is away there may be no work at all: those who balance calls send none to a server
                // that says so. It has to find out by itself.
                () = self.shared.up.time_to_probe() => {
                    self.probe().await;
                    continue;
                }
            };
            if !more {
                return;
            }
            let began = self.shared.clock.monotonic();
            let turn = self.shared.up.part(self.begin()).await;
            if !limits.turn_delay.is_zero() {
                tokio::time::sleep(limits.turn_delay).await;
            }
            // Where other servers take turns too, the head may have been waited for, and more has come meanwhile.
            self.work.top_up(limits.batch, &mut batch);
            let batch = self.worth_doing(std::mem::take(&mut batch));
            if batch.is_empty() {
                self.leave(turn).await;
                continue;
            }
            let commands = batch.len();
            if !self.take_turn(turn, batch).await {
                return;
            }
            if self.shared.up.is_up() {
                let took = self.shared.clock.monotonic() - began;
                self.shared.queue.turn_took(commands, took);
            }
        }
    }

    /// Drops what nobody waits for any more, or will when this turn is done; nothing has been done for it yet.
    fn worth_doing(&self, batch: Vec<Work>) -> Vec<Work> {
        metrics::histogram!("dinhdanh_batch_commands").record(batch.len() as f64);
        // One look-up of the metric for the whole batch, not one for every command.
        let queue_wait = metrics::histogram!("dinhdanh_queue_wait_seconds");
        let now = self.shared.clock.monotonic();
        let done_at = self.shared.queue.done_at(batch.len());
        let (mut worth, mut ended) = (Vec::with_capacity(batch.len()), Vec::new());
        for work in batch {
            queue_wait.record((now - work.queued).as_secs_f64());
            match work.answer.unless_too_late(&self.shared.flights, done_at) {
                Some(answer) => worth.push(Work { answer, ..work }),
                None => {
                    metrics::counter!("dinhdanh_dropped_total").increment(1);
                    self.shared.in_hand.release(&work.held);
                    let claim = work.claimed.then(|| claim_of(&work.command)).flatten();
                    ended.extend(claim.map(|claim| Ended { claim, answered: None }));
                }
            }
        }
        self.end_claims(ended);
        worth
    }

    /// Ends a turn in which there is nothing to do.
    async fn leave(&self, turn: Result<Begun<S::Turn>, StoreError>) {
        if let Ok(begun) = turn
            && let Err(error) = self.shared.up.part(begun.turn.finish()).await
        {
            tracing::debug!(%error, "an empty turn did not end well");
        }
    }

    fn end_claims(&self, ended: Vec<Ended>) {
        if !ended.is_empty() {
            let lease = Arc::clone(&self.shared.lease);
            tokio::spawn(async move { lease.end(&ended).await });
        }
    }

    /// Takes a turn that moves nothing but must be committed like any other: it succeeds when turns do.
    async fn probe(&self) {
        let outcome = self.shared.up.during(async {
            let Begun { turn, .. } = self.begin().await?;
            let head = turn.head().clone();
            turn.commit(&Changes::on(head)).await
        });
        if let Err(error) = outcome.await {
            tracing::debug!(%error, "the store is still away");
        }
    }

    /// Carries a batch out in the turn begun for it, or in several if the store finds fault with it. `false` if the
    /// process must end.
    async fn take_turn(&self, turn: Result<Begun<S::Turn>, StoreError>, batch: Vec<Work>) -> bool {
        let (commands, waiting): (Vec<_>, Vec<_>) = batch
            .into_iter()
            .map(|work| {
                let waiter = Waiter {
                    answer: work.answer,
                    held: work.held,
                    claimed: work.claimed,
                    _in_turns: [work.in_turns, work.bulk_in_turns],
                };
                (work.command, waiter)
            })
            .unzip();
        let outcomes = match self.settled(Some(turn), &commands).await {
            Ok(turn) => turn,
            Err(StoreError::Conflict(constraint)) => match self.singly(&commands, &constraint).await {
                Some(turn) => turn,
                None => return self.end(waiting),
            },
            Err(StoreError::MustReopen(reason)) => {
                tracing::error!(
                    reason,
                    "the outcome of a commit is unknown; ending, so that start-up can tell"
                );
                return self.end(waiting);
            }
            Err(error) => self.all_refused(&error, commands.len()),
        };
        let mut ended = Vec::new();
        for ((waiter, outcome), command) in waiting.into_iter().zip(outcomes).zip(&commands) {
            if waiter.claimed
                && let Some(claim) = claim_of(command)
            {
                let answered = outcome.as_ref().ok().and_then(|turn| turn.hint_for(command));
                ended.push(Ended { claim, answered });
            }
            self.shared.in_hand.release(&waiter.held);
            waiter.answer.give(&self.shared.flights, outcome.map(|done| done.told));
        }
        self.end_claims(ended);
        true
    }

    /// Carries commands out, in a turn begun before or one of their own. If it is cut off they are carried out again until
    /// the outcome is known, or for as long as is allowed: what had been committed is recognised by its request ids.
    async fn settled(
        &self,
        mut begun: Option<Result<Begun<S::Turn>, StoreError>>,
        commands: &[Command],
    ) -> Result<Vec<Outcome>, StoreError> {
        let shared = &self.shared;
        let give_up_at = shared.clock.monotonic() + shared.limits.settle_within;
        let mut cut_off = false;
        loop {
            let attempt = async {
                let turn = match begun.take() {
                    Some(begun) => begun?,
                    None => self.begin().await?,
                };
                self.attempt(turn, commands).await
            };
            let error = match shared.up.during(attempt).await {
                Err(error @ StoreError::OutcomeUnknown(_)) => error,
                Err(error @ StoreError::Unavailable(_)) if cut_off => error,
                outcome => return outcome,
            };
            if !cut_off {
                tracing::warn!(%error, commands = commands.len(), "a turn was cut off; running it again");
                metrics::counter!("dinhdanh_turns_cut_off_total").increment(1);
            }
            cut_off = true;
            if shared.clock.monotonic() >= give_up_at {
                return Err(error);
            }
            tokio::time::sleep(random::jitter(RUN_AGAIN)).await;
        }
    }

    /// Ends the process' work: nobody is answered, since nobody knows the answer.
    fn end(&self, waiting: Vec<Waiter>) -> bool {
        self.shared.fatal.cancel();
        // Dropping the answers would tell callers something before the process ends.
        std::mem::forget(waiting);
        false
    }

    /// Runs the commands of a refused batch one by one: only the one at fault is told of it.
    async fn singly(&self, commands: &[Command], constraint: &str) -> Option<Vec<Outcome>> {
        metrics::counter!("dinhdanh_constraint_violations_total").increment(1);
        tracing::error!(
            constraint,
            commands = commands.len(),
            "a constraint refused a turn; running it singly"
        );
        let mut outcomes = Vec::with_capacity(commands.len());
        for command in commands {
            match self.settled(None, std::slice::from_ref(command)).await {
                Ok(outcome) => outcomes.extend(outcome),
                Err(StoreError::Conflict(_)) => outcomes.push(Err(Refusal::Bug)),
                Err(StoreError::MustReopen(_)) => return None,
                Err(error) => outcomes.extend(self.all_refused(&error, 1)),
            }
        }
        Some(outcomes)
    }

    fn all_refused(&self, error: &StoreError, count: usize) -> Vec<Outcome> {
        tracing::warn!(%error, commands = count, "a turn failed; its callers were told to come back");
        let refusal = match error {
            StoreError::Corrupt(_) => Refusal::Bug,
            StoreError::RolledBack(_) => Refusal::StoreRolledBack {
                retry_after: random::jitter(self.shared.limits.retry_after),
            },
            _ => Refusal::StoreUnavailable {
                retry_after: random::jitter(self.shared.limits.retry_after),
            },
        };
        std::iter::repeat_with(|| Err(refusal.clone())).take(count).collect()
    }
}

//! Taking turns: one batch after another, each in one exclusive transaction of the store.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use super::flights::Flights;
use super::{Shared, StartError, open};
use crate::lease::LeaseKey;
use crate::ledger::{
    Context, Draft, Entry, EntryKind, KeyRing, Moment, Placement, Position, RequestKey, SYSTEM_OFFICE,
};
use crate::protocol::{CROWD, Changes, Command, Found, Known, Reply, Standing, World, genesis_digest, wanted};
use crate::refusal::Refusal;
use crate::shell::random;
use crate::store::{Store, StoreError, Turn};

/// A command waiting for its turn.
pub(super) struct Work {
    pub command: Command,
    pub answer: Answer,
    /// The keys it holds in the lease.
    pub held: Vec<LeaseKey>,
    /// When it was queued, on the monotonic clock.
    pub queued: Duration,
}

/// Who waits for a command.
pub(super) enum Answer {
    /// Everybody on the flight of this request.
    Flight(RequestKey),
    /// One caller.
    One(oneshot::Sender<Result<Reply, Refusal>>),
}

impl Answer {
    /// Answers whoever still waits.
    pub fn give(self, flights: &Flights, outcome: Result<Reply, Refusal>) {
        match self {
            Self::Flight(key) => flights.land(&key, outcome),
            Self::One(reply) => {
                // An error means that the caller has gone.
                let _ = reply.send(outcome);
            }
        }
    }
}

/// The keys a command holds in the lease while it is queued and carried out.
pub(super) fn lease_keys(command: &Command) -> Vec<LeaseKey> {
    match command {
        Command::Issue(issue) => {
            vec![
                LeaseKey::Request(issue.draft.request.clone()),
                LeaseKey::Reference(issue.keys.reference),
            ]
        }
        Command::Find(_) => Vec::new(),
    }
}

/// Takes the first turn: the fence, and the first entry of a new ledger.
pub(super) async fn first_turn<S: Store>(store: &S, keys: &KeyRing, moment: Moment) -> Result<(), StartError> {
    let turn = store.begin().await?;
    turn.head().admits(keys.ids)?;
    let mut head = turn.head().clone();
    if head.size() > 0 {
        return Ok(());
    }
    let request = RequestKey {
        id: Uuid::nil(),
        office: SYSTEM_OFFICE.to_owned(),
    };
    let digest = genesis_digest(&keys.index);
    let draft = Draft::seal(
        keys,
        request,
        Context::default(),
        digest,
        &[],
        (random::bytes(), random::bytes()),
    )?;
    let placement = Placement {
        position: 1,
        epoch: head.epoch,
        kind: EntryKind::Genesis,
        decision: 1,
        number: None,
        case_id: None,
        at: moment.at,
    };
    let entry = Entry::place(draft, placement);
    head.frontier.push(entry.leaf);
    head.at = moment.at;
    let mut changes = Changes::on(head);
    changes.entries.push(entry);
    Ok(turn.commit(&changes).await?)
}

/// The task that takes all turns of this server.
pub(super) struct Turns<S> {
    shared: Arc<Shared<S>>,
    queue: mpsc::Receiver<Work>,
}

impl<S: Store> Turns<S> {
    pub fn new(shared: Arc<Shared<S>>, queue: mpsc::Receiver<Work>) -> Self {
        Self { shared, queue }
    }

    /// Takes turns until the queue is closed and empty. While a turn commits, the next batch fills.
    pub async fn run(mut self) {
        let limit = self.shared.limits.batch;
        let mut batch = Vec::with_capacity(limit);
        while self.queue.recv_many(&mut batch, limit).await > 0 {
            let now = self.shared.clock.monotonic();
            metrics::histogram!("dinhdanh_batch_commands").record(batch.len() as f64);
            // One look-up of the metric for the whole batch, not one for every command.
            let queue_wait = metrics::histogram!("dinhdanh_queue_wait_seconds");
            for work in &batch {
                queue_wait.record((now - work.queued).as_secs_f64());
            }
            if !self.take_turn(std::mem::take(&mut batch)).await {
                return;
            }
        }
    }

    /// Takes one turn, or several if the store finds fault with the batch. `false` if the process must end.
    async fn take_turn(&self, batch: Vec<Work>) -> bool {
        let (commands, waiting): (Vec<_>, Vec<_>) = batch
            .into_iter()
            .map(|work| (work.command, (work.answer, work.held)))
            .unzip();
        let outcomes = match self.attempt(&commands).await {
            Ok(outcomes) => outcomes,
            Err(StoreError::Conflict(constraint)) => match self.singly(&commands, &constraint).await {
                Some(outcomes) => outcomes,
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
        for ((answer, held), outcome) in waiting.into_iter().zip(outcomes) {
            self.shared.in_hand.release(&held);
            answer.give(&self.shared.flights, outcome);
        }
        true
    }

    /// Ends the process' work: nobody is answered, since nobody knows the answer.
    fn end(&self, waiting: Vec<(Answer, Vec<LeaseKey>)>) -> bool {
        self.shared.fatal.cancel();
        // Dropping the answers would tell callers something before the process ends.
        std::mem::forget(waiting);
        false
    }

    /// Runs the commands of a refused batch one by one: only the one at fault is told of it.
    async fn singly(&self, commands: &[Command], constraint: &str) -> Option<Vec<Result<Reply, Refusal>>> {
        metrics::counter!("dinhdanh_constraint_violations_total").increment(1);
        tracing::error!(
            constraint,
            commands = commands.len(),
            "a constraint refused a turn; running it singly"
        );
        let mut outcomes = Vec::with_capacity(commands.len());
        for command in commands {
            match self.attempt(std::slice::from_ref(command)).await {
                Ok(outcome) => outcomes.extend(outcome),
                Err(StoreError::Conflict(_)) => outcomes.push(Err(Refusal::Bug)),
                Err(StoreError::MustReopen(_)) => return None,
                Err(error) => outcomes.extend(self.all_refused(&error, 1)),
            }
        }
        Some(outcomes)
    }

    fn all_refused(&self, error: &StoreError, count: usize) -> Vec<Result<Reply, Refusal>> {
        tracing::warn!(%error, commands = count, "a turn failed; its callers were told to come back");
        let refusal = match error {
            StoreError::Corrupt(_) => Refusal::Bug,
            _ => Refusal::StoreUnavailable {
                retry_after: random::jitter(self.shared.limits.retry_after),
            },
        };
        vec![Err(refusal); count]
    }

    /// One turn: begin, load, decide, commit.
    async fn attempt(&self, commands: &[Command]) -> Result<Vec<Result<Reply, Refusal>>, StoreError> {
        let shared = &self.shared;
        let mut phases = Phases::start(shared.clock.monotonic());
        let mut turn = shared.store.begin().await?;
        turn.head()
            .admits(shared.keys.ids)
            .map_err(|error| StoreError::Corrupt(error.to_string()))?;
        let moment = moment_after(shared.clock.now(), turn.head().at);
        phases.end("begin", shared.clock.monotonic());
        let found = turn.find(&wanted(commands)).await?;
        let positions = positions(&found);
        let known = if positions.is_empty() {
            Vec::new()
        } else {
            turn.known(&positions).await?
        };
        let decided = open_all(&shared.keys, known)?;
        phases.end("load", shared.clock.monotonic());
        let mut world = World::new(turn.head().clone(), found, decided);
        let outcomes: Vec<_> = commands
            .iter()
            .map(|command| world.carry_out(command, &shared.rules, &shared.keys.picker, moment))
            .collect();
        phases.end("decide", shared.clock.monotonic());
        if let Some(changes) = world.into_changes() {
            turn.commit(&changes).await?;
            phases.end("commit", shared.clock.monotonic());
        } else {
            turn.finish().await?;
        }
        self.note(commands, &outcomes);
        Ok(outcomes)
    }

    /// Counts the outcomes, and keeps those that are final for replays.
    fn note(&self, commands: &[Command], outcomes: &[Result<Reply, Refusal>]) {
        for (command, outcome) in commands.iter().zip(outcomes) {
            let (Command::Issue(issue), Ok(reply)) = (command, outcome) else {
                continue;
            };
            self.shared
                .replays
                .keep(issue.draft.request.clone(), issue.draft.digest, reply);
            if reply.replayed {
                metrics::counter!("dinhdanh_replays_total", "from" => "store").increment(1);
                continue;
            }
            let outcome = match reply.standing {
                Standing::Issued(_) => "issued",
                Standing::UnderReview(_) => "under_review",
                Standing::NotEligible => "not_eligible",
            };
            metrics::counter!("dinhdanh_decisions_total", "outcome" => outcome).increment(1);
        }
    }
}

/// The time of a turn never runs backwards, whatever the clock does.
fn moment_after(now: jiff::Timestamp, head_at: i64) -> Moment {
    let head = jiff::Timestamp::from_microsecond(head_at).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    Moment::new(now.max(head))
}

/// Every decision named by what was found.
fn positions(found: &Found) -> Vec<Position> {
    let blocking = found.blocking.values().flat_map(|holders| holders.iter().take(CROWD));
    let mut positions: Vec<_> = found
        .requests
        .values()
        .chain(found.strict.values())
        .chain(blocking)
        .copied()
        .collect();
    positions.sort_unstable();
    positions.dedup();
    positions
}

fn open_all(keys: &KeyRing, known: Vec<Known>) -> Result<Vec<crate::protocol::Decided>, StoreError> {
    known
        .into_iter()
        // The service's own entries hold no registration.
        .filter(|known| known.entry.kind != EntryKind::Genesis)
        .map(|known| open::open(keys, known).map_err(|error| StoreError::Corrupt(error.to_string())))
        .collect()
}

/// Measures the phases of a turn.
struct Phases {
    since: Duration,
}

impl Phases {
    fn start(now: Duration) -> Self {
        Self { since: now }
    }

    fn end(&mut self, phase: &'static str, now: Duration) {
        metrics::histogram!("dinhdanh_turn_seconds", "phase" => phase).record((now - self.since).as_secs_f64());
        self.since = now;
    }
}

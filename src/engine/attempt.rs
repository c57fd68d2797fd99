//! One turn from its head to its end: load, decide, commit.

use std::sync::Arc;
use std::time::Duration;

use super::open;
use super::replays::Kept;
use super::turns::Turns;
use crate::lease::Hint;
use crate::ledger::{EntryKind, FenceError, Head, IndexKey, KeyRing, Moment, Position};
use crate::protocol::{
    CROWD, Changes, Command, Found, Known, Needs, Setting, Standing, Told, World, indexed_as_of, wanted,
};
use crate::refusal::Refusal;
use crate::shell::random;
use crate::store::{Store, StoreError, Turn};

impl<S: Store> Turns<S> {
    /// Begins a turn, unless this server may not.
    pub(super) async fn begin(&self) -> Result<Begun<S::Turn>, StoreError> {
        let shared = &self.shared;
        let mut phases = Phases::start(shared.clock.monotonic());
        shared.guard.establish(shared.store.reader()).await?;
        let mut turn = shared.store.begin().await?;
        // Others, with other keys, may go on: callers are told to come back, and meet one of those.
        shared
            .keys
            .follow(turn.head())
            .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        shared.guard.check(&mut turn).await?;
        phases.end("begin", shared.clock.monotonic());
        Ok(Begun { turn, phases })
    }

    /// The rest of a turn: load, decide, commit.
    pub(super) async fn attempt(
        &self,
        begun: Begun<S::Turn>,
        commands: &[Command],
    ) -> Result<Vec<Outcome>, StoreError> {
        let shared = &self.shared;
        let Begun { mut turn, mut phases } = begun;
        let moment = moment_after(shared.clock.now(), turn.head().at);
        let Indexes { index, twin } = indexes(turn.head(), &shared.keys)?;
        let commands = &*indexed_as_of(commands, &index, shared.rules.codes);
        let found = self.find(&mut turn, commands, &index).await?;
        let positions = positions(&found);
        let known = if positions.is_empty() {
            Vec::new()
        } else {
            turn.known(&positions).await?
        };
        let decided = open_all(&shared.keys, known)?;
        let setting = Setting {
            ring: &shared.keys,
            index: &index,
            twin: twin.as_deref(),
            rules: &shared.rules,
            moment,
        };
        let mut world = World::new(turn.head().clone(), setting, found, decided);
        self.complete(&mut turn, &mut world, commands).await?;
        phases.end("load", shared.clock.monotonic());
        let outcomes: Vec<_> = commands.iter().map(|command| world.carry_out(command)).collect();
        phases.end("decide", shared.clock.monotonic());
        let before = turn.head().size();
        let mut changes = world
            .into_changes()
            .map_err(|error| StoreError::Corrupt(error.to_string()))?;
        if let Some(changes) = &mut changes {
            seal_as_of(changes, &shared.keys)?;
        }
        let epoch = turn.head().epoch;
        match &changes {
            Some(changes) => {
                turn.commit(changes).await?;
                shared.guard.committed(&changes.head).await?;
                shared.fresh.committed(changes);
                phases.end("commit", shared.clock.monotonic());
                self.note(commands, &outcomes, changes.head.size());
                let touched = changes.rare.history.iter().map(|(_, row)| row.slot);
                shared.replays.wrote(before, changes.head.size(), touched);
            }
            None => {
                turn.finish().await?;
                self.note(commands, &outcomes, before);
            }
        }
        let done = |outcome: Result<Told, Refusal>| outcome.map(|told| Done { told, epoch });
        Ok(outcomes.into_iter().map(done).collect())
    }

    /// Loads what the world lacks, until it lacks nothing.
    async fn complete(
        &self,
        turn: &mut S::Turn,
        world: &mut World<'_>,
        commands: &[Command],
    ) -> Result<(), StoreError> {
        let shared = &self.shared;
        loop {
            let missing = world.missing(commands);
            if missing.is_empty() {
                return Ok(());
            }
            let mut positions = missing.needs.positions.clone();
            if !missing.wanted.is_empty() {
                let found = turn.find(&missing.wanted).await?;
                shared.fresh.learn(&found.prefixes);
                positions.extend(self::positions(&found));
                positions.sort_unstable();
                positions.dedup();
                world.add_found(found);
            }
            let needs = Needs {
                positions,
                ..missing.needs
            };
            let mut loaded = turn.look_up(&needs).await?;
            let known = std::mem::take(&mut loaded.known);
            world.add_loaded(loaded);
            world.add_decided(open_all(&shared.keys, known)?);
        }
    }

    /// What the store knows of all that the commands name. It is asked only for what it may know.
    async fn find(&self, turn: &mut S::Turn, commands: &[Command], index: &IndexKey) -> Result<Found, StoreError> {
        let shared = &self.shared;
        let mut wanted = wanted(commands, index);
        let prefixes = shared.fresh.narrow(turn.head(), shared.clock.monotonic(), &mut wanted);
        if wanted.is_empty() {
            return Ok(Found {
                prefixes,
                ..Found::default()
            });
        }
        let mut found = turn.find(&wanted).await?;
        shared.fresh.learn(&found.prefixes);
        found.prefixes.extend(prefixes);
        Ok(found)
    }

    /// Counts the outcomes, and keeps those that are final for replays: they were true when the ledger stood at `seen`.
    fn note(&self, commands: &[Command], outcomes: &[Result<Told, Refusal>], seen: Position) {
        for brings in outcomes.iter().filter_map(|outcome| match outcome {
            Ok(Told::Import(brings)) if !brings.replayed => Some(brings),
            _ => None,
        }) {
            metrics::counter!("dinhdanh_imports_total", "result" => brings.result.name()).increment(1);
        }
        let issued = commands.iter().zip(outcomes).filter_map(|pair| match pair {
            (Command::Issue(issue), Ok(Told::Birth(reply))) => Some((issue, reply)),
            _ => None,
        });
        let kept = issued.clone().map(|(issue, reply)| Kept {
            request: issue.draft.request.clone(),
            digest: issue.draft.digest,
            as_sent: issue.as_sent,
            reply,
        });
        self.shared.replays.keep(seen, kept);
        // One look-up of each metric for the whole batch, not one for every command.
        let mut counts = [0; 4];
        for (_, reply) in issued {
            let outcome = match reply.standing {
                _ if reply.replayed => 3,
                Standing::Issued(_) => 0,
                Standing::UnderReview(_) => 1,
                Standing::NotEligible | Standing::CaseClosed(_) => 2,
            };
            counts[outcome] += 1;
        }
        let [decided @ .., replayed] = counts;
        for (outcome, count) in ["issued", "under_review", "not_eligible"].into_iter().zip(decided) {
            if count > 0 {
                metrics::counter!("dinhdanh_decisions_total", "outcome" => outcome).increment(count);
            }
        }
        if replayed > 0 {
            metrics::counter!("dinhdanh_replays_total", "from" => "store").increment(replayed);
        }
    }
}

/// A turn that has the head.
pub(super) struct Begun<T> {
    pub turn: T,
    phases: Phases,
}

/// What came of a command.
pub(super) type Outcome = Result<Done, Refusal>;

/// A command carried out.
pub(super) struct Done {
    pub told: Told,
    /// The epoch of the store.
    epoch: i64,
}

impl Done {
    /// What to tell other servers of the request, if the decision was made under its own id: they look there and
    /// nowhere else.
    pub fn hint_for(&self, command: &Command) -> Option<Hint> {
        match (command, &self.told) {
            (Command::Issue(issue), Told::Birth(reply)) if issue.draft.request.id == reply.request_id => Some(Hint {
                epoch: self.epoch,
                position: reply.position,
                digest: issue.draft.digest,
            }),
            _ => None,
        }
    }
}

/// The keys of look-up digests of a turn.
struct Indexes {
    /// By which rows are found.
    index: Arc<IndexKey>,
    /// Under which they are to be there as well.
    twin: Option<Arc<IndexKey>>,
}

/// Those that a head names.
fn indexes(head: &Head, keys: &KeyRing) -> Result<Indexes, StoreError> {
    let held = |key| {
        let missing = || StoreError::Unavailable(FenceError::IndexKey(key).to_string());
        keys.index.get(key).ok_or_else(missing)
    };
    Ok(Indexes {
        index: held(head.keys.index)?,
        twin: head.index_to_write().map(|(key, _)| held(key)).transpose()?,
    })
}

/// Seals anew what was sealed before the turn with a key that is no longer in use: from the entry on that changed the key,
/// nothing is sealed with the former one, so that it is known when that is needed no more.
fn seal_as_of(changes: &mut Changes, keys: &KeyRing) -> Result<(), StoreError> {
    let key = changes.head.keys.seal;
    for entry in changes.entries.iter_mut().filter(|entry| entry.sealed.key != key) {
        let resealed = keys
            .seal
            .reseal(key, random::bytes(), &entry.request.binding(), &entry.sealed);
        entry.sealed = resealed.map_err(|error| StoreError::Corrupt(error.to_string()))?;
    }
    Ok(())
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
        .map(|known| Ok(open::open(keys, known)?))
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

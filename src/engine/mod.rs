//! The engine: takes commands from many callers and carries them out in turns.
//!
//! Here belongs how work is queued, joined, batched and answered. What is decided belongs to `protocol`, what is kept to
//! `store`. A command whose caller has gone before its turn is dropped; one that is in a turn is carried out.

mod accesses;
mod acting;
mod admission;
mod attempt;
mod blocks;
mod claims;
mod feed;
mod files;
mod flights;
mod follower;
mod fresh;
mod guard;
mod importing;
mod issuing;
mod limits;
mod looking_up;
mod open;
mod places;
mod prepare;
mod proofs;
mod reconciling;
mod reentering;
mod replays;
mod tree;
mod turns;
mod up;
mod waiting;
mod work;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use self::accesses::Accesses;
pub use self::accesses::Visit;
pub use self::admission::{Doorkeeper, Lane};
use self::admission::{Queue, Quotas, Readings, Shed};
pub use self::blocks::BlockFile;
pub use self::feed::Occurrence;
pub use self::files::{CaseFile, Looked, NumberFile};
use self::flights::Flights;
use self::fresh::Fresh;
pub use self::guard::{Guard, extends};
pub use self::issuing::Birth;
pub use self::limits::Limits;
pub use self::open::OpenError;
pub(crate) use self::open::open;
pub use self::proofs::{Proof, Recorded};
pub use self::reconciling::{Difference, Finding, Reconciliation};
use self::replays::Replays;
use self::turns::Turns;
use self::up::Up;
use crate::lease::{Lease, LocalLease};
use crate::ledger::{Context, FenceError, KeyId, KeyRing, Moment, Position};
use crate::proto::v1;
use crate::protocol::{Rules, eligible};
use crate::refusal::Refusal;
use crate::registration::{Content, Ref, Violation, check, check_identifier, check_reference};
use crate::shell::{Clock, random};
use crate::store::{Reader, Store, StoreError};

/// Who sends a command, as far as the ledger records it.
#[derive(Debug, Clone)]
pub struct Sender {
    /// The code of the office.
    pub office: String,
    /// Officer and purpose.
    pub context: Context,
}

/// How urgent a call is.
#[derive(Debug, Clone, Copy)]
pub struct Urgency {
    /// Its lane.
    pub lane: Lane,
    /// How long its caller waits, if it said so.
    pub patience: Option<Duration>,
}

impl From<Lane> for Urgency {
    /// Of this lane, from a caller who names no deadline.
    fn from(lane: Lane) -> Self {
        Self { lane, patience: None }
    }
}

/// The engine could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The store does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// This server may not write to the store.
    #[error(transparent)]
    Fence(#[from] FenceError),
    /// The first entry could not be sealed.
    #[error(transparent)]
    Seal(#[from] crate::ledger::SealError),
}

/// What all parts of an engine share.
pub(crate) struct Shared<S> {
    pub store: S,
    pub keys: KeyRing,
    pub rules: Rules,
    pub limits: Limits,
    pub clock: Arc<dyn Clock>,
    /// What other servers have in hand.
    pub lease: Arc<dyn Lease>,
    /// What this server has in hand.
    pub in_hand: LocalLease,
    pub flights: Flights,
    /// What waits for a turn.
    pub queue: Arc<Queue>,
    pub readings: Readings,
    pub quotas: Quotas,
    pub replays: Replays,
    /// Where the ledger ends, as far as it was followed.
    pub ledger_end: watch::Sender<Position>,
    /// Which keys the store surely does not know.
    pub fresh: Fresh,
    /// Whether the store is the one that was answered from.
    pub guard: Guard,
    /// Whether the store takes turns.
    pub up: Up,
    /// Districts and communes.
    pub places: places::Known,
    /// Set when a commit's outcome cannot be known: the process must end, and start-up recovery decides.
    pub fatal: CancellationToken,
}

/// The engine over a store.
pub struct Engine<S> {
    shared: Arc<Shared<S>>,
    turns: Mutex<Option<JoinHandle<()>>>,
    /// What runs beside the turns, as long as the engine.
    aside: Mutex<Vec<AbortOnDropHandle<()>>>,
    accesses: Accesses,
}

impl<S: Store> Engine<S> {
    /// Starts the engine: checks the fence, writes the first entry of a new ledger, and begins to take turns.
    ///
    /// # Errors
    /// [`StartError`] if the store is away or was written with other keys.
    pub async fn start(
        store: S,
        guard: Guard,
        lease: Arc<dyn Lease>,
        keys: KeyRing,
        rules: Rules,
        limits: Limits,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StartError> {
        match guard.establish(store.reader()).await {
            Ok(()) => turns::first_turn(&store, &guard, &keys, Moment::new(clock.now())).await?,
            // It starts all the same, so that callers are told why nothing is done for them.
            Err(StoreError::RolledBack(_)) => {}
            Err(error) => return Err(error.into()),
        }
        let began = clock.monotonic();
        let head = store.reader().head().await?;
        // Also where no turn was taken: whoever recovers the store is to be told of wrong keys first.
        keys.follow(&head)?;
        let followed = head.size();
        let places = places::Known::default();
        places.first_look(store.reader(), rules.codes).await?;
        let shared = Arc::new(Shared {
            store,
            keys,
            rules,
            limits,
            lease,
            in_hand: LocalLease::default(),
            flights: Flights::default(),
            queue: Arc::new(Queue::new(limits, Arc::clone(&clock))),
            readings: Readings::new(limits, Arc::clone(&clock)),
            quotas: Quotas::new(limits.office_rate, limits.office_burst),
            ledger_end: watch::Sender::new(followed),
            replays: Replays::new(limits.replay_bytes, followed, began),
            fresh: Fresh::new(limits.filter_bytes, head, began),
            up: Up::new(Arc::clone(&clock)),
            guard,
            places,
            fatal: CancellationToken::new(),
            clock,
        });
        if shared.guard.is_tripped() {
            // No call gets as far as a turn, so nothing else would find that it was recovered.
            shared.up.doubt();
        }
        let turns = Turns::new(Arc::clone(&shared), claims::between(&shared));
        // Should the turns end by a panic, nobody would ever be answered again: then the process must end as well.
        let ended_by_a_fault = shared.fatal.clone().drop_guard();
        let turns = tokio::spawn(async move {
            turns.run().await;
            ended_by_a_fault.disarm();
        });
        let aside = [
            tokio::spawn(follower::follow(Arc::clone(&shared))),
            tokio::spawn(up::watch(Arc::clone(&shared))),
            tokio::spawn(fresh::fill(Arc::clone(&shared))),
            tokio::spawn(places::follow(Arc::clone(&shared))),
            tokio::spawn(tree::keep(Arc::clone(&shared))),
        ];
        Ok(Self {
            accesses: Accesses::start(Arc::clone(&shared)),
            shared,
            turns: Mutex::new(Some(turns)),
            aside: Mutex::new(aside.map(AbortOnDropHandle::new).into()),
        })
    }

    /// Refuses everything while the store is not the one that was answered from: also what could be answered from memory
    /// would be found wanting the next time.
    ///
    /// # Errors
    /// [`Refusal::StoreRolledBack`].
    pub fn not_rolled_back(&self) -> Result<(), Refusal> {
        match self.shared.guard.is_tripped() {
            true => Err(Refusal::StoreRolledBack {
                retry_after: self.later(),
            }),
            false => Ok(()),
        }
    }

    /// Takes in keys of sealing that were not known when it started, and tells which: what other servers seal with them from
    /// now on, or will when one of them is in use, opens here too.
    ///
    /// # Errors
    /// [`FenceError`] if they are of another store.
    pub fn take_in(&self, keys: KeyRing) -> Result<Vec<KeyId>, FenceError> {
        self.shared.keys.take_in(keys)
    }

    /// Whether the store takes turns, as far as is known at this moment.
    pub fn store_up(&self) -> watch::Receiver<bool> {
        self.shared.up.subscribe()
    }

    /// Waits for an answer, but no longer than the caller does, who gives it this long (`None`: as long as is usual).
    /// What has been queued goes on meanwhile: asking again finds its outcome.
    ///
    /// # Errors
    /// Those of `answer`; and when time is up [`Refusal::StoreUnavailable`] if the store takes no turns at this moment,
    /// [`Refusal::InProgress`] otherwise.
    pub async fn within<T>(
        &self,
        patience: Option<Duration>,
        answer: impl Future<Output = Result<T, Refusal>>,
    ) -> Result<T, Refusal> {
        let patience = left(patience).unwrap_or(self.shared.limits.answer_within);
        match tokio::time::timeout(patience, answer).await {
            Ok(outcome) => outcome,
            Err(_) if self.shared.guard.is_tripped() => Err(Refusal::StoreRolledBack {
                retry_after: self.later(),
            }),
            Err(_) if self.shared.up.is_up() => Err(Refusal::InProgress {
                retry_after: self.later(),
            }),
            Err(_) => Err(Refusal::StoreUnavailable {
                retry_after: self.later(),
            }),
        }
    }

    /// Cancelled when the process must end at once, without answering anybody.
    pub fn fatal(&self) -> CancellationToken {
        self.shared.fatal.clone()
    }

    /// Refuses new work from now on, and returns when all that was queued has been answered.
    pub async fn drain(&self) {
        self.shared.queue.close();
        let turns = self.turns.lock().take();
        if let Some(turns) = turns
            && let Err(error) = turns.await
        {
            tracing::error!(%error, "the turns ended by a fault");
        }
        let aside = std::mem::take(&mut *self.aside.lock());
        for task in aside {
            task.abort();
            // An error means that it was aborted, as it should be; awaiting it makes sure that it let go of the store.
            let _ = task.await;
        }
    }

    /// Writes all that is still to be recorded of who asked. To be called when the last answer has left: nothing is
    /// recorded any more.
    pub async fn close(&self) {
        self.accesses.close().await;
    }

    /// Checks a registration's fields and eligibility; looks nobody up and writes nothing.
    ///
    /// # Errors
    /// [`Refusal::InvalidField`], [`Refusal::NotEligible`], [`Refusal::PrefixClosed`].
    pub fn validate(&self, registration: &v1::BirthRegistration) -> Result<(), Refusal> {
        let content = Content::of(registration);
        let facts = check(&content, self.shared.rules.codes, self.today()).map_err(Refusal::InvalidField)?;
        eligible(&facts, &self.shared.rules, Moment::new(self.shared.clock.now()))
    }

    /// Every field of a birth that breaks its rules.
    pub fn violations<'a>(&self, birth: impl Into<Birth<'a>>) -> Vec<Violation> {
        self.check(&birth.into().content()).err().unwrap_or_default()
    }

    /// Reads the reference a caller looks up by.
    ///
    /// # Errors
    /// [`Refusal::InvalidField`].
    pub fn read_reference(&self, message: &v1::RegistrationRef) -> Result<Ref, Refusal> {
        check_reference(message, self.shared.rules.codes, self.today()).map_err(Refusal::InvalidField)
    }

    /// Checks the paper a caller looks up by.
    ///
    /// # Errors
    /// Every violation there is.
    pub fn check_identifier(&self, message: &v1::Identifier) -> Result<(), Vec<Violation>> {
        check_identifier(message, self.shared.rules.codes, self.today())
    }

    /// When to come back: spread at random, so that those refused together do not return together.
    fn later(&self) -> Duration {
        random::jitter(self.shared.limits.retry_after)
    }

    /// Refuses an office that asks too fast.
    fn within_quota(&self, office: &str) -> Result<(), Refusal> {
        let taken = self.shared.quotas.take(office, self.shared.clock.monotonic());
        taken.map_err(|wait| Refusal::Quota {
            retry_after: wait.max(self.later()),
        })
    }

    /// Counts a call that is refused for want of room, and tells when it should come back: the later the more of them
    /// there are.
    fn overloaded(&self) -> Duration {
        self.later().mul_f64(self.shared.queue.refused())
    }

    /// What to tell whoever was not let in.
    fn refusal(&self, shed: Shed) -> Refusal {
        match shed {
            Shed::Overloaded => Refusal::Overloaded {
                retry_after: self.overloaded(),
            },
            Shed::NoTimeLeft => Refusal::NoTimeLeft,
            Shed::Draining => Refusal::Draining {
                retry_after: self.later(),
            },
        }
    }

    fn today(&self) -> jiff::civil::Date {
        self.shared
            .clock
            .now()
            .to_zoned_datetime(jiff::tz::TimeZone::UTC)
            .date()
    }
}

/// How long the work for a caller may take who waits so long: the answer must leave some time before its deadline.
fn left(patience: Option<Duration>) -> Option<Duration> {
    patience.map(|patience| patience - (patience / 20).min(Duration::from_millis(100)))
}

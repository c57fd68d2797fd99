//! The engine: takes commands from many callers and carries them out in turns.
//!
//! Here belongs how work is queued, joined, batched and answered. What is decided belongs to `protocol`, what is kept to
//! `store`. A command that has been queued is carried out whether or not its caller still waits.

mod claims;
mod flights;
mod follower;
mod limits;
mod open;
mod prepare;
mod replays;
mod turns;
mod up;
mod waiting;
mod work;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use self::flights::{Flights, Joined};
pub use self::limits::Limits;
pub use self::open::OpenError;
use self::replays::Replays;
use self::turns::Turns;
use self::up::Up;
use self::waiting::Waiting;
use self::work::{Answer, Work};
use crate::lease::{Lease, LeaseKey, LocalLease};
use crate::ledger::{Context, FenceError, KeyRing, Moment, RequestKey};
use crate::number::Number;
use crate::proto::v1;
use crate::protocol::{Command, Decided, Find, Known, Reply, Rules, eligible, issue_digest};
use crate::refusal::Refusal;
use crate::registration::{Content, Ref, Registration, Violation, check, check_reference, reference_key};
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

/// What to do with a command while the queue is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenFull {
    /// Refuse it at once: the caller can come back.
    Refuse,
    /// Wait for room: the caller is a stream, which is read no faster than it is answered.
    Wait,
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
    pub replays: Replays,
    /// Whether the store takes turns.
    pub up: Up,
    /// Set when a commit's outcome cannot be known: the process must end, and start-up recovery decides.
    pub fatal: CancellationToken,
}

/// The engine over a store.
pub struct Engine<S> {
    shared: Arc<Shared<S>>,
    queue: Mutex<Option<mpsc::Sender<Work>>>,
    turns: Mutex<Option<JoinHandle<()>>>,
    /// What runs beside the turns, as long as the engine.
    aside: Mutex<Vec<AbortOnDropHandle<()>>>,
}

impl<S: Store> Engine<S> {
    /// Starts the engine: checks the fence, writes the first entry of a new ledger, and begins to take turns.
    ///
    /// # Errors
    /// [`StartError`] if the store is away or was written with other keys.
    pub async fn start(
        store: S,
        lease: Arc<dyn Lease>,
        keys: KeyRing,
        rules: Rules,
        limits: Limits,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StartError> {
        turns::first_turn(&store, &keys, Moment::new(clock.now())).await?;
        let began = clock.monotonic();
        let followed = store.reader().head().await?.size();
        let shared = Arc::new(Shared {
            store,
            keys,
            rules,
            limits,
            lease,
            in_hand: LocalLease::default(),
            flights: Flights::default(),
            replays: Replays::new(limits.replay_bytes, followed, began),
            up: Up::new(Arc::clone(&clock)),
            fatal: CancellationToken::new(),
            clock,
        });
        let (sender, receiver) = mpsc::channel(limits.queue);
        let receiver = claims::between(&shared, receiver);
        let turns = Turns::new(Arc::clone(&shared), receiver);
        // Should the turns end by a panic, nobody would ever be answered again: then the process must end as well.
        let ended_by_a_fault = shared.fatal.clone().drop_guard();
        let turns = tokio::spawn(async move {
            turns.run().await;
            ended_by_a_fault.disarm();
        });
        let aside = [
            tokio::spawn(follower::follow(Arc::clone(&shared))),
            tokio::spawn(up::watch(Arc::clone(&shared))),
        ];
        Ok(Self {
            shared,
            queue: Mutex::new(Some(sender)),
            turns: Mutex::new(Some(turns)),
            aside: Mutex::new(aside.map(AbortOnDropHandle::new).into()),
        })
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
        let patience = patience.map_or(self.shared.limits.answer_within, |all| all - margin(all));
        match tokio::time::timeout(patience, answer).await {
            Ok(outcome) => outcome,
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
        self.queue.lock().take();
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

    /// Gives a number to a registered birth, or tells what became of it before.
    ///
    /// # Errors
    /// Any [`Refusal`] that the contract names for this call.
    pub async fn issue(
        &self,
        sender: &Sender,
        request: RequestKey,
        registration: &v1::BirthRegistration,
        when_full: WhenFull,
    ) -> Result<Reply, Refusal> {
        // Behind a pointer from the start: what a call holds while it waits is moved about with it.
        let content = Arc::new(Content::of(registration));
        let digest = issue_digest(&self.shared.keys.index, &content);
        if let Some(reply) = self
            .shared
            .replays
            .get(&request, &digest, self.shared.clock.monotonic())
        {
            metrics::counter!("dinhdanh_replays_total", "from" => "cache").increment(1);
            return Ok(reply);
        }
        let facts = match check(&content, self.shared.rules.codes, self.today()) {
            Ok(facts) => Arc::new(facts),
            // A known request id comes before the fields.
            Err(violations) => {
                return match self.decided(&request).await? {
                    Some(known) if known.known.entry.digest == digest => known.reply(true).ok_or(Refusal::Bug),
                    Some(known) => Err(Refusal::RequestIdReused(known.content.differing(&content))),
                    None => Err(Refusal::InvalidField(violations)),
                };
            }
        };
        let (reply, answer) = oneshot::channel();
        match self.shared.flights.join(&request, &digest, reply) {
            Joined::Following => {
                metrics::counter!("dinhdanh_replays_total", "from" => "flight").increment(1);
                let reply = answer.await.map_err(|_| Refusal::Bug)??;
                return Ok(Reply {
                    replayed: true,
                    ..reply
                });
            }
            Joined::Leading => {
                let answer = Answer::Flight(request.clone());
                self.lead(sender, (request, content, facts, digest), answer, when_full)
                    .await;
            }
            Joined::Apart(reply) => {
                self.lead(sender, (request, content, facts, digest), Answer::One(reply), when_full)
                    .await;
            }
        }
        answer.await.map_err(|_| Refusal::Bug)?
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

    /// Every field of a registration that breaks its rules.
    pub fn violations(&self, registration: &v1::BirthRegistration) -> Vec<Violation> {
        let checked = check(&Content::of(registration), self.shared.rules.codes, self.today());
        checked.err().unwrap_or_default()
    }

    /// Reads the reference a caller looks up by.
    ///
    /// # Errors
    /// [`Refusal::InvalidField`].
    pub fn read_reference(&self, message: &v1::RegistrationRef) -> Result<Ref, Refusal> {
        check_reference(message, self.shared.rules.codes, self.today()).map_err(Refusal::InvalidField)
    }

    /// What became of a request of this office.
    ///
    /// # Errors
    /// [`Refusal::NoSuchRequest`] only after a look inside a turn; [`Refusal::InProgress`] while it is in hand.
    pub async fn find_request(&self, request: RequestKey) -> Result<Reply, Refusal> {
        if let Some(known) = self.decided(&request).await? {
            return known.reply(true).ok_or(Refusal::Bug);
        }
        self.refuse_if_in_hand(&LeaseKey::Request(request.clone())).await?;
        self.ask(Find::Request(request)).await
    }

    /// What became of a registration, by its reference.
    ///
    /// # Errors
    /// [`Refusal::NoSuchRegistration`] only after a look inside a turn; [`Refusal::InProgress`] while it is in hand.
    pub async fn find_registration(&self, reference: &Ref) -> Result<Reply, Refusal> {
        let key = reference_key(reference, &self.shared.keys.index);
        let known = self
            .shared
            .store
            .reader()
            .by_strict_key(key)
            .await
            .map_err(|error| self.unavailable(&error))?;
        if let Some(known) = self.opened(known)? {
            return known.reply(true).ok_or(Refusal::Bug);
        }
        self.refuse_if_in_hand(&LeaseKey::Reference(key)).await?;
        self.ask(Find::Reference(key)).await
    }

    /// A number as it stands, with the registration it was given for; `None` if it was never given.
    ///
    /// # Errors
    /// [`Refusal::StoreUnavailable`].
    pub async fn find_number(&self, number: Number) -> Result<Option<Decided>, Refusal> {
        let slot = self.shared.keys.picker.slot(number);
        let known = self
            .shared
            .store
            .reader()
            .by_slot(slot)
            .await
            .map_err(|error| self.unavailable(&error))?;
        self.opened(known)
    }

    /// Does the work of a flight up to the queue. Whatever stops it, everybody on the flight is answered.
    async fn lead(
        &self,
        sender: &Sender,
        (request, content, facts, digest): (RequestKey, Arc<Content>, Arc<Registration>, [u8; 16]),
        answer: Answer,
        when_full: WhenFull,
    ) {
        let prepared = prepare::issue(
            &self.shared.keys,
            &self.shared.rules,
            sender,
            request,
            content,
            facts,
            digest,
        );
        match prepared {
            Ok(command) => self.enqueue(Command::Issue(Box::new(command)), answer, when_full).await,
            Err(error) => {
                tracing::error!(%error, "a command could not be sealed");
                answer.give(&self.shared.flights, Err(Refusal::Bug));
            }
        }
    }

    async fn ask(&self, question: Find) -> Result<Reply, Refusal> {
        let (reply, answer) = oneshot::channel();
        self.enqueue(Command::Find(question), Answer::One(reply), WhenFull::Refuse)
            .await;
        answer.await.map_err(|_| Refusal::Bug)?
    }

    /// Queues a command; if it cannot be queued, everybody who waits for it is told why.
    async fn enqueue(&self, command: Command, answer: Answer, when_full: WhenFull) {
        let held = work::lease_keys(&command);
        let mut work = Waiting::new(
            &self.shared,
            Work {
                command,
                answer,
                held,
                claimed: false,
                queued: self.shared.clock.monotonic(),
            },
        );
        let Some(queue) = self.queue.lock().clone() else {
            return work.refuse(Refusal::Draining {
                retry_after: self.later(),
            });
        };
        let room = match when_full {
            WhenFull::Refuse => queue.try_reserve().ok(),
            WhenFull::Wait => queue.reserve().await.ok(),
        };
        match room {
            Some(room) => work.into_queue(room),
            None => work.refuse(Refusal::Overloaded {
                retry_after: self.later(),
            }),
        }
    }

    async fn decided(&self, request: &RequestKey) -> Result<Option<Decided>, Refusal> {
        let known = self
            .shared
            .store
            .reader()
            .by_request(request)
            .await
            .map_err(|error| self.unavailable(&error))?;
        self.opened(known)
    }

    fn opened(&self, known: Option<Known>) -> Result<Option<Decided>, Refusal> {
        let opened = known.map(|known| open::open(&self.shared.keys, known)).transpose();
        opened.map_err(|error| {
            tracing::error!(%error, "a stored registration does not open");
            Refusal::Bug
        })
    }

    async fn refuse_if_in_hand(&self, key: &LeaseKey) -> Result<(), Refusal> {
        if self.shared.in_hand.in_hand(key) || self.shared.lease.in_hand(key).await {
            return Err(Refusal::InProgress {
                retry_after: self.later(),
            });
        }
        Ok(())
    }

    fn unavailable(&self, error: &StoreError) -> Refusal {
        tracing::warn!(%error, "the store did not answer a look-up");
        Refusal::StoreUnavailable {
            retry_after: self.later(),
        }
    }

    /// When to come back: spread at random, so that those refused together do not return together.
    fn later(&self) -> Duration {
        random::jitter(self.shared.limits.retry_after)
    }

    fn today(&self) -> jiff::civil::Date {
        self.shared
            .clock
            .now()
            .to_zoned_datetime(jiff::tz::TimeZone::UTC)
            .date()
    }
}

/// How long before a caller's deadline the answer must leave to reach it in time.
fn margin(patience: Duration) -> Duration {
    (patience / 20).min(Duration::from_millis(100))
}

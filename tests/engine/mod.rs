//! The engine over a real store: joined calls, bounded queue, drain, and what it does when the store fails.

mod accesses;
mod failures;
mod faulty;
mod flights;
mod fresh;
mod index_key;
mod queue;
mod shared;
mod start;
mod time;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use dinhdanh::engine::{Engine, Lane, Limits, Sender, StartError};
use dinhdanh::lease::Alone;
use dinhdanh::ledger::{Context, EntryKind, KeyRing, RequestKey};
use dinhdanh::number::Number;
use dinhdanh::proto::v1;
use dinhdanh::protocol::{Reply, Rules, Standing};
use dinhdanh::refusal::Refusal;
use dinhdanh::shell::Clock;
use dinhdanh::store::Reader;
use dinhdanh::store::sqlite::{FolderLock, SqliteReader, SqliteStore};
use jiff::Timestamp;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use uuid::Uuid;

use self::faulty::{Faulty, Plan};
use crate::support::{PATIENCE, births, lock_of, unwritten};

/// The office of all calls.
const OFFICE: &str = "26734";

type Answered = JoinHandle<Result<Reply, Refusal>>;

/// A clock whose time of day stands where it is put.
struct Stopped(Mutex<Timestamp>, Instant);

impl Clock for Stopped {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }

    fn monotonic(&self) -> Duration {
        self.1.elapsed()
    }
}

/// An engine with everything that a test may want to reach.
struct Bench {
    folder: Arc<TempDir>,
    plan: Arc<Plan>,
    clock: Arc<Stopped>,
    engine: Arc<Engine<Faulty>>,
}

impl Bench {
    async fn new(limits: Limits) -> Self {
        Self::open(Arc::new(TempDir::new().unwrap()), limits).await.unwrap()
    }

    /// An engine over the store in `folder`, which must be closed.
    async fn open(folder: Arc<TempDir>, limits: Limits) -> Result<Self, StartError> {
        let lock = FolderLock::take(folder.path())?;
        Self::over(folder, lock, limits).await
    }

    async fn over(folder: Arc<TempDir>, lock: FolderLock, limits: Limits) -> Result<Self, StartError> {
        let ring = KeyRing::new(&[1; 32], &[2; 32], &[3; 32]).unwrap();
        let inner = SqliteStore::open(folder.path(), lock, ring.ids).await?;
        let plan = Arc::new(Plan::default());
        let store = Faulty {
            inner,
            plan: Arc::clone(&plan),
        };
        let clock = Arc::new(Stopped(
            Mutex::new("2026-03-17T03:00:00Z".parse().unwrap()),
            Instant::now(),
        ));
        let engine = Engine::start(
            store,
            unwritten(),
            Arc::new(Alone::default()),
            ring,
            Rules::default(),
            limits,
            Arc::clone(&clock) as Arc<dyn Clock>,
        )
        .await?;
        Ok(Self {
            folder,
            plan,
            clock,
            engine: Arc::new(engine),
        })
    }

    /// Closes the store and starts anew over what it left.
    async fn restart(self) -> Self {
        let Self { folder, engine, .. } = self;
        engine.drain().await;
        drop(engine);
        let lock = lock_of(folder.path()).await;
        Self::over(folder, lock, Limits::default()).await.unwrap()
    }

    /// Calls without waiting for the answer; when this returns the call has gone as far as it can.
    async fn call(&self, id: u128, birth: v1::BirthRegistration, lane: Lane) -> Answered {
        let engine = Arc::clone(&self.engine);
        let call = tokio::spawn(async move { engine.issue(&sender(), request(id), &birth, lane.into()).await });
        settle().await;
        call
    }

    /// Calls for child `n` under id `n`.
    async fn child(&self, n: u64) -> Answered {
        self.call(n.into(), births::birth(OFFICE, n), Lane::Births).await
    }

    /// Lets a turn begin with nothing but child `n` in it, and holds it there: whatever is sent now waits for the next.
    async fn occupied_with(&self, n: u64) -> (tokio::sync::OwnedMutexGuard<()>, Answered) {
        let (gate, arrived) = (self.plan.hold().await, self.plan.arrived());
        let call = self.child(n).await;
        while self.plan.arrived() == arrived {
            tokio::task::yield_now().await;
        }
        (gate, call)
    }

    /// Lets the turn that waits at the gate go on, and keeps all after it waiting.
    async fn lets_one_through(&self, gate: tokio::sync::OwnedMutexGuard<()>) -> tokio::sync::OwnedMutexGuard<()> {
        let plan = Arc::clone(&self.plan);
        let next = tokio::spawn(async move { plan.hold().await });
        // It stands in line behind that turn, which came first.
        tokio::task::yield_now().await;
        drop(gate);
        next.await.unwrap()
    }

    /// Waits for the engine to say that the process must end.
    async fn ended(&self) {
        let fatal = self.engine.fatal();
        timeout(PATIENCE, fatal.cancelled()).await.expect("an end");
        settle().await;
    }

    /// The kinds of the ledger's entries, the first aside.
    async fn ledger(&self) -> Vec<EntryKind> {
        let reader = SqliteReader::open(self.folder.path()).await.unwrap();
        let entries = reader.entries_after(1, 10_000).await.unwrap();
        entries.into_iter().map(|known| known.entry.kind).collect()
    }
}

fn sender() -> Sender {
    Sender {
        office: OFFICE.to_owned(),
        context: Context::default(),
    }
}

fn request(id: u128) -> RequestKey {
    RequestKey {
        id: Uuid::from_u128(id),
        office: OFFICE.to_owned(),
    }
}

/// Lets every task that can go on do so. The tests run on one thread, where a few rounds are enough.
async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

/// What a call is answered with; one that is never answered fails its test.
async fn answer(call: Answered) -> Result<Reply, Refusal> {
    timeout(PATIENCE, call).await.expect("an answer").unwrap()
}

/// The number in an answer.
fn number(reply: &Reply) -> Number {
    match &reply.standing {
        Standing::Issued(row) => row.number,
        other => panic!("no number: {other:?}"),
    }
}

fn renamed(n: u64) -> v1::BirthRegistration {
    let mut birth = births::birth(OFFICE, n);
    birth.child.as_mut().unwrap().full_name = "Lê Thị Hoa".to_owned();
    birth
}

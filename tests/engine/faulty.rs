//! The embedded store, with faults put in front of it.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use dinhdanh::ledger::{Hash, Head, Position, Sealed};
use dinhdanh::protocol::{Changes, Found, Known, Loaded, Needs, Wanted};
use dinhdanh::registration::Key;
use dinhdanh::store::sqlite::{SqliteReader, SqliteStore, SqliteTurn};
use dinhdanh::store::{Access, Mark, Store, StoreError, TreeNode, Turn};
use tokio::sync::OwnedMutexGuard;
use uuid::Uuid;

/// What is to go wrong, once.
#[derive(Debug, Clone, Copy)]
pub enum Fault {
    /// The store cannot be reached when a turn loads.
    Away,
    /// No room is left when a turn commits.
    Full,
    /// The commit's outcome is lost until the store is opened again, whether or not it happened.
    Unknown { committed: bool },
    /// The turn is cut off, whether or not it was committed; another turn tells.
    CutOff { committed: bool },
    /// The program itself fails while it loads.
    Panic,
}

/// What goes wrong, and when turns may begin.
#[derive(Debug, Default)]
pub struct Plan {
    gate: Arc<tokio::sync::Mutex<()>>,
    arrived: AtomicUsize,
    looked_up: AtomicUsize,
    committed: AtomicUsize,
    faults: Mutex<VecDeque<Fault>>,
    culprit: Mutex<Option<Uuid>>,
    no_accesses: AtomicBool,
}

impl Plan {
    /// Keeps turns from loading until the guard is dropped: what comes after that waits for the next.
    pub async fn hold(&self) -> OwnedMutexGuard<()> {
        Arc::clone(&self.gate).lock_owned().await
    }

    /// How many turns have come to the gate so far.
    pub fn arrived(&self) -> usize {
        self.arrived.load(Ordering::SeqCst)
    }

    /// How often turns have looked something up so far.
    pub fn looked_up(&self) -> usize {
        self.looked_up.load(Ordering::SeqCst)
    }

    /// How many turns have been committed so far.
    pub fn committed(&self) -> usize {
        self.committed.load(Ordering::SeqCst)
    }

    /// Lets these things go wrong, one after another.
    pub fn inject(&self, faults: impl IntoIterator<Item = Fault>) {
        self.faults.lock().unwrap().extend(faults);
    }

    /// Lets every turn that holds an entry of this request break a constraint.
    pub fn spoil(&self, request: Option<Uuid>) {
        *self.culprit.lock().unwrap() = request;
    }

    /// Lets every record of accesses fail, or no longer.
    pub fn refuse_accesses(&self, refused: bool) {
        self.no_accesses.store(refused, Ordering::SeqCst);
    }

    fn next(&self, wanted: impl Fn(Fault) -> bool) -> Option<Fault> {
        let mut faults = self.faults.lock().unwrap();
        faults.pop_front_if(|fault| wanted(*fault))
    }
}

pub struct Faulty {
    pub inner: SqliteStore,
    pub plan: Arc<Plan>,
}

pub struct FaultyTurn {
    inner: SqliteTurn,
    plan: Arc<Plan>,
    past_the_gate: bool,
}

impl FaultyTurn {
    /// What happens to a turn that has begun, before it does anything else.
    async fn gate(&mut self) -> Result<(), StoreError> {
        if std::mem::replace(&mut self.past_the_gate, true) {
            return Ok(());
        }
        self.plan.arrived.fetch_add(1, Ordering::SeqCst);
        drop(self.plan.gate.lock().await);
        if self.plan.next(|fault| matches!(fault, Fault::Away)).is_some() {
            return Err(StoreError::Unavailable("injected".to_owned()));
        }
        assert!(
            self.plan.next(|fault| matches!(fault, Fault::Panic)).is_none(),
            "injected"
        );
        Ok(())
    }
}

impl Store for Faulty {
    type Turn = FaultyTurn;
    type Reader = SqliteReader;

    fn reader(&self) -> &SqliteReader {
        self.inner.reader()
    }

    async fn mark(&self, mark: Mark, at: i64) -> Result<(), StoreError> {
        self.inner.mark(mark, at).await
    }

    async fn keep_nodes(&self, nodes: &[TreeNode]) -> Result<(), StoreError> {
        self.inner.keep_nodes(nodes).await
    }

    async fn record(&self, accesses: &[Access]) -> Result<(), StoreError> {
        match self.plan.no_accesses.load(Ordering::SeqCst) {
            true => Err(StoreError::Unavailable("injected".to_owned())),
            false => self.inner.record(accesses).await,
        }
    }

    async fn begin(&self) -> Result<FaultyTurn, StoreError> {
        let plan = Arc::clone(&self.plan);
        Ok(FaultyTurn {
            inner: self.inner.begin().await?,
            plan,
            past_the_gate: false,
        })
    }
}

impl Turn for FaultyTurn {
    fn head(&self) -> &Head {
        self.inner.head()
    }

    fn is_first_on_its_connection(&self) -> bool {
        self.inner.is_first_on_its_connection()
    }

    async fn find(&mut self, wanted: &Wanted) -> Result<Found, StoreError> {
        self.gate().await?;
        self.plan.looked_up.fetch_add(1, Ordering::SeqCst);
        self.inner.find(wanted).await
    }

    async fn known(&mut self, decisions: &[Position]) -> Result<Vec<Known>, StoreError> {
        self.inner.known(decisions).await
    }

    async fn leaves_after(&mut self, after: Position, limit: i64) -> Result<Vec<Hash>, StoreError> {
        self.inner.leaves_after(after, limit).await
    }

    async fn look_up(&mut self, needs: &Needs) -> Result<Loaded, StoreError> {
        self.inner.look_up(needs).await
    }

    async fn resealed(&mut self) -> Result<Position, StoreError> {
        self.inner.resealed().await
    }

    async fn reseal(self, sealed: &[(Position, Sealed)], up_to: Position) -> Result<(), StoreError> {
        self.inner.reseal(sealed, up_to).await
    }

    async fn reindexed(&mut self) -> Result<i64, StoreError> {
        self.inner.reindexed().await
    }

    async fn drop_keys(self, strict: &[Key], blocking: &[Key], up_to: i64) -> Result<(), StoreError> {
        self.inner.drop_keys(strict, blocking, up_to).await
    }

    async fn finish(mut self) -> Result<(), StoreError> {
        self.gate().await?;
        self.inner.finish().await
    }

    async fn commit(mut self, changes: &Changes) -> Result<(), StoreError> {
        // One that moves nothing only tries whether the store is up.
        if !changes.entries.is_empty() {
            self.gate().await?;
        }
        let culprit = *self.plan.culprit.lock().unwrap();
        if changes.entries.iter().any(|entry| Some(entry.request.id) == culprit) {
            return self.inner.commit(&spoiled(changes)).await;
        }
        let fault = self
            .plan
            .next(|fault| matches!(fault, Fault::Full | Fault::Unknown { .. } | Fault::CutOff { .. }));
        let committed = match fault {
            Some(Fault::Full) => return Err(StoreError::Full),
            Some(Fault::Unknown { committed: false }) => return Err(StoreError::MustReopen("injected".to_owned())),
            Some(Fault::CutOff { committed: false }) => return Err(StoreError::OutcomeUnknown("injected".to_owned())),
            _ => self.inner.commit(changes).await,
        };
        self.plan.committed.fetch_add(1, Ordering::SeqCst);
        if let Some(Fault::CutOff { .. }) = fault {
            return Err(StoreError::OutcomeUnknown("injected".to_owned()));
        }
        if fault.is_some() {
            return Err(StoreError::MustReopen("injected".to_owned()));
        }
        committed
    }
}

/// The same changes, with a key taken twice: a real constraint of the real store refuses them.
fn spoiled(changes: &Changes) -> Changes {
    let key = Key::from_bytes([0xff; 16]);
    Changes {
        head: changes.head.clone(),
        entries: changes.entries.clone(),
        numbers: changes.numbers.clone(),
        prefixes: changes.prefixes.clone(),
        strict: [changes.strict.as_slice(), &[(key, 1), (key, 2)]].concat(),
        moved: changes.moved.clone(),
        blocking: changes.blocking.clone(),
        cases: changes.cases.clone(),
        rare: changes.rare.clone(),
        reindexed: changes.reindexed,
    }
}

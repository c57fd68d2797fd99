//! The record of who asked for personal data, written aside: in batches, off the way of the answers.
//!
//! There is room for so many accesses that are not yet written. No answer leaves before its accesses have their place in
//! it, so while the store is away what asks for personal data is refused once it is full, and nothing goes unrecorded. A
//! clean stop writes all of it; a crash loses what was answered in the last [`WINDOW`].

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio_util::task::AbortOnDropHandle;

use super::admission::Shed;
use super::{Engine, Sender, Shared, left};
use crate::number::{Number, Slot};
use crate::refusal::Refusal;
use crate::shell::random;
use crate::store::{Access, AccessesAsked, Reader, Store};

/// How long accesses wait for others to be written with.
pub(super) const WINDOW: Duration = Duration::from_millis(500);
/// Accesses written at a time, unless those of one call are more.
const BATCH: usize = 1_000;
/// Accesses that may wait to be written: some 15 MiB.
const ROOM: u32 = 64_000;
/// Shortest pause before a batch that could not be written is tried again; the longest is three times that.
const TRY_AGAIN: Duration = Duration::from_millis(100);

/// Who called, what, and how it ended.
#[derive(Debug, Clone)]
pub struct Visit {
    /// Office, officer and purpose.
    pub sender: Sender,
    /// The name of the role.
    pub role: &'static str,
    /// The full name of the call.
    pub call: &'static str,
    /// The gRPC code it is answered with.
    pub code: i32,
    /// The numbers that the call named, or was told.
    pub numbers: Vec<Number>,
}

/// What is to be written, or who waits until everything before is.
enum Job {
    Write(Vec<Access>, OwnedSemaphorePermit),
    Tell(oneshot::Sender<()>),
}

/// The place where accesses wait, and the task that writes them.
pub(super) struct Accesses {
    jobs: Mutex<Option<mpsc::UnboundedSender<Job>>>,
    room: Arc<Semaphore>,
    writing: Mutex<Option<AbortOnDropHandle<()>>>,
}

impl Accesses {
    /// Starts to write.
    pub fn start<S: Store>(shared: Arc<Shared<S>>) -> Self {
        let (sender, jobs) = mpsc::unbounded_channel();
        let recorder = Recorder {
            shared,
            jobs,
            give_up_at: None,
        };
        let writing = AbortOnDropHandle::new(tokio::spawn(recorder.run()));
        Self {
            jobs: Mutex::new(Some(sender)),
            room: Arc::new(Semaphore::new(ROOM as usize)),
            writing: Mutex::new(Some(writing)),
        }
    }

    /// Writes what waits, and takes nothing more.
    pub async fn close(&self) {
        drop(self.jobs.lock().take());
        let writing = self.writing.lock().take();
        if let Some(writing) = writing
            && let Err(error) = writing.await
        {
            tracing::error!(%error, "the record of accesses ended by a fault");
        }
    }

    fn give(&self, job: Job) -> Result<(), Shed> {
        let jobs = self.jobs.lock();
        let sent = jobs.as_ref().map(|jobs| jobs.send(job).is_ok());
        if sent == Some(true) {
            Ok(())
        } else {
            Err(Shed::Draining)
        }
    }

    fn add(&self, accesses: Vec<Access>) -> Result<(), Shed> {
        // A call of any size finds room while there is some.
        let rows = u32::try_from(accesses.len()).unwrap_or(ROOM).min(ROOM);
        let room = Arc::clone(&self.room).try_acquire_many_owned(rows);
        self.give(Job::Write(accesses, room.map_err(|_| Shed::Overloaded)?))
    }

    /// Waits until everything recorded so far is written.
    async fn written(&self) -> Result<(), Shed> {
        let (tell, told) = oneshot::channel();
        self.give(Job::Tell(tell))?;
        told.await.map_err(|_| Shed::Draining)
    }
}

impl<S: Store> Engine<S> {
    /// Records a call that asked for personal data. Its answer may leave once this is done.
    ///
    /// # Errors
    /// [`Refusal::Overloaded`] while there is no room for it, [`Refusal::Draining`] at the end.
    pub fn record(&self, visit: Visit) -> Result<(), Refusal> {
        let added = self.accesses.add(self.accesses_of(visit));
        added.map_err(|shed| self.refusal(shed))
    }

    /// Refuses a call whose record would find no room, before there is any work with it.
    ///
    /// # Errors
    /// [`Refusal::Overloaded`].
    pub fn room_to_record(&self) -> Result<(), Refusal> {
        match self.accesses.room.available_permits() {
            0 => Err(self.refusal(Shed::Overloaded)),
            _ => Ok(()),
        }
    }

    /// Up to `limit` accesses, oldest first: all that this server has answered, and those of other servers that are written.
    ///
    /// # Errors
    /// [`Refusal::StoreUnavailable`].
    pub async fn accesses(
        &self,
        asked: &AccessesAsked,
        limit: i64,
        patience: Option<Duration>,
    ) -> Result<Vec<Access>, Refusal> {
        let written = tokio::time::timeout(
            left(patience).unwrap_or(self.shared.limits.answer_within),
            self.accesses.written(),
        );
        match written.await {
            Ok(written) => written.map_err(|shed| self.refusal(shed))?,
            Err(_) => {
                return Err(Refusal::StoreUnavailable {
                    retry_after: self.later(),
                });
            }
        }
        let reading = self.shared.store.reader().accesses(asked, limit);
        self.read_store(patience, reading).await
    }

    /// The number in a slot.
    pub fn number_in(&self, slot: Slot) -> Number {
        self.shared.keys.picker.at(slot)
    }

    /// The time of now, in microseconds since 1970-01-01 UTC.
    pub fn now(&self) -> i64 {
        self.shared.clock.now().as_microsecond()
    }

    /// An access for each number, or one for none.
    fn accesses_of(&self, visit: Visit) -> Vec<Access> {
        let mut slots: Vec<_> = visit.numbers.iter().map(|number| self.slot_of(*number)).collect();
        slots.sort_unstable();
        slots.dedup();
        let about: Vec<_> = if slots.is_empty() {
            vec![None]
        } else {
            slots.into_iter().map(Some).collect()
        };
        let at = self.now();
        let access = |slot| Access {
            at,
            id: i64::from_be_bytes(random::bytes()) & i64::MAX,
            slot,
            office: visit.sender.office.clone(),
            role: visit.role.to_owned(),
            officer: visit.sender.context.officer.clone(),
            purpose: visit.sender.context.purpose.clone(),
            call: visit.call.to_owned(),
            code: visit.code.into(),
        };
        about.into_iter().map(access).collect()
    }
}

/// Writes accesses, one batch after another.
struct Recorder<S> {
    shared: Arc<Shared<S>>,
    jobs: mpsc::UnboundedReceiver<Job>,
    /// When to end without the store; known once there will be no more to write.
    give_up_at: Option<Duration>,
}

/// What is written together, the room it takes until then, and who waits for it.
#[derive(Default)]
struct Batch {
    accesses: Vec<Access>,
    room: Vec<OwnedSemaphorePermit>,
    waiting: Vec<oneshot::Sender<()>>,
}

impl Batch {
    fn add(&mut self, job: Job) {
        match job {
            Job::Write(accesses, room) => {
                self.accesses.extend(accesses);
                self.room.push(room);
            }
            Job::Tell(waiting) => self.waiting.push(waiting),
        }
    }

    fn is_due(&self) -> bool {
        self.accesses.len() >= BATCH || !self.waiting.is_empty()
    }
}

impl<S: Store> Recorder<S> {
    /// Ends when no more will come and everything is written.
    async fn run(mut self) {
        while let Some(first) = self.jobs.recv().await {
            let mut batch = Batch::default();
            batch.add(first);
            let window = tokio::time::sleep(WINDOW);
            tokio::pin!(window);
            while !batch.is_due() {
                tokio::select! {
                    () = &mut window => break,
                    job = self.jobs.recv() => match job {
                        Some(job) => batch.add(job),
                        None => break,
                    },
                }
            }
            self.write(batch).await;
        }
    }

    /// Writes a batch, however long it takes; at the end no longer than a turn would be tried.
    async fn write(&mut self, batch: Batch) {
        let mut failed = false;
        while !batch.accesses.is_empty() {
            let Err(error) = self.shared.store.record(&batch.accesses).await else {
                metrics::counter!("dinhdanh_accesses_recorded_total").increment(batch.accesses.len() as u64);
                break;
            };
            if !failed {
                tracing::warn!(%error, "accesses cannot be recorded; they wait, and are tried again");
            }
            failed = true;
            if self.must_give_up() {
                tracing::error!(accesses = batch.accesses.len(), "stopping: accesses were not recorded");
                break;
            }
            tokio::time::sleep(random::jitter(TRY_AGAIN)).await;
        }
        for waiting in batch.waiting {
            // Whoever asked may have gone.
            let _ = waiting.send(());
        }
    }
    /// Whether the process is ending, and has waited for the store long enough.
    fn must_give_up(&mut self) -> bool {
        if !self.jobs.is_closed() {
            return false;
        }
        let now = self.shared.clock.monotonic();
        now >= *self.give_up_at.get_or_insert(now + self.shared.limits.settle_within)
    }
}

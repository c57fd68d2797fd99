//! The queue between callers and turns: a fair queue for each lane, bounded by what can be done in time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc};

use super::fair::FairQueue;
use super::pace::Pace;
use super::pressure::Pressure;
use super::{Lane, Shed};
use crate::engine::Limits;
use crate::engine::work::Work;
use crate::shell::Clock;

/// What was learned of turns is forgotten when none was taken for so long: else one that stood still would keep hurried
/// calls out, and with them every turn that shows otherwise.
const FORGET_AFTER: Duration = Duration::from_secs(1);
/// As long as somebody came for a number at most so long ago, streams get only a share of each turn.
const LIVE_FOR: Duration = Duration::from_secs(2);
/// For so long after somebody came for a number, items of streams only ride along in the turns of others: a turn of their
/// own would have to be waited for.
const NO_TURN_OF_ITS_OWN_FOR: Duration = Duration::from_millis(5);
/// Items of streams that a turn takes at least, however many births wait: bulk is slowed, never stopped.
const LEAST_BULK: usize = 4;
/// The most that it takes while births come.
const MOST_BULK: usize = 32;

/// Work waiting for its turn.
pub(crate) struct Queue {
    inner: Mutex<Inner>,
    arrived: Notify,
    /// Items of streams that may wait, over all streams together.
    room_for_bulk: Arc<Semaphore>,
    /// Work taken and not yet answered.
    in_turns: Arc<AtomicUsize>,
    /// Items of streams among it.
    bulk_in_turns: Arc<AtomicUsize>,
    limits: Limits,
    clock: Arc<dyn Clock>,
}

struct Inner {
    lanes: [FairQueue<Queued>; Lane::ALL.len()],
    pace: Pace,
    /// When a turn last told how long it took.
    learned_at: Duration,
    pressure: Pressure,
    /// When something more urgent than bulk was last taken.
    live_at: Option<Duration>,
    /// Calls on their way in, which closing must not leave out.
    entering: usize,
    closed: bool,
}

struct Queued {
    work: Work,
    _room: Option<OwnedSemaphorePermit>,
}

/// A call on its way into the queue.
pub(crate) struct Entering<'a>(&'a Queue);

impl Drop for Entering<'_> {
    fn drop(&mut self) {
        self.0.inner.lock().entering -= 1;
        self.0.arrived.notify_one();
    }
}

/// Counts work that is in turns, until it is dropped.
pub(crate) struct InTurns(Arc<AtomicUsize>);

impl InTurns {
    fn begin(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(count))
    }
}

impl Drop for InTurns {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Queue {
    pub fn new(limits: Limits, clock: Arc<dyn Clock>) -> Self {
        let inner = Inner {
            lanes: Default::default(),
            pace: Pace::default(),
            learned_at: clock.monotonic(),
            pressure: Pressure::default(),
            live_at: None,
            entering: 0,
            closed: false,
        };
        Self {
            inner: Mutex::new(inner),
            arrived: Notify::new(),
            room_for_bulk: Arc::new(Semaphore::new(limits.bulk)),
            in_turns: Arc::default(),
            bulk_in_turns: Arc::default(),
            limits,
            clock,
        }
    }

    /// Begins to put something in; `None` once the queue is closed.
    pub fn enter(&self) -> Option<Entering<'_>> {
        let mut inner = self.inner.lock();
        if inner.closed {
            return None;
        }
        inner.entering += 1;
        Some(Entering(self))
    }

    /// Whether a new piece of work of this office would be done in time: within its lane's bound, and while its caller
    /// waits (`left`).
    pub fn admits(&self, lane: Lane, office: &str, left: Option<Duration>) -> Result<(), Shed> {
        let now = self.clock.monotonic();
        let in_turns = self.in_turns.load(Ordering::Relaxed);
        let mut inner = self.inner.lock();
        if inner.closed {
            return Err(Shed::Draining);
        }
        if in_turns == 0 && now.saturating_sub(inner.learned_at) > FORGET_AFTER {
            inner.pace = Pace::default();
            inner.learned_at = now;
        }
        let urgent: usize = inner.lanes[..lane.index()].iter().map(FairQueue::len).sum();
        let place = inner.lanes[lane.index()].place_of_next(office) + urgent;
        let wait = inner.pace.wait(place + in_turns, self.limits.batch);
        // What the next turn can take is let in, however slow turns are: nobody could serve it sooner.
        let next_turn = place <= self.limits.batch;
        if !next_turn && lane.bound(&self.limits).is_some_and(|bound| wait > bound) {
            return Err(Shed::Overloaded);
        }
        match left {
            Some(left) if wait > left => Err(Shed::NoTimeLeft),
            _ => Ok(()),
        }
    }

    /// Waits for room for an item of a stream.
    pub async fn room_for_bulk(&self) -> Option<OwnedSemaphorePermit> {
        // It is never closed.
        Arc::clone(&self.room_for_bulk).acquire_owned().await.ok()
    }

    /// Puts work in. It comes back if there is no room: an office that has less waiting than its fair share of the queue
    /// finds room in a reserve as large as the queue.
    pub fn push(
        &self,
        lane: Lane,
        office: &str,
        work: Work,
        room: Option<OwnedSemaphorePermit>,
    ) -> Result<(), Box<Work>> {
        let now = self.clock.monotonic();
        let mut inner = self.inner.lock();
        if lane != Lane::Bulk {
            let queue = &inner.lanes[lane.index()];
            let share = self.limits.queue / queue.offices_with(office);
            let reserve = queue.len() < 2 * self.limits.queue && queue.len_of(office) < share;
            if queue.len() >= self.limits.queue && !reserve {
                return Err(Box::new(work));
            }
            inner.pressure.admitted(now);
        }
        inner.lanes[lane.index()].push(office, Queued { work, _room: room });
        drop(inner);
        self.arrived.notify_one();
        Ok(())
    }

    /// Counts a refusal, and tells by how much its caller's pause is to be drawn out.
    pub fn refused(&self) -> f64 {
        let now = self.clock.monotonic();
        self.inner.lock().pressure.refused(now)
    }

    /// Learns how long a turn of so many commands took.
    pub fn turn_took(&self, commands: usize, took: Duration) {
        let now = self.clock.monotonic();
        let mut inner = self.inner.lock();
        inner.pace.observe(commands, took);
        inner.learned_at = now;
    }

    /// The moment at which a turn of so many commands that begins now is expected to be done.
    pub fn done_at(&self, commands: usize) -> Duration {
        self.clock.monotonic() + self.inner.lock().pace.turn(commands)
    }

    /// Lets nothing more in. What is in, and what is on its way in, can still be taken.
    pub fn close(&self) {
        self.inner.lock().closed = true;
        self.arrived.notify_one();
    }

    /// Waits for work and takes up to `limit` pieces; `false` once the queue is closed and empty.
    async fn take(&self, limit: usize, into: &mut Vec<Work>) -> bool {
        loop {
            let arrived = self.arrived.notified();
            let (ended, held_back) = {
                let inner = self.inner.lock();
                let [.., bulk] = &inner.lanes;
                (inner.closed && inner.entering == 0 && bulk.len() == 0, bulk.len() > 0)
            };
            if self.try_take(limit, into) > 0 {
                return true;
            }
            if ended {
                return false;
            }
            tokio::select! {
                () = arrived => {}
                () = tokio::time::sleep(NO_TURN_OF_ITS_OWN_FOR), if held_back => {}
            }
        }
    }

    /// Takes what is there, until `into` holds `limit` pieces: first the more urgent lanes, then bulk.
    fn try_take(&self, limit: usize, into: &mut Vec<Work>) -> usize {
        let now = self.clock.monotonic();
        let mut inner = self.inner.lock();
        let before = into.len();
        let [urgent @ .., _] = &mut inner.lanes;
        for lane in urgent {
            into.extend(
                std::iter::from_fn(|| lane.pop())
                    .take(limit.saturating_sub(into.len()))
                    .map(|item| item.work),
            );
        }
        if into.len() > before {
            inner.live_at = Some(now);
        }
        let mut room = limit.saturating_sub(into.len());
        let quiet = inner.live_at.map_or(LIVE_FOR, |at| now.saturating_sub(at));
        if quiet < LIVE_FOR && !inner.closed {
            let own_turn = into.is_empty();
            let share = match own_turn && quiet < NO_TURN_OF_ITS_OWN_FOR {
                true => 0,
                false => bulk_share(&inner.pace, into),
            };
            // What was claimed at the lease may wait for several turns: all of it shares this one's part.
            let taken = self.bulk_in_turns.load(Ordering::Relaxed);
            room = room.min(share.saturating_sub(taken));
        }
        let [.., bulk] = &mut inner.lanes;
        into.extend(std::iter::from_fn(|| bulk.pop()).take(room).map(|item| item.work));
        let taken = into.len() - before;
        for work in &mut into[before..] {
            work.in_turns = Some(InTurns::begin(&self.in_turns));
            if work.lane == Lane::Bulk {
                work.bulk_in_turns = Some(InTurns::begin(&self.bulk_in_turns));
            }
        }
        taken
    }
}

/// How many items of streams may join these others in a turn, so that it takes at most a quarter as long again.
fn bulk_share(pace: &Pace, others: &[Work]) -> usize {
    let bulk = others.iter().filter(|work| work.lane == Lane::Bulk).count();
    let spare = pace.turn(others.len() - bulk).as_secs_f64() / 4.0;
    let items = (spare / pace.per_command().max(1e-9)) as usize;
    items.clamp(LEAST_BULK, MOST_BULK)
}

/// Where turns get their work from: the queue itself, or what has been claimed of it at the lease.
pub(crate) enum Source {
    /// The queue.
    Queue(Arc<Queue>),
    /// Claimed work.
    Claimed(mpsc::Receiver<Work>),
}

impl Source {
    /// Waits for work and takes up to `limit` pieces; `false` once no more will come.
    pub async fn take(&mut self, limit: usize, into: &mut Vec<Work>) -> bool {
        match self {
            Self::Queue(queue) => queue.take(limit, into).await,
            Self::Claimed(claimed) => claimed.recv_many(into, limit).await > 0,
        }
    }

    /// Adds what has come meanwhile, until `into` holds `limit` pieces.
    pub fn top_up(&mut self, limit: usize, into: &mut Vec<Work>) {
        match self {
            Self::Queue(queue) => {
                queue.try_take(limit, into);
            }
            Self::Claimed(claimed) => {
                while into.len() < limit
                    && let Ok(work) = claimed.try_recv()
                {
                    into.push(work);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A clock whose monotonic time is set by hand, in milliseconds.
    #[derive(Default)]
    struct Hand(AtomicUsize);

    impl Clock for Hand {
        fn now(&self) -> jiff::Timestamp {
            jiff::Timestamp::UNIX_EPOCH
        }

        fn monotonic(&self) -> Duration {
            Duration::from_millis(self.0.load(Ordering::Relaxed) as u64)
        }
    }

    #[test]
    fn one_turn_that_stood_still_does_not_keep_hurried_calls_out_for_ever() {
        let clock = Arc::new(Hand::default());
        let queue = Queue::new(Limits::default(), Arc::clone(&clock) as Arc<dyn Clock>);
        let hurried = || queue.admits(Lane::Births, "26734", Some(Duration::from_secs(1)));
        assert_eq!(hurried(), Ok(()));
        queue.turn_took(1, Duration::from_secs(10));
        assert_eq!(hurried(), Err(Shed::NoTimeLeft));
        clock.0.store(1_001, Ordering::Relaxed);
        assert_eq!(hurried(), Ok(()));
        // And if it is still so slow, that is learned again.
        queue.turn_took(1, Duration::from_secs(10));
        assert_eq!(hurried(), Err(Shed::NoTimeLeft));
    }
}

//! What all workers of a run share, and what one of them knows.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hdrhistogram::CreationError;
use parking_lot::Mutex;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use tokio_util::sync::CancellationToken;

use super::{Child, End, Heard, Notes, Options, Repeats, Stock, Tally};
use crate::client::Patience;
use crate::shell::Clock;

/// How many answered requests a worker remembers, to repeat one of them.
const REMEMBERED: usize = 100_000;

/// What all workers share.
pub struct Run {
    /// What was asked for.
    pub options: Options,
    /// What is sent.
    pub stock: Arc<Stock>,
    /// Where it is noted.
    pub notes: Arc<Notes>,
    /// Counts for whoever watches.
    pub live: Arc<Live>,
    /// Cancelled when nothing more is to be sent.
    pub stop: CancellationToken,
    /// Where the time of the run begins, on the clock.
    pub began: Duration,
    /// Waits between sendings where the service names none.
    pub patience: Patience,
    /// The clock.
    pub clock: Arc<dyn Clock>,
}

/// Counts while a run lasts.
#[derive(Debug, Default)]
pub struct Live {
    /// Calls that were due.
    pub offered: AtomicU64,
    /// Final answers.
    pub answered: AtomicU64,
    /// Refusals.
    pub refused: AtomicU64,
}

/// One worker's view.
pub struct Desk {
    /// What all share.
    pub run: Arc<Run>,
    own: Mutex<Own>,
}

struct Own {
    seen: Seen,
    random: SmallRng,
    /// Children that have been answered, where some are to be asked for again.
    answered: Vec<u32>,
}

/// What a worker saw.
#[derive(Clone)]
pub struct Seen {
    /// Of births.
    pub births: Tally,
    /// Of requests that had been answered before.
    pub repeats: Tally,
}

/// A call: whose, when it is meant to start, and whether it repeats one that was answered.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    /// The child's place in the stock.
    pub child: usize,
    /// When it is meant to start, from the beginning of the run.
    pub intended: Duration,
    /// Whether it repeats an answered one.
    pub repeats: bool,
}

impl Run {
    /// Time since the run began.
    pub fn now(&self) -> Duration {
        self.clock.monotonic().saturating_sub(self.began)
    }

    /// Whether nothing may be sent any more at a time.
    pub fn is_over(&self, at: Duration) -> bool {
        self.stop.is_cancelled() || self.options.lasts().is_some_and(|lasts| at >= lasts)
    }
}

impl Seen {
    /// Nothing yet.
    pub fn new(deadline: Duration) -> Result<Self, CreationError> {
        let tally = Tally::new(deadline)?;
        Ok(Self {
            births: tally.clone(),
            repeats: tally,
        })
    }

    /// Adds what another worker saw.
    pub fn add(&mut self, other: &Seen) {
        self.births.add(&other.births);
        self.repeats.add(&other.repeats);
    }
}

impl Desk {
    /// The view of the worker of that number.
    pub fn new(run: &Arc<Run>, worker: usize) -> Result<Self, CreationError> {
        let primed = u32::try_from(run.stock.primed).unwrap_or(u32::MAX);
        Ok(Self {
            own: Mutex::new(Own {
                seen: Seen::new(run.options.deadline)?,
                random: SmallRng::seed_from_u64(run.options.seed.wrapping_add(worker as u64)),
                answered: (0..primed).collect(),
            }),
            run: Arc::clone(run),
        })
    }

    /// The call of that number, meant to start then.
    pub fn call(&self, number: usize, intended: Duration) -> Call {
        let repeats = Repeats(self.run.options.repeat);
        let child = if repeats.is_one(number) {
            let own = &mut *self.own.lock();
            let choice = own.random.random_range(0..own.answered.len().max(1));
            own.answered.get(choice).map_or(0, |child| *child as usize)
        } else {
            self.run.stock.primed + number - repeats.among(number)
        };
        Call {
            child,
            intended,
            repeats: repeats.is_one(number),
        }
    }

    /// The child of a call.
    pub fn child(&self, call: &Call) -> &Child {
        &self.run.stock.children[call.child]
    }

    /// Counts a call that is due, and answers how much is left of its deadline: nothing if it is too late to send it.
    pub fn due(&self, call: &Call) -> Option<Duration> {
        let now = self.run.now();
        let late = now.saturating_sub(call.intended);
        let left = self
            .run
            .options
            .deadline
            .checked_sub(late)
            .filter(|left| !left.is_zero());
        self.tally(call, |tally| {
            tally.due(call.intended, now);
            tally.counts.not_sent += u64::from(left.is_none());
        });
        self.run.live.offered.fetch_add(1, Ordering::Relaxed);
        left
    }

    /// Counts and notes a sending.
    pub fn sending(&self, call: &Call) {
        let child = self.child(call);
        if child.sending() {
            self.run.notes.intend(child);
        }
        self.tally(call, |tally| tally.counts.sendings += 1);
    }

    /// Counts and notes how a sending ended, and answers after what wait it is to be sent again; nothing if it is not.
    /// `failures` counts the sendings of this call that came to nothing, with this one.
    pub fn ended(&self, call: &Call, end: &End, failures: u32) -> Option<Duration> {
        let (run, child, now) = (&*self.run, self.child(call), self.run.now());
        let mut contradicts = false;
        match end {
            End::Answered(answer) => {
                match child.answered(answer) {
                    Heard::First => run.notes.answered(child, answer),
                    Heard::Otherwise => contradicts = true,
                    Heard::Again | Heard::Nothing => {}
                }
                run.live.answered.fetch_add(1, Ordering::Relaxed);
                if run.stock.primed > 0 && !call.repeats {
                    self.remember(call.child);
                }
            }
            End::Refused(_) => drop(run.live.refused.fetch_add(1, Ordering::Relaxed)),
            End::Missed | End::Lost(_) | End::NotUnderstood => {}
        }
        self.tally(call, |tally| {
            tally.ended(end, call.intended, now);
            tally.counts.contradictions += u64::from(contradicts);
        });
        let wait = end.resend_after(run.options.resend, failures, &run.patience, self.chance())?;
        (!run.is_over(now + wait)).then_some(wait)
    }

    /// What was seen.
    pub fn seen(self) -> Seen {
        self.own.into_inner().seen
    }

    /// A number in 0..1, to spread waits.
    fn chance(&self) -> f64 {
        self.own.lock().random.random_range(0.0..1.0)
    }

    fn remember(&self, child: usize) {
        let (own, child) = (&mut *self.own.lock(), u32::try_from(child).unwrap_or_default());
        if own.answered.len() < REMEMBERED {
            own.answered.push(child);
        } else {
            let place = own.random.random_range(0..REMEMBERED);
            own.answered[place] = child;
        }
    }

    fn tally(&self, call: &Call, count: impl FnOnce(&mut Tally)) {
        let seen = &mut self.own.lock().seen;
        count(if call.repeats {
            &mut seen.repeats
        } else {
            &mut seen.births
        });
    }
}

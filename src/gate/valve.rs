//! The valve: how much is read.
//!
//! A refusal costs about a tenth of a birth, so a server that reads whatever comes would in the end do nothing but refuse.
//! Refusals therefore have a budget. While it is overdrawn, connections on which calls were refused a moment ago are
//! not read: their calls wait in their own send buffers, and at the bound on streams in their own program. They are
//! read again one after another as the budget allows, each a little, so that all of them get on at the same pace; quiet
//! connections are read as ever. If that does not help, the noisiest are asked to go elsewhere, a few at a time.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::Waker;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;

use super::limits::ConnectionLimits;
use super::peer::Peer;

/// How often the budget is refilled.
const TICK: Duration = Duration::from_millis(20);
/// Ticks in the window over which noise is counted.
const WINDOW_TICKS: u64 = 50;
/// Budget that can be saved up, in seconds of it.
const SAVED: f64 = 0.25;
/// Of so many connections waiting to be read, one is asked to leave each second once shedding begins.
const SHED_ONE_OF: usize = 50;

/// The valve of a server.
pub(super) struct Valve {
    state: Mutex<State>,
    /// Whether noisy connections wait.
    closed: AtomicBool,
    /// The number of the present window of noise.
    window: AtomicU64,
    /// Connections that may be accepted until the next tick.
    accepts: Mutex<f64>,
    ticked: Notify,
    limits: ConnectionLimits,
}

struct State {
    /// Refusals that may be given yet.
    budget: f64,
    /// Refusals since the last tick, and connections let through at it.
    refused: f64,
    passed: f64,
    /// How many refusals letting one connection through has led to, lately.
    per_pass: f64,
    parked: VecDeque<Arc<Peer>>,
    ticks: u64,
    /// Ticks that it has been closed without a break.
    closed_ticks: u64,
}

impl Valve {
    pub fn new(limits: ConnectionLimits) -> Self {
        let state = State {
            budget: f64::from(limits.refusals) * SAVED,
            refused: 0.0,
            passed: 0.0,
            per_pass: 1.0,
            parked: VecDeque::new(),
            ticks: 0,
            closed_ticks: 0,
        };
        Self {
            state: Mutex::new(state),
            closed: AtomicBool::new(false),
            window: AtomicU64::new(1),
            accepts: Mutex::new(f64::from(limits.accepts)),
            ticked: Notify::new(),
            limits,
        }
    }

    /// Counts a call that was refused, or that could not be read, on a connection.
    pub fn refused(&self, peer: &Peer) {
        peer.refused(self.window.load(Ordering::Relaxed));
        let mut state = self.state.lock();
        state.budget -= 1.0;
        state.refused += 1.0;
        if state.budget <= 0.0 {
            self.closed.store(true, Ordering::Release);
        }
    }

    /// Whether a connection may be read now. If not, `waker` is woken when it may.
    pub fn may_read(&self, peer: &Arc<Peer>, waker: &Waker) -> bool {
        if !self.closed.load(Ordering::Acquire) || peer.noise(self.window.load(Ordering::Relaxed)) == 0 {
            return true;
        }
        if peer.pass.swap(false, Ordering::AcqRel) {
            return true;
        }
        peer.wait(waker);
        if !peer.parked.swap(true, Ordering::AcqRel) {
            self.state.lock().parked.push_back(Arc::clone(peer));
        }
        false
    }

    /// Waits until another connection may be accepted: while noisy ones wait, hardly any.
    pub async fn accept(&self) {
        loop {
            let ticked = self.ticked.notified();
            {
                let mut accepts = self.accepts.lock();
                if *accepts >= 1.0 {
                    *accepts -= 1.0;
                    return;
                }
            }
            ticked.await;
        }
    }

    /// Refills the budget again and again, and lets through what it allows.
    pub async fn run(&self) {
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let through = self.tick();
            for peer in through {
                peer.let_pass();
            }
            self.ticked.notify_waiters();
        }
    }

    /// One tick: who may now be read.
    fn tick(&self) -> Vec<Arc<Peer>> {
        let rate = f64::from(self.limits.refusals);
        let mut state = self.state.lock();
        state.ticks += 1;
        if state.ticks.is_multiple_of(WINDOW_TICKS) {
            self.window.fetch_add(1, Ordering::Relaxed);
        }
        if state.passed > 0.0 {
            let now = (state.refused / state.passed).max(1.0);
            state.per_pass += (now - state.per_pass) * 0.2;
        }
        state.budget = (state.budget + rate * TICK.as_secs_f64()).min(rate * SAVED);
        // At least one, so that whoever waits gets on.
        let allowed = (state.budget / state.per_pass).max(1.0) as usize;
        let count = allowed.min(state.parked.len());
        let through: Vec<_> = state.parked.drain(..count).collect();
        state.refused = 0.0;
        state.passed = through.len() as f64;
        let closed = state.budget <= 0.0 || !state.parked.is_empty();
        self.closed.store(closed, Ordering::Release);
        state.closed_ticks = if closed { state.closed_ticks + 1 } else { 0 };
        if state.ticks.is_multiple_of(WINDOW_TICKS) {
            metrics::gauge!("dinhdanh_connections_held_back").set(state.parked.len() as f64);
            self.shed(&state);
        }
        let accepts = f64::from(self.limits.accepts) * if closed { 0.1 } else { 1.0 };
        let mut left = self.accepts.lock();
        *left = (*left + accepts * TICK.as_secs_f64()).min(f64::from(self.limits.accepts));
        through
    }

    /// Asks some of the noisiest to go elsewhere, once holding them back has not helped for long.
    fn shed(&self, state: &State) {
        let ticks = u64::try_from(self.limits.shed_after.as_millis() / TICK.as_millis()).unwrap_or(u64::MAX);
        if state.closed_ticks < ticks {
            return;
        }
        let window = self.window.load(Ordering::Relaxed);
        let mut noisy: Vec<_> = state.parked.iter().map(|peer| (peer.noise(window), peer)).collect();
        noisy.sort_unstable_by_key(|(noise, _)| std::cmp::Reverse(*noise));
        // A few each second, and the most insistent first: so they come back spread out.
        for (_, peer) in noisy.iter().take(noisy.len().div_ceil(SHED_ONE_OF)) {
            metrics::counter!("dinhdanh_connections_shed_total").increment(1);
            peer.leave.cancel();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use tokio_util::sync::CancellationToken;

    use super::*;

    fn valve() -> Valve {
        Valve::new(ConnectionLimits {
            refusals: 1_000,
            shed_after: Duration::from_secs(2),
            ..ConnectionLimits::default()
        })
    }

    fn peer() -> Arc<Peer> {
        Arc::new(Peer::new(CancellationToken::new()))
    }

    fn reads(valve: &Valve, peer: &Arc<Peer>) -> bool {
        valve.may_read(peer, Waker::noop())
    }

    /// Lets a second pass in which one peer has this many calls refused whenever it is read.
    fn second(valve: &Valve, noisy: &[Arc<Peer>], refusals: usize) -> Vec<usize> {
        let mut read = vec![0; noisy.len()];
        for _ in 0..50 {
            for (peer, read) in noisy.iter().zip(&mut read) {
                if reads(valve, peer) {
                    *read += 1;
                    (0..refusals).for_each(|_| valve.refused(peer));
                }
            }
            valve.tick().iter().for_each(|peer| peer.let_pass());
        }
        read
    }

    #[test]
    fn refusals_stay_within_their_budget_and_quiet_connections_are_read_as_ever() {
        let (valve, quiet) = (valve(), peer());
        let noisy: Vec<_> = (0..20).map(|_| peer()).collect();
        // What was saved up is spent first.
        second(&valve, &noisy, 40);
        second(&valve, &noisy, 40);
        for _ in 0..5 {
            let read = second(&valve, &noisy, 40);
            let refused = read.iter().sum::<usize>() * 40;
            // At least one connection a tick gets on, so the budget can be overdrawn by what one sends at a time.
            assert!(refused <= 50 * 40 + 1_000, "{refused}");
            assert!(reads(&valve, &quiet));
        }
    }

    #[test]
    fn the_noisy_get_on_at_one_pace() {
        let valve = valve();
        let noisy: Vec<_> = (0..10).map(|_| peer()).collect();
        second(&valve, &noisy, 20);
        let read = second(&valve, &noisy, 20);
        let (least, most) = (read.iter().min(), read.iter().max());
        assert!(
            least.zip(most).is_some_and(|(least, most)| most - least <= 2),
            "{read:?}"
        );
    }

    #[test]
    fn it_opens_again_once_nothing_is_refused_any_more() {
        let valve = valve();
        let noisy = [peer()];
        (0..2_000).for_each(|_| valve.refused(&noisy[0]));
        assert!(!reads(&valve, &noisy[0]));
        (0..200).for_each(|_| drop(valve.tick()));
        assert!(reads(&valve, &noisy[0]));
    }

    #[test]
    fn the_most_insistent_are_asked_to_leave_after_a_while_and_not_all_at_once() {
        let valve = valve();
        let noisy: Vec<_> = (0..100).map(|_| peer()).collect();
        let left = || noisy.iter().filter(|peer| peer.leave.is_cancelled()).count();
        second(&valve, &noisy, 50);
        assert_eq!(left(), 0);
        (0..4).for_each(|_| drop(second(&valve, &noisy, 50)));
        assert!((1..=10).contains(&left()), "{}", left());
    }
}

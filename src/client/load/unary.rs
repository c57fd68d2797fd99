//! Calls of `IssueNumber`.

use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::time::{Instant, sleep, timeout};

use super::wire::Line;
use super::{Call, Desk, End, Schedule};

/// A worker that waits for its next call looks up this often, for whether it is to stop.
const LOOKS_UP: Duration = Duration::from_millis(100);

/// Begins every `of`-th call of a schedule, from the call `first` on, each at its time, whatever became of those before.
pub async fn open(desk: &Desk, line: &Line, schedule: &Schedule, first: usize, of: usize) {
    let at = |number| schedule.start(number).map(|at| (number, at));
    let mut next = at(first);
    let mut under_way = FuturesUnordered::new();
    let mut timer = pin!(sleep(Duration::ZERO));
    loop {
        let now = desk.run.now();
        while let Some((number, start)) = next.filter(|(_, start)| *start <= now) {
            under_way.push(serve(desk, line, desk.call(number, start)));
            next = at(number + of);
        }
        if desk.run.stop.is_cancelled() {
            next = None;
        }
        if let Some((_, start)) = next
            && timer.is_elapsed()
        {
            timer.as_mut().reset(Instant::now() + (start - now).min(LOOKS_UP));
        }
        tokio::select! {
            Some(()) = under_way.next(), if !under_way.is_empty() => {}
            () = &mut timer, if next.is_some() => {}
            else => return,
        }
    }
}

/// Keeps `in_flight` calls under way until all `calls` have been begun; `begun` is shared by all workers.
pub async fn closed(desk: &Desk, line: &Line, in_flight: usize, calls: usize, begun: &AtomicUsize) {
    let next = || {
        let number = begun.fetch_add(1, Ordering::Relaxed);
        let now = desk.run.now();
        (number < calls && !desk.run.is_over(now)).then(|| serve(desk, line, desk.call(number, now)))
    };
    let mut under_way = FuturesUnordered::new();
    under_way.extend(std::iter::from_fn(next).take(in_flight));
    while under_way.next().await.is_some() {
        under_way.extend(next());
    }
}

/// Makes one call, and again as often as it is to be sent again.
pub async fn serve(desk: &Desk, line: &Line, call: Call) {
    let Some(mut left) = desk.due(&call) else { return };
    let child = desk.child(&call);
    let mut failures = 0;
    loop {
        desk.sending(&call);
        // In a box of its own, so that a call that waits takes little room.
        let issued = Box::pin(timeout(left, line.issue(&child.office, child.message.clone(), left))).await;
        let end = issued.map_or(End::Missed, End::of);
        failures += 1;
        let Some(wait) = desk.ended(&call, &end, failures) else {
            return;
        };
        if !wait.is_zero() && desk.run.stop.run_until_cancelled(sleep(wait)).await.is_none() {
            return;
        }
        left = desk.run.options.deadline;
    }
}

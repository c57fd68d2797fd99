//! Sending: a worker for each connection, and the bulk stream beside them.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::stream::{Items, stream};
use super::wire::Line;
use super::{Desk, LoadError, Pace, Run, Seen, Way, unary};

/// Items of a bulk stream that are unanswered at a time.
const BULK_WINDOW: usize = 256;

/// What births and repeats became, and the bulk stream with the time it took.
pub type Sent = (Seen, Option<(Seen, Duration)>);

/// Sends all calls at their pace, with the bulk stream beside them.
pub async fn send(run: &Arc<Run>, lines: &[Line]) -> Result<Sent, LoadError> {
    let bulk_stop = run.stop.child_token();
    let (lines, for_bulk) = lines.split_at(run.options.connections.get());
    let bulk = for_bulk
        .first()
        .map(|line| tokio::spawn(send_bulk(Arc::clone(run), line.clone(), bulk_stop.clone())));
    let begun = Arc::new(AtomicUsize::new(0));
    let mut workers = JoinSet::new();
    for (worker, line) in lines.iter().cloned().enumerate() {
        let desk = Desk::new(run, worker)?;
        workers.spawn(work(desk, line, worker, lines.len(), Arc::clone(&begun)));
    }
    let mut seen = Seen::new(run.options.deadline)?;
    while let Some(theirs) = workers.join_next().await {
        seen.add(&theirs?);
    }
    bulk_stop.cancel();
    let bulk = match bulk {
        Some(bulk) => Some(bulk.await??),
        None => None,
    };
    Ok((seen, bulk))
}

async fn work(desk: Desk, line: Line, worker: usize, of: usize, begun: Arc<AtomicUsize>) -> Seen {
    let run = Arc::clone(&desk.run);
    match (&run.options.pace, run.options.way) {
        (Pace::Open(schedule), Way::Unary) => unary::open(&desk, &line, schedule, worker, of).await,
        (Pace::Closed { in_flight, count, .. }, Way::Unary) => {
            let share = share(in_flight.get(), worker, of);
            unary::closed(&desk, &line, share, *count, &begun).await;
        }
        (Pace::Open(schedule), Way::Stream) => {
            let calls = (worker..)
                .step_by(of)
                .map_while(|call| Some((call, Some(schedule.start(call)?))));
            stream_of(&desk, &line, Box::new(calls), usize::MAX).await;
        }
        (Pace::Closed { in_flight, count, .. }, Way::Stream) => {
            let calls = (worker..*count).step_by(of).map(|call| (call, None));
            stream_of(&desk, &line, Box::new(calls), share(in_flight.get(), worker, of)).await;
        }
        (Pace::Herd { .. } | Pace::Settle { .. }, _) => {}
    }
    drop(run);
    desk.seen()
}

type Calls<'a> = Box<dyn Iterator<Item = (usize, Option<Duration>)> + Send + 'a>;

async fn stream_of(desk: &Desk, line: &Line, calls: Calls<'_>, window: usize) {
    let stop = desk.run.stop.clone();
    stream(desk, line, Items { calls, window, stop }).await;
}

async fn send_bulk(run: Arc<Run>, line: Line, stop: CancellationToken) -> Result<(Seen, Duration), LoadError> {
    let desk = Desk::new(&run, usize::MAX)?;
    let children = run.stock.bulk_from..run.stock.children.len();
    let items = Items {
        calls: Box::new(children.map(|child| (child, None))),
        window: BULK_WINDOW,
        stop,
    };
    stream(&desk, &line, items).await;
    Ok((desk.seen(), run.now()))
}

/// A worker's share of what `of` workers have under way together.
fn share(in_flight: usize, worker: usize, of: usize) -> usize {
    in_flight / of + usize::from(worker < in_flight % of)
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn what_is_under_way_is_shared_out_to_the_last() {
        for (in_flight, of) in [(512, 8), (10, 3), (1, 4), (7, 7)] {
            let shares: Vec<_> = (0..of).map(|worker| share(in_flight, worker, of)).collect();
            assert_eq!(shares.iter().sum::<usize>(), in_flight);
            assert!(
                shares
                    .iter()
                    .max()
                    .zip(shares.iter().min())
                    .is_some_and(|(most, least)| most - least <= 1)
            );
        }
    }
}

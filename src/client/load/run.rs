//! The run: makes what is needed, sends, settles, and tells what was found.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use tokio::task::{JoinSet, block_in_place};
use tokio_util::sync::CancellationToken;

use super::figures::{self, How};
use super::herd;
use super::settle::{Settled, Settling};
use super::stream::{Items, stream};
use super::wire::Line;
use super::{Desk, Figures, Kind, Live, LoadError, Notes, Options, Pace, Run, Seen, Stock, Way, unary};
use crate::client::Patience;
use crate::shell::Clock;

/// How long opening a connection may take.
const CONNECTS_WITHIN: Duration = Duration::from_secs(10);
/// Calls that may wait for a connection within this program.
const BUFFER: usize = 1024;
/// How often the journal is handed to the operating system.
const JOURNAL_EVERY: Duration = Duration::from_millis(200);
/// Items of a bulk stream that are unanswered at a time.
const BULK_WINDOW: usize = 256;
/// How long to try to have the requests answered that are to be repeated.
const PRIMES_WITHIN: Duration = Duration::from_secs(60);

/// Where a run has got to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// So many births are being made.
    Making(usize),
    /// Sending begins.
    Sending,
    /// So many connections of a herd are open; they send after the pause.
    Gathered(usize),
    /// So many children without an answer are being settled.
    Settling(u64),
}

/// Runs a load to its end, or until `stop` is cancelled, and settles what it left open if that was asked for.
///
/// Must be called on a runtime with several threads.
///
/// # Errors
/// [`LoadError`].
pub async fn run(
    options: Options,
    clock: Arc<dyn Clock>,
    live: Arc<Live>,
    stop: CancellationToken,
    tell: &(dyn Fn(Event) + Send + Sync),
) -> Result<Figures, LoadError> {
    tell(Event::Making(options.calls() + options.bulk));
    let stock = Arc::new(block_in_place(|| Stock::make(&options))?);
    let server = options.servers.first().map(ToString::to_string).unwrap_or_default();
    let notes = Arc::new(block_in_place(|| {
        Notes::open(options.journal.clone(), &server, &stock, &stop)
    })?);
    let lines = open_lines(&options).await?;
    let writing = tokio::spawn(write_often(Arc::clone(&notes)));
    let settling = Settling {
        stock: &stock,
        notes: &notes,
        lines: &lines,
        clock: &clock,
        stop: &stop,
        within: PRIMES_WITHIN,
    };
    prime(&settling).await?;
    tell(Event::Sending);
    let mut run = Run {
        options,
        stock: Arc::clone(&stock),
        notes: Arc::clone(&notes),
        live,
        stop: stop.clone(),
        began: clock.monotonic(),
        patience: Patience::default(),
        clock: Arc::clone(&clock),
    };
    let mut herd = None;
    let mut bulk = None;
    let (run, seen) = if let Pace::Herd { count, pause, within } = run.options.pace {
        let gathered = herd::gather(&run, count.get()).await;
        tell(Event::Gathered(gathered.herd.held));
        stop.run_until_cancelled(tokio::time::sleep(pause)).await;
        run.began = clock.monotonic();
        let run = Arc::new(run);
        let (seen, found) = herd::release(&run, gathered, within).await?;
        herd = Some(found);
        (run, seen)
    } else {
        let run = Arc::new(run);
        let (seen, beside) = send(&run, &lines).await?;
        bulk = beside;
        (run, seen)
    };
    let to_last_end = run.now();
    let stopped = stop.is_cancelled() && herd.is_none();
    let settled = settle(&run, settling, tell).await;
    writing.abort();
    // It is not needed any more, and holds the journal.
    let _ = writing.await;
    let lasted = match &run.options.pace {
        Pace::Open(schedule) if !stopped => schedule.lasts(),
        _ => to_last_end,
    };
    let mut all = seen.births.clone();
    all.add(&seen.repeats);
    let how = How::of(&run.options, stock.bulk_from, lasted, to_last_end);
    let seconds = how.seconds;
    let figures = Figures {
        births: Kind::of(&seen.births, seconds),
        repeats: Kind::of(&seen.repeats, seconds),
        bulk: bulk.and_then(|(seen, lasted): (Seen, Duration)| Kind::of(&seen.births, lasted.as_secs_f64())),
        herd,
        seconds: figures::seconds(&all),
        children: stock.fates(),
        settled,
        stopped,
        how,
    };
    drop(run);
    match Arc::try_unwrap(notes) {
        Ok(notes) => block_in_place(|| notes.close())?,
        // Every worker has ended, so nobody else has it; if one had, the journal would be written all the same.
        Err(notes) => notes.write(),
    }
    Ok(figures)
}

/// Opens the connections, and behind them one for the bulk stream: an institution that sends a whole year has its own.
async fn open_lines(options: &Options) -> Result<Vec<Line>, LoadError> {
    let mut lines = Vec::new();
    let count = options.connections.get() + usize::from(options.bulk > 0);
    for server in options.servers.iter().cycle().take(count) {
        lines.push(Line::open(server, CONNECTS_WITHIN, BUFFER).await?);
    }
    Ok(lines)
}

async fn write_often(notes: Arc<Notes>) {
    loop {
        tokio::time::sleep(JOURNAL_EVERY).await;
        notes.write();
    }
}

/// Has the requests answered that are to be repeated.
async fn prime(settling: &Settling<'_>) -> Result<(), LoadError> {
    let primed = settling.stock.children.iter().take(settling.stock.primed);
    match settling.settle(primed).await {
        Settled {
            trouble: Some(trouble), ..
        } => Err(LoadError::Prime(trouble)),
        _ => Ok(()),
    }
}

/// Settles what was sent and has no answer, if that was asked for.
async fn settle(run: &Run, settling: Settling<'_>, tell: &(dyn Fn(Event) + Send + Sync)) -> Option<Settled> {
    let within = run.options.settle?;
    tell(Event::Settling(run.stock.fates().open));
    // A run that was stopped is settled too: only a second stop, of the whole program, ends that.
    let go_on = CancellationToken::new();
    let settling = Settling {
        within,
        stop: &go_on,
        ..settling
    };
    let sent = run.stock.children.iter().filter(|child| child.was_sent());
    Some(settling.settle(sent).await)
}

/// What births and repeats became, and the bulk stream with the time it took.
type Sent = (Seen, Option<(Seen, Duration)>);

/// Sends all calls at their pace, with the bulk stream beside them.
async fn send(run: &Arc<Run>, lines: &[Line]) -> Result<Sent, LoadError> {
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

//! The run: makes what is needed, sends, settles, and tells what was found.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::block_in_place;
use tokio_util::sync::CancellationToken;

use super::figures::{self, How};
use super::herd;
use super::sending::send;
use super::settle::{Settled, Settling};
use super::wire::Line;
use super::{Figures, Kind, Live, LoadError, Notes, Options, Pace, Run, Seen, Stock};
use crate::client::Patience;
use crate::shell::Clock;

/// How long opening a connection may take.
const CONNECTS_WITHIN: Duration = Duration::from_secs(10);
/// Calls that may wait for a connection within this program.
const BUFFER: usize = 1024;
/// How often the journal is handed to the operating system.
const JOURNAL_EVERY: Duration = Duration::from_millis(200);
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
        lines.push(Line::open(server, options.trust.as_ref(), CONNECTS_WITHIN, BUFFER).await?);
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

//! A herd: many connections, of one office each, that all send their one birth at the same moment.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;
use tokio::task::JoinSet;

use super::wire::Line;
use super::{Call, Desk, LoadError, Run, Seen, unary};
use crate::shell::descriptors;

/// Connections that are being opened at a time.
const OPENING: usize = 128;
/// How long opening one may take.
const OPENS_WITHIN: Duration = Duration::from_secs(30);
/// Tasks over which the connections are spread.
const WORKERS: usize = 4;
/// Descriptors that are needed for other things than connections.
const OTHER_DESCRIPTORS: u64 = 64;

/// What became of the connections of a herd.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct Herd {
    /// How many were wanted.
    pub wanted: usize,
    /// How many could be opened and held open.
    pub held: usize,
    /// Whether the system's limit of open descriptors kept it from opening more.
    pub limited_by_descriptors: bool,
    /// Connections that could not be opened, by cause.
    pub connect_errors: BTreeMap<String, u64>,
    /// How long opening all took.
    pub opening_seconds: f64,
    /// From the moment of sending to the last answer.
    pub all_served_after_seconds: Option<f64>,
    /// Children of open connections that have their answer.
    pub served: u64,
}

/// The connections, each for one child.
pub struct Gathered {
    lines: Vec<(usize, Line)>,
    /// What is known so far.
    pub herd: Herd,
}

/// Opens all connections that can be had: one for each child from the first on.
pub async fn gather(run: &Run, wanted: usize) -> Gathered {
    let began = run.clock.monotonic();
    let room = descriptors::raise().map_or(usize::MAX, |limit| {
        usize::try_from(limit.saturating_sub(OTHER_DESCRIPTORS)).unwrap_or(usize::MAX)
    });
    let servers = &run.options.servers;
    let opening = (0..wanted.min(room)).map(|child| async move {
        let server = &servers[child % servers.len()];
        (
            child,
            Line::open(server, run.options.trust.as_ref(), OPENS_WITHIN, 4).await,
        )
    });
    let mut gathered = Gathered {
        lines: Vec::new(),
        herd: Herd {
            wanted,
            limited_by_descriptors: wanted > room,
            ..Herd::default()
        },
    };
    let mut opened = stream::iter(opening).buffer_unordered(OPENING);
    while let Some((child, line)) = opened.next().await {
        match line {
            Ok(line) => gathered.lines.push((child, line)),
            Err(error) => {
                let cause = match error {
                    LoadError::Connect { cause, .. } => cause,
                    other => other.to_string(),
                };
                *gathered.herd.connect_errors.entry(cause).or_default() += 1;
            }
        }
    }
    gathered.herd.held = gathered.lines.len();
    gathered.herd.opening_seconds = (run.clock.monotonic() - began).as_secs_f64();
    gathered
}

/// Sends all births at once, each until it is answered, and tells what was seen.
pub async fn release(run: &Arc<Run>, gathered: Gathered, within: Duration) -> Result<(Seen, Herd), LoadError> {
    let Gathered { lines, mut herd } = gathered;
    let mut shares: Vec<Vec<(usize, Line)>> = (0..WORKERS).map(|_| Vec::new()).collect();
    for (index, line) in lines.into_iter().enumerate() {
        shares[index % WORKERS].push(line);
    }
    let mut workers = JoinSet::new();
    for (worker, lines) in shares.into_iter().enumerate() {
        let desk = Desk::new(run, worker)?;
        workers.spawn(async move {
            let calls: stream::FuturesUnordered<_> =
                lines.iter().map(|(child, line)| send(&desk, line, *child)).collect();
            calls.collect::<()>().await;
            // The connections stay open until the last of this worker's children is served.
            drop(lines);
            desk.seen()
        });
    }
    let mut seen = Seen::new(run.options.deadline)?;
    let mut time_up = std::pin::pin!(tokio::time::sleep(within));
    loop {
        tokio::select! {
            joined = workers.join_next() => match joined {
                Some(theirs) => seen.add(&theirs?),
                None => break,
            },
            () = &mut time_up, if !run.stop.is_cancelled() => run.stop.cancel(),
        }
    }
    herd.served = seen.births.counts.answered();
    if herd.served == herd.held as u64 {
        herd.all_served_after_seconds = Some(seen.births.latency.max() as f64 / 1e6);
    }
    Ok((seen, herd))
}

async fn send(desk: &Desk, line: &Line, child: usize) {
    let call = Call {
        child,
        intended: Duration::ZERO,
        repeats: false,
    };
    unary::serve(desk, line, call).await;
}

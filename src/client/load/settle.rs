//! Sending until there is an answer: before the time starts, and after it has ended.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::wire::Line;
use super::{Child, End, Heard, Notes, Resend, Stock};
use crate::client::Patience;
use crate::client::patience::chance;
use crate::shell::{Clock, random};

/// Children under way at a time, over all connections.
const IN_FLIGHT: usize = 256;
/// How long one sending may take.
const ATTEMPT: Duration = Duration::from_secs(10);

/// What it takes to settle children.
pub struct Settling<'a> {
    /// All children.
    pub stock: &'a Stock,
    /// Where answers are noted.
    pub notes: &'a Notes,
    /// Over which connections.
    pub lines: &'a [Line],
    /// The clock.
    pub clock: &'a Arc<dyn Clock>,
    /// Ends it early.
    pub stop: &'a CancellationToken,
    /// For how long to go on.
    pub within: Duration,
}

/// How it went.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Settled {
    /// Children that had no answer.
    pub children: u64,
    /// Of these, those that have one now.
    pub answered: u64,
    /// How the last sending of one that was given up ended, if any was.
    pub trouble: Option<String>,
}

impl Settling<'_> {
    /// Sends each of these children that has no final answer, as told, until it has one.
    pub async fn settle(&self, children: impl Iterator<Item = &Child>) -> Settled {
        let give_up_at = self.clock.monotonic() + self.within;
        let open: Vec<_> = children.filter(|child| !child.is_answered()).collect();
        let all = open.len() as u64;
        let sending = open.into_iter().zip(self.lines.iter().cycle());
        let ends = stream::iter(sending).map(|(child, line)| self.persist(child, line, give_up_at));
        let settled = Settled {
            children: all,
            ..Settled::default()
        };
        ends.buffer_unordered(IN_FLIGHT)
            .fold(settled, async |mut settled, end| {
                match end {
                    End::Answered(_) => settled.answered += 1,
                    End::Refused(trouble) => settled.trouble = Some(trouble.to_string()),
                    other => settled.trouble = Some(format!("{other:?}")),
                }
                settled
            })
            .await
    }

    async fn persist(&self, child: &Child, line: &Line, give_up_at: Duration) -> End {
        let mut failures = 0;
        loop {
            if child.sending() {
                self.notes.intend(child);
            }
            let issue = line.issue(&child.office, child.message.clone(), ATTEMPT);
            let end = timeout(ATTEMPT, issue).await.map_or(End::Missed, End::of);
            if let End::Answered(answer) = &end {
                if child.answered(answer) == Heard::First {
                    self.notes.answered(child, answer);
                }
                return end;
            }
            failures += 1;
            let wait = end.resend_after(Resend::AsTold, failures, &Patience::default(), chance(random::bytes()));
            let Some(wait) = wait.filter(|wait| self.clock.monotonic() + *wait < give_up_at) else {
                return end;
            };
            if self.stop.run_until_cancelled(sleep(wait)).await.is_none() {
                return end;
            }
        }
    }
}

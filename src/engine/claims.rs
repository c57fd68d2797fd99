//! Claiming work at the lease, between the queue and the turns: what another server has in hand waits, and what it has
//! answered is looked up instead of taking a turn.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use super::admission::Source;
use super::replays::Kept;
use super::work::{Work, claim_of};
use super::{Shared, open};
use crate::lease::{Claimed, Hint};
use crate::protocol::{Command, Decided, Reply, Told};
use crate::refusal::Refusal;
use crate::shell::random;
use crate::store::{Reader, Store, StoreError};

/// Shortest pause before a key in hand elsewhere is asked for again; the longest is three times that.
const ASK_AGAIN: Duration = Duration::from_millis(10);

/// Puts the claiming between a queue and the turns, where there is a lease to ask.
pub(super) fn between<S: Store>(shared: &Arc<Shared<S>>) -> Source {
    let queue = Arc::clone(&shared.queue);
    if !shared.lease.shared() {
        return Source::Queue(queue);
    }
    // As much as one turn takes: what waits beyond that waits unclaimed, where other servers can have it.
    let (turns, granted) = mpsc::channel(shared.limits.batch);
    let claims = Claims {
        shared: Arc::clone(shared),
        queue: Source::Queue(queue),
        turns,
        elsewhere: Vec::new(),
    };
    let ended_by_a_fault = shared.fatal.clone().drop_guard();
    tokio::spawn(async move {
        claims.run().await;
        ended_by_a_fault.disarm();
    });
    Source::Claimed(granted)
}

struct Claims<S> {
    shared: Arc<Shared<S>>,
    queue: Source,
    turns: mpsc::Sender<Work>,
    /// Work that another server has in hand.
    elsewhere: Vec<Work>,
}

impl<S: Store> Claims<S> {
    /// Claims until the queue is closed, and nothing waits for another server.
    async fn run(mut self) {
        let limit = self.shared.limits.batch;
        let mut open = true;
        while open || !self.elsewhere.is_empty() {
            let mut batch = Vec::new();
            tokio::select! {
                more = self.queue.take(limit, &mut batch), if open => open = more,
                () = tokio::time::sleep(random::jitter(ASK_AGAIN)), if !self.elsewhere.is_empty() => {
                    batch = std::mem::take(&mut self.elsewhere);
                }
            }
            self.claim(batch).await;
        }
    }

    /// Claims a batch in one round trip, and sends each piece of work where it belongs.
    async fn claim(&mut self, batch: Vec<Work>) {
        // While nobody else writes there is nobody to agree with. The first turn that finds another's entries ends that.
        if self.shared.fresh.alone() {
            for work in batch {
                self.send(work).await;
            }
            return;
        }
        let claims: Vec<_> = batch.iter().filter_map(|work| claim_of(&work.command)).collect();
        let mut claimed = self.shared.lease.claim(&claims).await.into_iter();
        let mut answered = Vec::new();
        for mut work in batch {
            let asked = matches!(work.command, Command::Issue(_));
            match asked.then(|| claimed.next()).flatten() {
                Some(Claimed::Elsewhere) => self.wait(work),
                Some(Claimed::Answered(hint)) => answered.push((work, hint)),
                outcome => {
                    work.claimed = outcome == Some(Claimed::Granted);
                    self.send(work).await;
                }
            }
        }
        if !answered.is_empty() {
            let (shared, turns) = (Arc::clone(&self.shared), self.turns.clone());
            tokio::spawn(async move { look_up(&shared, answered, &turns).await });
        }
    }

    /// Keeps work for a while, as long as somebody waits for it and not for ever.
    fn wait(&mut self, work: Work) {
        let waited = self.shared.clock.monotonic().saturating_sub(work.queued);
        let limits = &self.shared.limits;
        let room = self.elsewhere.len() < limits.queue;
        if room && waited < limits.answer_within && !work.answer.deserted(&self.shared.flights) {
            return self.elsewhere.push(work);
        }
        self.shared.in_hand.release(&work.held);
        let retry_after = random::jitter(self.shared.limits.retry_after);
        work.answer
            .give(&self.shared.flights, Err(Refusal::InProgress { retry_after }));
    }

    async fn send(&self, work: Work) {
        // The turns end before this only when the process does.
        let _ = self.turns.send(work).await;
    }
}

/// Answers work from the decisions it is said to have; what does not stand there takes a turn.
async fn look_up<S: Store>(shared: &Shared<S>, answered: Vec<(Work, Hint)>, turns: &mpsc::Sender<Work>) {
    let followed = shared.replays.followed();
    let mut positions: Vec<_> = answered.iter().map(|(_, hint)| hint.position).collect();
    positions.sort_unstable();
    positions.dedup();
    let known = match shared.store.reader().entries_at(&positions).await {
        Ok(known) => known,
        Err(error) => return unavailable(shared, answered, &error),
    };
    for (work, hint) in answered {
        let at = known.binary_search_by_key(&hint.position, |known| known.entry.position);
        let decided = at.ok().map(|at| open::open(&shared.keys, known[at].clone()));
        let reply = decided
            .and_then(Result::ok)
            .and_then(|decided| said(&work, hint, &decided));
        let Some(reply) = reply else {
            // The turns end before this only when the process does.
            let _ = turns.send(work).await;
            continue;
        };
        metrics::counter!("dinhdanh_replays_total", "from" => "lease").increment(1);
        if let Command::Issue(issue) = &work.command {
            let kept = Kept {
                request: issue.draft.request.clone(),
                digest: issue.draft.digest,
                as_sent: issue.as_sent,
                reply: &reply,
            };
            shared.replays.keep(followed, [kept]);
        }
        shared.in_hand.release(&work.held);
        work.answer.give(&shared.flights, Ok(Told::Birth(reply)));
    }
}

/// The answer to a command, if the decision it is said to have is one on its very request and content.
fn said(work: &Work, hint: Hint, decided: &Decided) -> Option<Reply> {
    let Command::Issue(issue) = &work.command else {
        return None;
    };
    let entry = &decided.known.entry;
    let its_own = entry.request == issue.draft.request
        && entry.epoch == hint.epoch
        && entry.digest == hint.digest
        && entry.digest == issue.draft.digest;
    its_own.then(|| decided.reply(true)).flatten()
}

fn unavailable<S>(shared: &Shared<S>, answered: Vec<(Work, Hint)>, error: &StoreError) {
    tracing::warn!(%error, commands = answered.len(), "the store did not answer a look-up");
    for (work, _) in answered {
        shared.in_hand.release(&work.held);
        let retry_after = random::jitter(shared.limits.retry_after);
        work.answer
            .give(&shared.flights, Err(Refusal::StoreUnavailable { retry_after }));
    }
}

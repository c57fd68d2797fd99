//! Settling what was handed out, while there is a line.

use std::collections::HashSet;
use std::sync::Arc;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{BlockState, HeldBlock, Item, ItemState, Journal, MissionError, Told};
use crate::client::run::End;
use crate::client::{Caller, Client, Failure, Refusal, Trouble, Unanswered, settles_earlier_sendings, state_name};
use crate::number::Prefix;
use crate::proto::v1;
use crate::proto::v1::settle_number_response::Outcome;
use crate::shell::Clock;

/// How many items are marked as sent together.
const WINDOW: u32 = 64;
const DAY: i64 = 24 * 3600 * 1_000_000;

/// What came of a sync. What became of each number is in the journal.
#[derive(Clone, Debug)]
pub struct Synced {
    /// How many answers came.
    pub answered: u64,
    /// How many blocks were reserved.
    pub reserved: u64,
    /// How many blocks were closed.
    pub closed: u64,
    /// How many old items were wiped.
    pub purged: u64,
    /// Blocks of which the service knows numbers that this journal has not handed out.
    pub doubted: Vec<Uuid>,
    /// Reservations that the service refused: the first six digits of the block's numbers, and why. They are forgotten.
    pub refused: Vec<(Prefix, Trouble)>,
    /// Blocks that were not closed, since numbers of theirs are not settled yet.
    pub unsettled: Vec<Uuid>,
    /// How it ended.
    pub end: End,
}

/// Settles what was handed out, reserves and closes what blocks are to be, compares the journal with the service, and wipes what is
/// old. It may be stopped or killed at any moment, and run again: every item keeps its request id.
///
/// # Errors
/// [`MissionError`] if the journal fails; nothing more is sent then.
pub async fn sync(
    journal: &mut Journal,
    client: &Client,
    caller: &Caller,
    clock: &Arc<dyn Clock>,
    stop: &CancellationToken,
) -> Result<Synced, MissionError> {
    let mut line = Line {
        client,
        caller,
        clock,
        halt: stop.child_token(),
        synced: Synced {
            answered: 0,
            reserved: 0,
            closed: 0,
            purged: 0,
            doubted: Vec::new(),
            refused: Vec::new(),
            unsettled: Vec::new(),
            end: End::Finished,
        },
    };
    line.settle(journal).await?;
    for block in journal.blocks().await? {
        if line.halt.is_cancelled() {
            break;
        }
        match block.state {
            BlockState::Asked => line.reserve(journal, &block).await?,
            BlockState::Open | BlockState::Doubted => line.compare(journal, &block).await?,
            BlockState::Closed => {}
        }
    }
    if stop.is_cancelled() && line.synced.end == End::Finished {
        line.synced.end = End::Stopped;
    }
    let now = journal.time(clock.now().as_microsecond()).await?;
    let keep = i64::from(journal.setup().keep_days) * DAY;
    line.synced.purged = journal.purge(now - keep).await?;
    Ok(line.synced)
}

/// The line to the service, and what came over it so far.
struct Line<'a> {
    client: &'a Client,
    caller: &'a Caller,
    clock: &'a Arc<dyn Clock>,
    /// Cancelled when nothing more is to be begun or sent again.
    halt: CancellationToken,
    synced: Synced,
}

type Answer = Result<Result<v1::SettleNumberResponse, Refusal>, Unanswered>;

impl Line<'_> {
    async fn settle(&mut self, journal: &mut Journal) -> Result<(), MissionError> {
        let mut last = 0;
        while !self.halt.is_cancelled() {
            let now = journal.time(self.clock.now().as_microsecond()).await?;
            let items = journal.begin_sending(last, WINDOW, now).await?;
            let Some(newest) = items.last() else { break };
            last = newest.turn;
            let mut under_way = JoinSet::new();
            for item in items {
                let (client, caller, halt) = (self.client.clone(), self.caller.clone(), self.halt.clone());
                under_way.spawn(async move {
                    let answer = client
                        .settle_number(&caller, &request(&item), item.may_have_been_sent(), &halt)
                        .await;
                    (item, answer)
                });
            }
            while let Some(joined) = under_way.join_next().await {
                // A task that failed tells nothing: its item stays as sent, and is sent again by the next run.
                if let Ok((item, answer)) = joined {
                    self.note(journal, &item, answer, now).await?;
                }
            }
        }
        Ok(())
    }

    /// Notes an answer, at the time of its window: to ask for the time is a write of its own.
    async fn note(&mut self, journal: &mut Journal, item: &Item, answer: Answer, now: i64) -> Result<(), MissionError> {
        let unanswered = match answer.map(read) {
            Ok(Some(answer)) => {
                self.synced.answered += 1;
                if answer.1.says_given_twice()
                    && let Some(block) = item.block()
                {
                    journal.stands(block, BlockState::Doubted).await?;
                }
                return journal.answered(item, (answer.0, &answer.1), now).await;
            }
            Ok(None) => Unanswered::NotUnderstood,
            Err(unanswered) => unanswered,
        };
        match unanswered {
            Unanswered::TimeUp(trouble) => self.end(End::Silent(trouble)),
            Unanswered::NotAccepted(trouble) | Unanswered::Uncertain(trouble) => self.end(End::NotAccepted(trouble)),
            Unanswered::Stopped(_) | Unanswered::NotUnderstood => {}
        }
        Ok(())
    }

    async fn reserve(&mut self, journal: &mut Journal, block: &HeldBlock) -> Result<(), MissionError> {
        let request = journal.request_of(block)?;
        match self.client.reserve_block(self.caller, request, &self.halt).await {
            Ok(response) => {
                let note = response.block.unwrap_or_default().signed_note;
                journal.reserved(block, &note).await?;
                self.synced.reserved += 1;
            }
            Err(Failure::Refused { trouble, .. }) if settles_earlier_sendings(trouble.code) => {
                journal.drop_wanted(block.id).await?;
                self.synced.refused.push((block.prefix, trouble));
            }
            Err(failure) => self.failed(failure),
        }
        Ok(())
    }

    /// Closes a block that is to be closed, and sees whether the service knows more of it than the journal.
    async fn compare(&mut self, journal: &mut Journal, block: &HeldBlock) -> Result<(), MissionError> {
        let answer = match block.closing {
            Some(_) if unsettled(journal).await?.contains(&block.id.to_string()) => {
                self.synced.unsettled.push(block.id);
                return Ok(());
            }
            Some(closing) => {
                let request = v1::CloseBlockRequest {
                    request_id: closing.to_string(),
                    block_id: block.id.to_string(),
                };
                let closed = self.client.close_block(self.caller, request, &self.halt).await;
                closed.map(|closed| closed.block)
            }
            None => {
                let block_id = block.id.to_string();
                let asked = self
                    .client
                    .block(self.caller, v1::GetBlockRequest { block_id }, &self.halt);
                asked.await.map(|answer| answer.block)
            }
        };
        match answer {
            Ok(known) => self.compared(journal, block, &known.unwrap_or_default()).await,
            Err(failure) => {
                self.failed(failure);
                Ok(())
            }
        }
    }

    async fn compared(
        &mut self,
        journal: &mut Journal,
        block: &HeldBlock,
        known: &v1::Block,
    ) -> Result<(), MissionError> {
        let used = i64::from(block.numbers) - i64::from(known.unused);
        let clock = self.clock.now().as_microsecond();
        match known.state() {
            v1::BlockState::Closed => {
                self.synced.closed += u64::from(block.closing.is_some());
                journal.stands(block.id, BlockState::Closed).await
            }
            _ if used > i64::from(block.handed_out) || block.state == BlockState::Doubted => {
                self.synced.doubted.push(block.id);
                journal.stands(block.id, BlockState::Doubted).await
            }
            // The service's clock says that a clock which was once far ahead did not tell the truth.
            v1::BlockState::Open if clock < block.expires_at => journal.trust(clock).await,
            _ => Ok(()),
        }
    }

    fn failed(&mut self, failure: Failure) {
        match failure {
            Failure::Refused { trouble, .. } => self.end(End::NotAccepted(trouble)),
            Failure::TimeUp(trouble) => self.end(End::Silent(trouble)),
            Failure::Stopped(_) => {}
        }
    }

    /// Ends the run early; the first reason counts.
    fn end(&mut self, end: End) {
        if self.synced.end == End::Finished {
            self.synced.end = end;
        }
        self.halt.cancel();
    }
}

/// The blocks of which something is not known to the service, or not decided by it.
async fn unsettled(journal: &mut Journal) -> Result<HashSet<String>, MissionError> {
    let open = [ItemState::Kept, ItemState::Sent, ItemState::Waiting, ItemState::Refused];
    let items = journal.items().await?;
    let items = items.iter().filter(|item| open.contains(&item.state));
    Ok(items
        .filter_map(|item| item.content.handed())
        .map(|handed| handed.block_id.clone())
        .collect())
}

fn request(item: &Item) -> v1::SettleNumberRequest {
    let handed = item.content.handed().cloned().unwrap_or_default();
    v1::SettleNumberRequest {
        request_id: item.request_id.to_string(),
        block_id: handed.block_id,
        number: handed.number,
        registration: Some(item.content.message().clone()),
        handed_out_at: handed.handed_out_at,
    }
}

/// Where an answer leaves an item; nothing if it makes no sense.
fn read(answer: Result<v1::SettleNumberResponse, Refusal>) -> Option<(ItemState, Told)> {
    Some(match answer {
        Ok(response) => match response.outcome? {
            Outcome::Settled(number) => {
                let told = Told {
                    number_state: state_name(number.state()),
                    replaced_by: number.replaced_by,
                    ..Told::default()
                };
                (ItemState::Settled, told)
            }
            Outcome::UnderReview(review) => {
                let told = Told {
                    case_id: review.case_id,
                    ..Told::default()
                };
                (ItemState::UnderReview, told)
            }
        },
        Err(Refusal::Decided(trouble)) => (ItemState::Rejected, refused(trouble)),
        Err(Refusal::NothingWritten(trouble)) => (state_after(&trouble), refused(trouble)),
    })
}

fn refused(trouble: Trouble) -> Told {
    Told {
        reason: trouble.reason,
        fields: trouble.fields,
        ..Told::default()
    }
}

fn state_after(trouble: &Trouble) -> ItemState {
    match trouble.reason.as_str() {
        "CASE_OPEN" => ItemState::Waiting,
        // The case that the registration waited for was decided against it, or withdrawn.
        "WRONG_STATE" if trouble.fields == ["registration"] => ItemState::Rejected,
        _ => ItemState::Refused,
    }
}

//! Taking in births: known answers first, then what can still be done in time.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use uuid::Uuid;

use super::admission::Shed;
use super::flights::Joined;
use super::waiting::Waiting;
use super::work::{self, Answer, Work};
use super::{Doorkeeper, Engine, Lane, Sender, Urgency, left, prepare};
use crate::ledger::{IndexKey, RequestKey};
use crate::proto::v1;
use crate::protocol::{Command, Reply, issue_digest, sent_digest};
use crate::refusal::Refusal;
use crate::registration::{Content, Handed, HandedText, Registration, Violation, check_handed_out};
use crate::store::Store;

/// A birth as it was sent.
#[derive(Debug, Clone)]
pub struct Birth<'a> {
    /// The registration.
    pub registration: &'a v1::BirthRegistration,
    /// The number that a mission has handed out to the child.
    pub handed: Option<HandedText>,
}

impl<'a> From<&'a v1::BirthRegistration> for Birth<'a> {
    fn from(registration: &'a v1::BirthRegistration) -> Self {
        Self {
            registration,
            handed: None,
        }
    }
}

impl Birth<'_> {
    /// The form in which it is kept.
    pub(super) fn content(&self) -> Content {
        match &self.handed {
            None => Content::of(self.registration),
            Some(handed) => Content::handed_out(self.registration, handed.clone()),
        }
    }
}

/// A birth whose fields are good.
struct Checked {
    request: RequestKey,
    content: Arc<Content>,
    facts: Arc<Registration>,
    handed: Option<Handed>,
    index: Arc<IndexKey>,
    digest: [u8; 16],
    as_sent: [u8; 16],
}

impl<S: Store> Engine<S> {
    /// Gives a number to a registered birth, or settles the one that was handed out to it; or tells what became of it before.
    ///
    /// # Errors
    /// Any [`Refusal`] that the contract names for this call.
    pub async fn issue(
        &self,
        sender: &Sender,
        request: RequestKey,
        birth: impl Into<Birth<'_>>,
        urgency: Urgency,
    ) -> Result<Reply, Refusal> {
        let birth = birth.into();
        let shared = &self.shared;
        let admitted = self.in_time(&sender.office, urgency);
        // A refusal is cheapest before anything is looked at: but what may be known is told all the same.
        let may_be_known = || self.may_be_known(&request);
        if let Err(shed) = admitted
            && !may_be_known()
        {
            return Err(self.refusal(shed));
        }
        let index = shared.keys.index.current();
        let as_sent = sent_digest(&shared.keys.names, birth.registration, birth.handed.as_ref());
        if let Some(reply) = shared.replays.resent(&request, &as_sent, shared.clock.monotonic()) {
            metrics::counter!("dinhdanh_replays_total", "from" => "cache").increment(1);
            return Ok(reply);
        }
        // Behind a pointer from the start: what a call holds while it waits is moved about with it.
        let content = Arc::new(birth.content());
        let digest = issue_digest(&index, &content);
        if let Some(reply) = shared.replays.get(&request, &digest, shared.clock.monotonic()) {
            metrics::counter!("dinhdanh_replays_total", "from" => "cache").increment(1);
            return Ok(reply);
        }
        if !shared.flights.under_way(&request, &digest)
            && let Err(refusal) = self.let_in(admitted, &sender.office, urgency.lane)
        {
            if !may_be_known() {
                return Err(refusal);
            }
            let known = self.known(&request, &content, &digest, urgency.patience).await;
            return known.ok().flatten().unwrap_or(Err(refusal));
        }
        let (facts, handed) = match self.check(&content) {
            Ok((facts, handed)) => (Arc::new(facts), handed),
            // A known request id comes before the fields.
            Err(violations) => {
                let known = self.known(&request, &content, &digest, urgency.patience).await?;
                return known.unwrap_or(Err(Refusal::InvalidField(violations)));
            }
        };
        let until = urgency.patience.map(|patience| shared.clock.monotonic() + patience);
        let (reply, answer) = oneshot::channel();
        let checked = |request| Checked {
            request,
            content,
            facts,
            handed,
            index,
            digest,
            as_sent,
        };
        match shared.flights.join(&request, &digest, reply, until) {
            Joined::Following => {
                metrics::counter!("dinhdanh_replays_total", "from" => "flight").increment(1);
                let reply = answer.await.map_err(|_| Refusal::Bug)??;
                return Ok(Reply {
                    replayed: true,
                    ..reply
                });
            }
            Joined::Leading => {
                let answer = Answer::Flight(request.clone());
                self.lead(sender, checked(request), answer, urgency.lane).await;
            }
            Joined::Apart(reply) => {
                self.lead(sender, checked(request), Answer::One(reply, until), urgency.lane)
                    .await;
            }
        }
        answer.await.map_err(|_| Refusal::Bug)?
    }

    /// Reads a birth's facts, and the number that was handed out.
    pub(super) fn check(&self, content: &Content) -> Result<(Registration, Option<Handed>), Vec<Violation>> {
        let now = self.shared.clock.now().as_microsecond();
        check_handed_out(content, self.shared.rules.codes, self.today(), now)
    }

    /// Whether a new call of this office would be done in time. An item of a stream waits for room instead.
    fn in_time(&self, office: &str, urgency: Urgency) -> Result<(), Shed> {
        if urgency.lane == Lane::Bulk {
            return Ok(());
        }
        self.shared.queue.admits(urgency.lane, office, left(urgency.patience))
    }

    /// Whether a request may be known, or is under way. If not, it is surely new.
    fn may_be_known(&self, request: &RequestKey) -> bool {
        self.shared.fresh.may_know(request) || self.shared.flights.has(request)
    }

    /// Lets a call in that would be done in time and is within its office's quota. An item of a stream is paced by its
    /// stream instead.
    fn let_in(&self, in_time: Result<(), Shed>, office: &str, lane: Lane) -> Result<(), Refusal> {
        in_time.map_err(|shed| self.refusal(shed))?;
        match lane {
            Lane::Bulk => Ok(()),
            _ => self.within_quota(office),
        }
    }

    /// What was decided on a request that was sent before: its answer, or that it was sent with other content.
    async fn known(
        &self,
        request: &RequestKey,
        content: &Content,
        digest: &[u8; 16],
        patience: Option<Duration>,
    ) -> Result<Option<Result<Reply, Refusal>>, Refusal> {
        let known = self.decided(request, patience).await?;
        Ok(known.map(|known| match known.says_the_same(false, digest, content) {
            true => known.reply(true).ok_or(Refusal::Bug),
            false => Err(Refusal::RequestIdReused(known.differing(content))),
        }))
    }

    /// Does the work of a flight up to the queue. Whatever stops it, everybody on the flight is answered.
    async fn lead(&self, sender: &Sender, birth: Checked, answer: Answer, lane: Lane) {
        let Checked {
            request,
            content,
            facts,
            handed,
            index,
            digest,
            as_sent,
        } = birth;
        let (keys, rules) = (&self.shared.keys, &self.shared.rules);
        match prepare::issue(
            (keys, &index),
            rules,
            sender,
            request,
            content,
            (facts, handed),
            (digest, as_sent),
        ) {
            Ok(command) => {
                let command = Command::Issue(Box::new(command));
                self.enqueue(command, &sender.office, answer, lane).await;
            }
            Err(error) => {
                tracing::error!(%error, "a command could not be sealed");
                answer.give(&self.shared.flights, Err(Refusal::Bug));
            }
        }
    }

    /// Queues a command; if it cannot be queued, everybody who waits for it is told why.
    pub(super) async fn enqueue(&self, command: Command, office: &str, answer: Answer, lane: Lane) {
        let shared = &self.shared;
        let held = work::lease_keys(&command);
        let mut work = Waiting::new(
            shared,
            Work {
                command,
                lane,
                answer,
                held,
                claimed: false,
                queued: shared.clock.monotonic(),
                in_turns: None,
                bulk_in_turns: None,
            },
        );
        let Some(_entering) = shared.queue.enter() else {
            return work.refuse(self.refusal(Shed::Draining));
        };
        let room = match lane {
            Lane::Bulk => shared.queue.room_for_bulk().await,
            _ => None,
        };
        if !work.enter(&shared.queue, office, room) {
            work.refuse(self.refusal(Shed::Overloaded));
        }
    }
}

impl<S: Store> Doorkeeper for Engine<S> {
    fn turns_away(&self, office: &str, request: Uuid) -> Option<Duration> {
        let Err(Shed::Overloaded) = self.shared.queue.admits(Lane::Births, office, None) else {
            return None;
        };
        let request = RequestKey {
            id: request,
            office: office.to_owned(),
        };
        (!self.may_be_known(&request)).then(|| self.overloaded())
    }
}

//! Entering births again that were answered before the store lost that.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::work::Answer;
use super::{Engine, Lane, Sender, prepare};
use crate::ledger::RequestKey;
use crate::number::Number;
use crate::proto::v1;
use crate::protocol::{Command, Issue, Reply, issue_digest, sent_digest};
use crate::refusal::Refusal;
use crate::registration::Content;
use crate::store::Store;

impl<S: Store> Engine<S> {
    /// Gives a birth the number again that its office was told, under the request that was answered with it; or tells what
    /// became of that request since.
    ///
    /// # Errors
    /// [`Refusal::WrongState`] of `number` where no recovery passed it over or somebody has it, and of `registration.child`
    /// where the child may have another; and any [`Refusal`] that the contract names for a birth.
    pub async fn reenter(
        &self,
        sender: &Sender,
        request: RequestKey,
        registration: &v1::BirthRegistration,
        number: Number,
    ) -> Result<Reply, Refusal> {
        let shared = &self.shared;
        let content = Arc::new(Content::of(registration));
        let (facts, handed) = self.check(&content).map_err(Refusal::InvalidField)?;
        let (keys, index) = (&shared.keys, shared.keys.index.current());
        let sent = sent_digest(&keys.names, registration, None);
        let digests = (issue_digest(&index, &content), sent);
        let facts = (Arc::new(facts), handed);
        let made = prepare::issue((keys, &index), &shared.rules, sender, request, content, facts, digests);
        let made = made.map_err(|error| {
            tracing::error!(%error, "a command could not be sealed");
            Refusal::Bug
        })?;
        let command = Command::Issue(Box::new(Issue {
            told: Some(number),
            ..made
        }));
        let (reply, answer) = oneshot::channel();
        self.enqueue(command, &sender.office, Answer::One(reply, None), Lane::Bulk)
            .await;
        answer.await.map_err(|_| Refusal::Bug)?
    }
}

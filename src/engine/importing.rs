//! Taking in what is known elsewhere, in the lane that takes what births leave.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use super::work::Answer;
use super::{Engine, Lane, Sender, prepare};
use crate::ledger::RequestKey;
use crate::places::Gazetteer;
use crate::protocol::{Brings, Command};
use crate::refusal::Refusal;
use crate::registration::{Content, check_brought};
use crate::store::Store;

impl<S: Store> Engine<S> {
    /// Takes in an item of an import, or tells what became of it before.
    ///
    /// # Errors
    /// Any [`Refusal`] that the contract names for this call.
    pub async fn import(
        &self,
        sender: &Sender,
        request: RequestKey,
        content: Content,
        patience: Option<Duration>,
    ) -> Result<Brings, Refusal> {
        let shared = &self.shared;
        let checked = match check_brought(&content, shared.rules.codes, self.today()) {
            Ok((facts, brought)) => (Arc::new(facts), brought),
            // A known request id comes before the fields.
            Err(violations) => {
                let known = self.decided(&request, patience).await?;
                return Err(match known {
                    Some(known) => Refusal::RequestIdReused(known.differing(&content)),
                    None => Refusal::InvalidField(violations),
                });
            }
        };
        let content = Arc::new(content);
        let known = Gazetteer {
            codes: shared.rules.codes,
            units: &shared.units(),
        };
        let made = prepare::import(&shared.keys, &known, sender, request, content, checked);
        let command = made.map_err(|error| {
            tracing::error!(%error, "a command could not be sealed");
            Refusal::Bug
        })?;
        let until = patience.map(|patience| shared.clock.monotonic() + patience);
        let (reply, answer) = oneshot::channel();
        let command = Command::Import(Box::new(command));
        self.enqueue(command, &sender.office, Answer::Import(reply, until), Lane::Bulk)
            .await;
        answer.await.map_err(|_| Refusal::Bug)?
    }
}

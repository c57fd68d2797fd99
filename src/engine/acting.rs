//! Taking in what the two sides do with numbers: everything but births.

use std::time::Duration;

use tokio::sync::oneshot;

use super::work::Answer;
use super::{Engine, Lane, Sender, Urgency, left};
use crate::ledger::{IndexKey, Moment, RequestKey};
use crate::protocol::asked::{Asked, Misread, Reading};
use crate::protocol::{Act, Command, Done, ReissuePlace, Standpoint};
use crate::refusal::Refusal;
use crate::shell::random;
use crate::store::Store;

impl<S: Store> Engine<S> {
    /// What messages are read by at this moment.
    pub fn reading(&self) -> Reading<'_> {
        Reading {
            codes: self.shared.rules.codes,
            today: self.today(),
        }
    }

    /// The key of names: see [`crate::ledger::KeyRing::names`].
    pub fn names(&self) -> &IndexKey {
        &self.shared.keys.names
    }

    /// The place codes with their dates.
    pub fn codes(&self) -> &'static crate::number::Codes {
        self.shared.rules.codes
    }

    /// The day in Viet Nam.
    pub fn day(&self) -> jiff::civil::Date {
        Moment::new(self.shared.clock.now()).day
    }

    /// Why a command whose message breaks its rules is refused: a known request id comes before the fields.
    pub async fn misread(&self, request: &RequestKey, misread: Misread, patience: Option<Duration>) -> Refusal {
        if let Err(refusal) = self.within_quota(&request.office) {
            return refusal;
        }
        match self.decided(request, patience).await {
            Ok(Some(known)) => Refusal::RequestIdReused(known.differing_from_misread(&misread)),
            Ok(None) => Refusal::InvalidField(misread.violations),
            Err(refusal) => refusal,
        }
    }

    /// Carries a command out, or tells what became of it before.
    ///
    /// # Errors
    /// Any [`Refusal`] that the contract names for this call.
    pub async fn act(
        &self,
        (sender, from): (&Sender, Standpoint),
        request: RequestKey,
        asked: Asked,
        reissue_place: ReissuePlace,
        urgency: Urgency,
    ) -> Result<Done, Refusal> {
        self.within_quota(&sender.office)?;
        let Urgency { lane, patience } = urgency;
        if lane != Lane::Bulk {
            let admitted = self.shared.queue.admits(lane, &sender.office, left(patience));
            admitted.map_err(|shed| self.refusal(shed))?;
        }
        self.carry_out((sender, from), request, asked, reissue_place, urgency)
            .await
    }

    /// The same for a command that was let in.
    pub(super) async fn carry_out(
        &self,
        (sender, from): (&Sender, Standpoint),
        request: RequestKey,
        asked: Asked,
        reissue_place: ReissuePlace,
        Urgency { lane, patience }: Urgency,
    ) -> Result<Done, Refusal> {
        let act = Act {
            request,
            context: sender.context.clone(),
            from,
            fields: asked.fields,
            seed: (random::bytes(), random::bytes()),
            case_id: random::uuid_v4(),
            reissue_place,
            deed: asked.deed,
        };
        let until = patience.map(|patience| self.shared.clock.monotonic() + patience);
        let (reply, answer) = oneshot::channel();
        let command = Command::Act(Box::new(act));
        self.enqueue(command, &sender.office, Answer::Act(reply, until), lane)
            .await;
        answer.await.map_err(|_| Refusal::Bug)?
    }
}

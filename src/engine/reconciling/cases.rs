//! Opening cases about what a comparison found, in the lane that takes what births leave.

use futures_util::future::try_join_all;
use uuid::Uuid;

use super::{Finding, Reconciliation};
use crate::engine::{Lane, Sender, Urgency};
use crate::ledger::RequestKey;
use crate::protocol::asked::Asked;
use crate::protocol::reconcile::report_id;
use crate::protocol::{ReissuePlace, Standpoint};
use crate::refusal::Refusal;
use crate::store::Store;

impl<S: Store> Reconciliation<S> {
    /// Opens a case about every mismatch among these, or names the one that there is about the same.
    ///
    /// # Errors
    /// Any [`Refusal`] of what hinders the service: then some may have been opened, and are named when it is tried again.
    pub async fn open_cases(
        &mut self,
        (sender, from): (&Sender, &Standpoint),
        findings: &mut [Finding],
    ) -> Result<(), Refusal> {
        let opening = findings.iter_mut().filter_map(|finding| {
            let asked = finding.report.take()?;
            Some((&mut finding.case_id, asked))
        });
        let opened = opening.map(|(case_id, asked)| async {
            *case_id = self.open_case((sender, from), *asked).await?;
            Ok(i64::from(case_id.is_some()))
        });
        let opened: Vec<i64> = try_join_all(opened).await?;
        self.place.counts.cases += opened.into_iter().sum::<i64>();
        Ok(())
    }

    async fn open_case(&self, (sender, from): (&Sender, &Standpoint), asked: Asked) -> Result<Option<Uuid>, Refusal> {
        let request = RequestKey {
            id: report_id(&asked, self.place.end, &self.engine.shared.keys.names),
            office: sender.office.clone(),
        };
        let urgency = Urgency {
            lane: Lane::Bulk,
            patience: None,
        };
        // A report gives no number, wherever one would be given.
        let from = (sender, from.clone());
        let done = self
            .engine
            .carry_out(from, request, asked, ReissuePlace::Successor, urgency);
        match done.await {
            Ok(done) => Ok(done.case_id),
            // Both agree by now, or nobody here is known whose matter it is.
            Err(Refusal::WrongState("record") | Refusal::NotYourRegistration) => Ok(None),
            Err(refusal) => Err(refusal),
        }
    }
}

//! Proof that the decision on a number is in the ledger.

use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Caller, Client, Failure};
use crate::ledger::{Bundle, EntryKind, Hash, RequestKey, Statement};
use crate::proto::v1;
use crate::proto::v1::ledger_service_client::LedgerServiceClient;
use crate::registration::moment;

impl Client {
    /// Where the ledger stands, signed.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn checkpoint(&self, caller: &Caller, stop: &CancellationToken) -> Result<String, Failure> {
        let call = |channel, request| async move { LedgerServiceClient::new(channel).get_checkpoint(request).await };
        let request = v1::GetCheckpointRequest {};
        let answer: v1::GetCheckpointResponse = self.call(caller, &request, stop, call).await?;
        Ok(answer.note)
    }

    /// The bundle that proves that the decision on a number is in the ledger: as good as the service says. Whoever relies on
    /// it checks it with the public key. None where the answers make no bundle.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn prove(
        &self,
        caller: &Caller,
        number: v1::GetNumberRequest,
        stop: &CancellationToken,
    ) -> Result<Option<Bundle>, Failure> {
        let number = self.number(caller, number, stop).await?;
        let position = number.number.unwrap_or_default().position;
        let get = |channel, request| async move { LedgerServiceClient::new(channel).get_entry(request).await };
        let request = v1::GetEntryRequest { position };
        let entry: v1::GetEntryResponse = self.call(caller, &request, stop, get).await?;
        let checkpoint = self.checkpoint(caller, stop).await?;
        let prove =
            |channel, request| async move { LedgerServiceClient::new(channel).get_inclusion_proof(request).await };
        let Some(tree_size) = size_in(&checkpoint) else {
            return Ok(None);
        };
        let request = v1::GetInclusionProofRequest { position, tree_size };
        let proof: v1::GetInclusionProofResponse = self.call(caller, &request, stop, prove).await?;
        Ok(bundle(&entry, checkpoint, &proof))
    }
}

/// The size that the text of a checkpoint states, whoever signed it.
fn size_in(checkpoint: &str) -> Option<i64> {
    checkpoint.lines().nth(1)?.parse().ok()
}

fn bundle(entry: &v1::GetEntryResponse, checkpoint: String, proof: &v1::GetInclusionProofResponse) -> Option<Bundle> {
    let statement = Statement {
        epoch: entry.epoch,
        position: entry.position,
        kind: EntryKind::from_code(i64::from(entry.kind) - 1)?,
        at: moment(entry.at?)?,
        request: RequestKey {
            id: Uuid::try_parse(&entry.request_id).ok()?,
            office: entry.office.clone(),
        },
        effects: hash(&entry.effects_commitment)?,
        content: hash(&entry.content_commitment)?,
    };
    Some(Bundle {
        statement,
        checkpoint,
        proof: proof.hashes.iter().map(|bytes| hash(bytes)).collect::<Option<_>>()?,
    })
}

fn hash(bytes: &[u8]) -> Option<Hash> {
    bytes.try_into().ok()
}

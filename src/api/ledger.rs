//! `LedgerService`.

use std::sync::Arc;

use tonic::{Request, Response, Status};

use super::events::{kinds_of, message};
use super::identity::{Caller, Identity};
use super::reception::{Reception, time_for};
use super::roles::Call;
use crate::engine::{Engine, Proof, Recorded};
use crate::ledger::{EntryKind, Hash};
use crate::policy::Role;
use crate::proto::v1;
use crate::proto::v1::ledger_service_server::LedgerService;
use crate::refusal::Refusal;
use crate::registration::{Problem, timestamp};
use crate::store::Store;

/// The service.
pub struct Ledger<S> {
    reception: Reception<S>,
}

impl<S: Store> Ledger<S> {
    /// The service over an engine.
    pub fn new(engine: Arc<Engine<S>>, identity: Arc<dyn Identity>) -> Self {
        Self {
            reception: Reception::new(engine, identity),
        }
    }

    async fn checkpoint(
        &self,
        request: &Request<v1::GetCheckpointRequest>,
    ) -> Result<v1::GetCheckpointResponse, Refusal> {
        let note = self.reception.engine.checkpoint(time_for(request)).await?;
        Ok(v1::GetCheckpointResponse { note })
    }

    async fn entry(
        &self,
        request: &Request<v1::GetEntryRequest>,
        caller: Caller,
    ) -> Result<v1::GetEntryResponse, Refusal> {
        let position = read_position(request.get_ref().position)?;
        let recorded = self.reception.engine.recorded(position, time_for(request)).await?;
        shown(&recorded, &caller).ok_or(Refusal::NoSuchEntry)
    }

    async fn inclusion(
        &self,
        request: &Request<v1::GetInclusionProofRequest>,
    ) -> Result<v1::GetInclusionProofResponse, Refusal> {
        let message = request.get_ref();
        let position = read_position(message.position)?;
        let engine = &self.reception.engine;
        let Proof { size, hashes } = engine.inclusion(position, message.tree_size, time_for(request)).await?;
        Ok(v1::GetInclusionProofResponse {
            leaf_index: position - 1,
            tree_size: size,
            hashes: hashes.iter().map(bytes).collect(),
        })
    }

    async fn consistency(
        &self,
        request: &Request<v1::GetConsistencyProofRequest>,
    ) -> Result<v1::GetConsistencyProofResponse, Refusal> {
        let message = request.get_ref();
        let (first, second) = (message.first_tree_size, message.second_tree_size);
        let proof = self.reception.engine.consistency(first, second, time_for(request));
        let Proof { size, hashes } = proof.await?;
        Ok(v1::GetConsistencyProofResponse {
            first_tree_size: first,
            second_tree_size: size,
            hashes: hashes.iter().map(bytes).collect(),
        })
    }
}

fn read_position(position: i64) -> Result<i64, Refusal> {
    match position {
        0 => Err(Refusal::invalid("position", Problem::Required)),
        1.. => Ok(position),
        _ => Err(Refusal::invalid("position", Problem::UnknownValue)),
    }
}

/// An entry as a caller may see it; none where it does not concern the caller.
fn shown(recorded: &Recorded, caller: &Caller) -> Option<v1::GetEntryResponse> {
    let Recorded {
        statement,
        leaf,
        occurrence,
    } = recorded;
    let kind = kinds_of(occurrence).into_iter().next();
    let event = kind.and_then(|kind| message(occurrence, kind, caller));
    let office = &statement.request.office;
    let own = caller.standpoint.as_ref().is_some_and(|own| own.scope.covers(office));
    if event.is_none() && !own && caller.role != Role::Auditor {
        return None;
    }
    let about = occurrence.decided.known.entry.number.map(|(_, number)| number);
    let about = about.or_else(|| occurrence.given().map(|row| row.number));
    Some(v1::GetEntryResponse {
        position: statement.position,
        epoch: statement.epoch,
        kind: contract_kind(statement.kind).into(),
        office: office.clone(),
        request_id: statement.request.id.to_string(),
        at: Some(timestamp(statement.at)),
        effects_commitment: bytes(&statement.effects),
        content_commitment: bytes(&statement.content),
        leaf_hash: bytes(leaf),
        masked_number: about.map(|number| number.masked()).unwrap_or_default(),
        event,
    })
}

fn bytes(hash: &Hash) -> Vec<u8> {
    hash.to_vec()
}

fn contract_kind(kind: EntryKind) -> v1::EntryKind {
    // Zero says nothing in the contract; the stored codes begin with it.
    let code = i32::try_from(kind.code() + 1).unwrap_or(0);
    v1::EntryKind::try_from(code).unwrap_or(v1::EntryKind::Unspecified)
}

#[tonic::async_trait]
impl<S: Store> LedgerService for Ledger<S> {
    async fn get_checkpoint(
        &self,
        request: Request<v1::GetCheckpointRequest>,
    ) -> Result<Response<v1::GetCheckpointResponse>, Status> {
        let answer = self.checkpoint(&request);
        self.reception.tell(&request, Call::GetCheckpoint, answer).await
    }

    async fn get_entry(&self, request: Request<v1::GetEntryRequest>) -> Result<Response<v1::GetEntryResponse>, Status> {
        let answer = |caller| self.entry(&request, caller);
        self.reception.look_up(&request, Call::GetEntry, answer).await
    }

    async fn get_inclusion_proof(
        &self,
        request: Request<v1::GetInclusionProofRequest>,
    ) -> Result<Response<v1::GetInclusionProofResponse>, Status> {
        let answer = self.inclusion(&request);
        self.reception.tell(&request, Call::GetInclusionProof, answer).await
    }

    async fn get_consistency_proof(
        &self,
        request: Request<v1::GetConsistencyProofRequest>,
    ) -> Result<Response<v1::GetConsistencyProofResponse>, Status> {
        let answer = self.consistency(&request);
        self.reception.tell(&request, Call::GetConsistencyProof, answer).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_entry_has_a_name_in_the_contract() {
        for (kind, _) in EntryKind::ALL {
            let name = contract_kind(kind).as_str_name();
            let told = format!("{kind:?}");
            let words = name.trim_start_matches("ENTRY_KIND_").replace('_', "");
            assert_eq!(words, told.to_uppercase());
        }
    }
}

//! A caller that makes every call of the contract.

use std::ops::Deref;

use dinhdanh::proto::v1;
use dinhdanh::proto::v1::civil_status_service_client::CivilStatusServiceClient;
use dinhdanh::proto::v1::feed_service_client::FeedServiceClient;
use dinhdanh::proto::v1::get_issuance_response::Outcome;
use dinhdanh::proto::v1::read_events_response;
use tonic::Code;
use tonic::transport::Channel;

use super::calls::Call;
use super::office::{Office, issued};
use super::told::{Told, told, told_of};

/// An office in one of its roles, on a connection.
pub struct Desk {
    pub channel: Channel,
    office: Office,
}

impl Deref for Desk {
    type Target = Office;

    fn deref(&self) -> &Office {
        &self.office
    }
}

impl Desk {
    /// An office of this code, in a role.
    pub fn new(channel: Channel, code: &str, role: &str) -> Self {
        Self {
            office: Office::new(channel.clone(), code).role(role),
            channel,
        }
    }

    /// The same office with one more entry in the metadata of its calls.
    pub fn saying(&self, name: &'static str, value: &str) -> Self {
        Self {
            channel: self.channel.clone(),
            office: self.office.with(name, value),
        }
    }

    /// The same office in another role.
    pub fn acting_as(&self, role: &str) -> Self {
        Self {
            channel: self.channel.clone(),
            office: self.office.role(role),
        }
    }

    /// What a call is answered, which must succeed.
    pub async fn does<C: Call>(&self, message: C) -> C::Answer {
        let answer = message.sent_by(self).await;
        answer.unwrap_or_else(|status| panic!("{status:?}"))
    }

    /// Why a call is refused, which must not succeed.
    pub async fn is_refused<C: Call>(&self, message: C) -> Told {
        match message.sent_by(self).await {
            Ok(_) => panic!("the call was not refused"),
            Err(status) => told(&status),
        }
    }

    /// A number, which the caller must be shown.
    pub async fn number_of(&self, number: &str) -> v1::Number {
        self.get(number).await.unwrap().number.unwrap()
    }

    /// That a number does not exist for this caller.
    pub async fn knows_no_number(&self, number: &str) {
        let refused = told(&self.get(number).await.unwrap_err());
        assert_eq!(refused.what(), (Code::NotFound, "NO_SUCH_NUMBER"));
    }

    /// A case, which the caller must be shown.
    pub async fn case(&self, case_id: &str) -> v1::Case {
        let asked = v1::GetCaseRequest {
            case_id: case_id.to_owned(),
        };
        self.does(asked).await.case.unwrap()
    }

    /// That a case does not exist for this caller.
    pub async fn knows_no_case(&self, case_id: &str) {
        let asked = v1::GetCaseRequest {
            case_id: case_id.to_owned(),
        };
        let refused = self.is_refused(asked).await;
        assert_eq!(refused.what(), (Code::NotFound, "NO_SUCH_CASE"));
    }

    /// Every event there is for the caller to see, of these kinds, or of all if none is named.
    pub async fn events(&self, kinds: &[v1::EventKind]) -> Vec<v1::Event> {
        let mut feed = FeedServiceClient::new(self.channel.clone());
        let asked = v1::ReadEventsRequest {
            kinds: kinds.iter().map(|kind| i32::from(*kind)).collect(),
            ..v1::ReadEventsRequest::default()
        };
        let mut stream = feed.read_events(self.sends(asked)).await.unwrap().into_inner();
        let mut told = Vec::new();
        while let Some(answer) = stream.message().await.unwrap() {
            if let Some(read_events_response::Item::Event(event)) = answer.item {
                told.push(*event);
            }
        }
        told
    }

    /// The answers to a stream of changes.
    pub async fn records(&self, changes: Vec<v1::RecordChangeRequest>) -> Vec<v1::RecordChangesResponse> {
        let mut client = CivilStatusServiceClient::new(self.channel.clone());
        let items = futures_util::stream::iter(changes.into_iter().map(item));
        let mut answers = client.record_changes(self.sends(items)).await.unwrap().into_inner();
        let mut all = Vec::new();
        while let Some(answer) = answers.message().await.unwrap() {
            all.push(answer);
        }
        all
    }

    /// The number that a registration has come to: the same by the id of its request, by its reference, and to whoever
    /// sends it again.
    pub async fn outcome(&self, request: &v1::IssueNumberRequest) -> v1::Number {
        let resent = self.issue(request.clone()).await.unwrap();
        assert!(resent.replayed);
        let reference = request.registration.as_ref().unwrap().r#ref.clone().unwrap();
        for answer in [
            self.issuance(&request.request_id).await,
            self.issuance_of(reference).await,
        ] {
            assert_eq!(given(answer.unwrap()), *issued(&resent));
        }
        issued(&resent).clone()
    }

    /// The refusal that a registration has come to: the same by the id of its request, and to whoever sends it again.
    pub async fn rejection(&self, request: &v1::IssueNumberRequest) -> Told {
        let by_id = self.issuance(&request.request_id).await.unwrap();
        let resent = told(&self.issue(request.clone()).await.unwrap_err());
        match by_id.outcome {
            Some(Outcome::Rejected(status)) => {
                let rejected = told_of(&status);
                assert_eq!(rejected.what(), resent.what());
                rejected
            }
            _ => panic!("the registration was not rejected"),
        }
    }
}

/// The number that a registration is said to have.
pub fn given(answer: v1::GetIssuanceResponse) -> v1::Number {
    match answer.outcome {
        Some(Outcome::Issued(number)) => number,
        _ => panic!("the registration has no number"),
    }
}

/// A change as an item of a stream.
fn item(change: v1::RecordChangeRequest) -> v1::RecordChangesRequest {
    let v1::RecordChangeRequest {
        request_id,
        number,
        r#match,
        kind,
        effective_on,
        decision_ref,
        facts,
        update_mask,
    } = change;
    v1::RecordChangesRequest {
        request_id,
        number,
        r#match,
        kind,
        effective_on,
        decision_ref,
        facts,
        update_mask,
    }
}

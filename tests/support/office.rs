//! A caller: an office with its role and language, on a connection.

use dinhdanh::proto::v1;
use dinhdanh::proto::v1::issuance_service_client::IssuanceServiceClient;
use dinhdanh::proto::v1::number_service_client::NumberServiceClient;
use futures_util::Stream;
use tonic::transport::Channel;
use tonic::{Request, Status, Streaming};

/// An office that calls the service.
#[derive(Clone)]
pub struct Office {
    channel: Channel,
    metadata: Vec<(&'static str, String)>,
}

impl Office {
    /// A registrar of this code.
    pub fn new(channel: Channel, code: &str) -> Self {
        Self {
            channel,
            metadata: vec![("x-dinhdanh-office", code.to_owned())],
        }
    }

    /// A caller that does not say who it is.
    pub fn nameless(channel: Channel) -> Self {
        Self {
            channel,
            metadata: Vec::new(),
        }
    }

    /// The same caller with one more entry in the metadata of its calls.
    pub fn with(&self, name: &'static str, value: &str) -> Self {
        let mut other = self.clone();
        other.metadata.retain(|(known, _)| *known != name);
        other.metadata.push((name, value.to_owned()));
        other
    }

    /// The same caller in another role.
    pub fn role(&self, role: &str) -> Self {
        self.with("x-dinhdanh-role", role)
    }

    /// A message on its way, with the caller's metadata.
    pub fn sends<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        for (name, value) in &self.metadata {
            request.metadata_mut().insert(*name, value.parse().unwrap());
        }
        request
    }

    pub async fn issue(&self, request: v1::IssueNumberRequest) -> Result<v1::IssueNumberResponse, Status> {
        let mut client = IssuanceServiceClient::new(self.channel.clone());
        Ok(client.issue_number(self.sends(request)).await?.into_inner())
    }

    /// The number that a request is given, which must be given one.
    pub async fn number(&self, request: v1::IssueNumberRequest) -> String {
        issued(&self.issue(request).await.expect("an answer")).number.clone()
    }

    pub async fn stream(
        &self,
        items: impl Stream<Item = v1::IssueNumbersRequest> + Send + 'static,
    ) -> Result<Streaming<v1::IssueNumbersResponse>, Status> {
        let mut client = IssuanceServiceClient::new(self.channel.clone());
        Ok(client.issue_numbers(self.sends(items)).await?.into_inner())
    }

    pub async fn issuance(&self, request_id: &str) -> Result<v1::GetIssuanceResponse, Status> {
        self.look_up(Some(v1::get_issuance_request::Key::RequestId(request_id.to_owned())))
            .await
    }

    pub async fn issuance_of(&self, reference: v1::RegistrationRef) -> Result<v1::GetIssuanceResponse, Status> {
        self.look_up(Some(v1::get_issuance_request::Key::Ref(reference))).await
    }

    pub async fn look_up(&self, key: Option<v1::get_issuance_request::Key>) -> Result<v1::GetIssuanceResponse, Status> {
        let mut client = IssuanceServiceClient::new(self.channel.clone());
        Ok(client
            .get_issuance(self.sends(v1::GetIssuanceRequest { key }))
            .await?
            .into_inner())
    }

    pub async fn get(&self, number: &str) -> Result<v1::GetNumberResponse, Status> {
        let mut client = NumberServiceClient::new(self.channel.clone());
        Ok(client
            .get_number(self.sends(v1::GetNumberRequest {
                number: number.to_owned(),
            }))
            .await?
            .into_inner())
    }

    pub async fn verify(&self, number: &str, facts: v1::Facts) -> Result<v1::VerifyNumberResponse, Status> {
        let mut client = NumberServiceClient::new(self.channel.clone());
        let request = v1::VerifyNumberRequest {
            number: number.to_owned(),
            facts: Some(facts),
        };
        Ok(client.verify_number(self.sends(request)).await?.into_inner())
    }
}

/// The number in an answer, which must hold one.
pub fn issued(answer: &v1::IssueNumberResponse) -> &v1::Number {
    match &answer.outcome {
        Some(v1::issue_number_response::Outcome::Issued(number)) => number,
        _ => panic!("no number was issued"),
    }
}

/// The case in an answer, which must hold one.
pub fn under_review(answer: &v1::IssueNumberResponse) -> &v1::UnderReview {
    match &answer.outcome {
        Some(v1::issue_number_response::Outcome::UnderReview(case)) => case,
        _ => panic!("the registration is not under review"),
    }
}

//! `NumberService`.

use std::sync::Arc;

use tonic::{Request, Response, Status};

use super::answers::{number, state};
use super::identity::{Caller, Identity};
use super::patience::patience;
use super::roles::Call;
use super::status::{Language, status};
use crate::engine::Engine;
use crate::number::Number;
use crate::policy::Role;
use crate::proto::v1;
use crate::proto::v1::number_service_server::NumberService;
use crate::protocol::Decided;
use crate::refusal::Refusal;
use crate::registration::{Compared, Content, Problem, Violation, compare, facts_of};
use crate::store::Store;

/// The service.
pub struct Numbers<S> {
    engine: Arc<Engine<S>>,
    identity: Arc<dyn Identity>,
}

impl<S: Store> Numbers<S> {
    /// The service over an engine.
    pub fn new(engine: Arc<Engine<S>>, identity: Arc<dyn Identity>) -> Self {
        Self { engine, identity }
    }

    fn caller<T>(&self, request: &Request<T>, call: Call) -> Result<Caller, Refusal> {
        self.identity
            .caller(request.metadata(), request.extensions())?
            .allowed(call)
    }

    /// The number a call asks about, while its caller waits.
    async fn find<T>(&self, caller: &Caller, request: &Request<T>, digits: Number) -> Result<Option<Decided>, Refusal> {
        let patience = patience(request.metadata());
        let found = self.engine.find_number(&caller.sender.office, digits, patience);
        self.engine.within(patience, found).await
    }

    async fn get(&self, request: &Request<v1::GetNumberRequest>) -> Result<v1::GetNumberResponse, Refusal> {
        let caller = self.caller(request, Call::GetNumber)?;
        let digits = parse(&request.get_ref().number)?;
        let found = self
            .find(&caller, request, digits)
            .await?
            .ok_or(Refusal::NoSuchNumber)?;
        let own = found.facts.reference.office == caller.sender.office;
        if !own && !caller.role.sees_every_number() {
            return Err(Refusal::NoSuchNumber);
        }
        let row = found.known.number.as_ref().ok_or(Refusal::Bug)?;
        Ok(v1::GetNumberResponse {
            number: Some(number(row, &found.facts.reference)),
            facts: Some(shown_facts(&found, own, caller.role)),
        })
    }

    async fn verify(&self, request: &Request<v1::VerifyNumberRequest>) -> Result<v1::VerifyNumberResponse, Refusal> {
        let caller = self.caller(request, Call::VerifyNumber)?;
        let message = request.get_ref();
        let digits = parse(&message.number)?;
        let mut asked = message.facts.clone().unwrap_or_default();
        let hidden_ethnicity = !caller.role.sees_ethnicity() && asked.ethnicity.take().is_some();
        let found = self.find(&caller, request, digits).await?;
        // A number never given is compared too, with nobody's facts: one path for both.
        let nobody = Content::of(&v1::BirthRegistration::default());
        let compared = compare(&asked, found.as_ref().map_or(&nobody, |found| &found.content));
        let identified = found.is_some() && identifies(&compared);
        let mut results: Vec<_> = compared
            .into_iter()
            .map(|(field, compared)| result(field, if identified { compared } else { Compared::Mismatch }))
            .collect();
        if hidden_ethnicity {
            results.push(result(
                "ethnicity",
                if identified {
                    Compared::NotHeld
                } else {
                    Compared::Mismatch
                },
            ));
        }
        let row = found.and_then(|found| found.known.number).filter(|_| identified);
        let state = row.map_or(v1::NumberState::Unspecified, |row| state(row.state));
        Ok(v1::VerifyNumberResponse {
            state: state.into(),
            results,
        })
    }
}

#[tonic::async_trait]
impl<S: Store> NumberService for Numbers<S> {
    async fn get_number(
        &self,
        request: Request<v1::GetNumberRequest>,
    ) -> Result<Response<v1::GetNumberResponse>, Status> {
        let answer = self.get(&request).await;
        answer
            .map(Response::new)
            .map_err(|refusal| status(&refusal, Language::of(request.metadata())))
    }

    async fn verify_number(
        &self,
        request: Request<v1::VerifyNumberRequest>,
    ) -> Result<Response<v1::VerifyNumberResponse>, Status> {
        let answer = self.verify(&request).await;
        answer
            .map(Response::new)
            .map_err(|refusal| status(&refusal, Language::of(request.metadata())))
    }

    async fn batch_verify_numbers(
        &self,
        _: Request<v1::BatchVerifyNumbersRequest>,
    ) -> Result<Response<v1::BatchVerifyNumbersResponse>, Status> {
        Err(Status::unimplemented("in the contract, not served yet"))
    }

    async fn resolve_identifier(
        &self,
        _: Request<v1::ResolveIdentifierRequest>,
    ) -> Result<Response<v1::ResolveIdentifierResponse>, Status> {
        Err(Status::unimplemented("in the contract, not served yet"))
    }
}

fn parse(text: &str) -> Result<Number, Refusal> {
    Number::parse(text).map_err(|_| {
        Refusal::InvalidField(vec![Violation {
            field: "number".to_owned(),
            problem: Problem::PersonalNumber,
        }])
    })
}

/// The child's facts, less the parents (they are only ever verified), and ethnicity only for those who may see it.
fn shown_facts(found: &Decided, own: bool, role: Role) -> v1::Facts {
    let mut facts = facts_of(&found.content);
    facts.mother = None;
    facts.father = None;
    if !own && !role.sees_ethnicity() {
        facts.ethnicity = None;
    }
    facts
}

/// Nothing is told of a person whose name and date of birth the caller does not know.
fn identifies(compared: &[(&'static str, Compared)]) -> bool {
    ["full_name", "date_of_birth"]
        .iter()
        .all(|field| compared.contains(&(field, Compared::Match)))
}

fn result(field: &str, compared: Compared) -> v1::FieldResult {
    let result = match compared {
        Compared::Match => v1::VerifyResult::Match,
        Compared::Mismatch => v1::VerifyResult::Mismatch,
        Compared::NotHeld => v1::VerifyResult::NotHeld,
    };
    v1::FieldResult {
        field: field.to_owned(),
        result: result.into(),
    }
}

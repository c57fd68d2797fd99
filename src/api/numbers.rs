//! `NumberService`.

use std::sync::Arc;

use tonic::{Request, Response, Status};

use super::answers::state;
use super::case_answers::number_message;
use super::identity::{Caller, Identity};
use super::reception::{Reception, standpoint, time_for};
use super::roles::Call;
use crate::engine::{Engine, NumberFile};
use crate::number::Number;
use crate::policy::Role;
use crate::proto::v1;
use crate::proto::v1::number_service_server::NumberService;
use crate::refusal::Refusal;
use crate::registration::{Compared, Content, Problem, Violation, compare, facts_of, identifies};
use crate::store::Store;

/// The most numbers verified at a time.
const BATCH: usize = 500;

/// The service.
pub struct Numbers<S> {
    reception: Reception<S>,
}

impl<S: Store> Numbers<S> {
    /// The service over an engine.
    pub fn new(engine: Arc<Engine<S>>, identity: Arc<dyn Identity>) -> Self {
        Self {
            reception: Reception::new(engine, identity),
        }
    }

    /// The number a call asks about, while its caller waits.
    async fn find<T>(&self, request: &Request<T>, digits: Number) -> Result<Option<NumberFile>, Refusal> {
        let engine = &self.reception.engine;
        engine.number_file(engine.slot_of(digits), time_for(request)).await
    }

    async fn get(
        &self,
        request: &Request<v1::GetNumberRequest>,
        caller: Caller,
    ) -> Result<v1::GetNumberResponse, Refusal> {
        let digits = parse("number", &request.get_ref().number)?;
        let file = self.find(request, digits).await?.ok_or(Refusal::NoSuchNumber)?;
        let scope = standpoint(&caller)?.scope;
        if !scope.reaches(file.references.iter().map(|own| own.office.as_str())) {
            return Err(Refusal::NoSuchNumber);
        }
        Ok(v1::GetNumberResponse {
            number: Some(number_message(&file, &scope)),
            facts: file
                .facts
                .as_ref()
                .map(|held| shown_facts(&held.content, &file, &caller)),
        })
    }

    async fn verify(
        &self,
        request: &Request<v1::VerifyNumberRequest>,
        caller: Caller,
    ) -> Result<v1::VerifyNumberResponse, Refusal> {
        let message = request.get_ref();
        let digits = parse("number", &message.number)?;
        let file = self.find(request, digits).await?;
        Ok(compared(message, file.as_ref(), caller.role))
    }

    async fn verify_batch(
        &self,
        request: &Request<v1::BatchVerifyNumbersRequest>,
        caller: Caller,
    ) -> Result<v1::BatchVerifyNumbersResponse, Refusal> {
        let items = &request.get_ref().requests;
        if items.is_empty() || items.len() > BATCH {
            let problem = match items.is_empty() {
                true => Problem::Required,
                false => Problem::TooMany { max: BATCH },
            };
            return Err(Refusal::invalid("requests", problem));
        }
        let numbers = items.iter().map(|item| Number::parse(item.number.trim()).ok());
        let wrong = numbers.clone().enumerate().filter(|(_, number)| number.is_none());
        let wrong: Vec<_> = wrong
            .map(|(index, _)| Violation::new(&format!("requests[{index}].number"), Problem::PersonalNumber))
            .collect();
        if !wrong.is_empty() {
            return Err(Refusal::InvalidField(wrong));
        }
        let engine = &self.reception.engine;
        let slots: Vec<_> = numbers.flatten().map(|number| engine.slot_of(number)).collect();
        let files = engine.several_numbers(&slots, time_for(request)).await?;
        let answers = items.iter().zip(&slots);
        let answers = answers.map(|(item, slot)| compared(item, files.get(slot), caller.role));
        Ok(v1::BatchVerifyNumbersResponse {
            responses: answers.collect(),
        })
    }

    async fn resolve(
        &self,
        request: &Request<v1::ResolveIdentifierRequest>,
    ) -> Result<v1::ResolveIdentifierResponse, Refusal> {
        let message = request.get_ref();
        let digits = personal_number(message)?;
        let asked = v1::Facts {
            full_name: Some(message.full_name.clone()),
            date_of_birth: message.date_of_birth,
            ..v1::Facts::default()
        };
        let Some(mut file) = self.find(request, digits).await? else {
            return Err(Refusal::NoSuchNumber);
        };
        let mut known = is_of(&asked, &file);
        // What took a number's place holds the facts of now; whoever has the old papers may know those of then.
        while let Some(next) = file.row.replaced_by {
            file = self.find(request, next).await?.ok_or(Refusal::Bug)?;
            known |= is_of(&asked, &file);
        }
        if !known || !file.row.stands() {
            return Err(Refusal::NoSuchNumber);
        }
        Ok(v1::ResolveIdentifierResponse {
            number: file.row.number.to_string(),
            state: state(file.row.state).into(),
        })
    }
}

#[tonic::async_trait]
impl<S: Store> NumberService for Numbers<S> {
    async fn get_number(
        &self,
        request: Request<v1::GetNumberRequest>,
    ) -> Result<Response<v1::GetNumberResponse>, Status> {
        let answer = |caller| self.get(&request, caller);
        self.reception.look_up(&request, Call::GetNumber, answer).await
    }

    async fn verify_number(
        &self,
        request: Request<v1::VerifyNumberRequest>,
    ) -> Result<Response<v1::VerifyNumberResponse>, Status> {
        let answer = |caller| self.verify(&request, caller);
        self.reception.look_up(&request, Call::VerifyNumber, answer).await
    }

    async fn batch_verify_numbers(
        &self,
        request: Request<v1::BatchVerifyNumbersRequest>,
    ) -> Result<Response<v1::BatchVerifyNumbersResponse>, Status> {
        let answer = |caller| self.verify_batch(&request, caller);
        self.reception.look_up(&request, Call::BatchVerifyNumbers, answer).await
    }

    async fn resolve_identifier(
        &self,
        request: Request<v1::ResolveIdentifierRequest>,
    ) -> Result<Response<v1::ResolveIdentifierResponse>, Status> {
        let answer = |_| self.resolve(&request);
        self.reception.look_up(&request, Call::ResolveIdentifier, answer).await
    }
}

fn parse(field: &str, text: &str) -> Result<Number, Refusal> {
    Number::parse(text).map_err(|_| Refusal::invalid(field, Problem::PersonalNumber))
}

/// The number that a paper bears: that of a citizen card is the personal number. Numbers of other papers are not indexed.
fn personal_number(message: &v1::ResolveIdentifierRequest) -> Result<Number, Refusal> {
    let mut violations = Vec::new();
    let mut wrong = |field: &str, problem| violations.push(Violation::new(field, problem));
    let identifier = message.identifier.clone().unwrap_or_default();
    let is_number = matches!(
        identifier.r#type(),
        v1::IdentifierType::PersonalNumber | v1::IdentifierType::CitizenCard
    );
    let digits = Number::parse(identifier.value.trim()).ok();
    match (identifier.r#type, is_number, digits) {
        (0, ..) => wrong("identifier.type", Problem::Required),
        (_, true, None) => wrong("identifier.value", Problem::PersonalNumber),
        _ => {}
    }
    if message.full_name.trim().is_empty() {
        wrong("full_name", Problem::Required);
    }
    if message.date_of_birth.is_none() {
        wrong("date_of_birth", Problem::Required);
    }
    match digits.filter(|_| is_number && violations.is_empty()) {
        Some(digits) => Ok(digits),
        None if violations.is_empty() => Err(Refusal::NoSuchNumber),
        None => Err(Refusal::InvalidField(violations)),
    }
}

/// What a caller knows of a number's holder, compared with what is held.
fn compared(message: &v1::VerifyNumberRequest, file: Option<&NumberFile>, role: Role) -> v1::VerifyNumberResponse {
    let mut asked = message.facts.clone().unwrap_or_default();
    let hidden_ethnicity = !role.sees_ethnicity() && asked.ethnicity.take().is_some();
    // A number never given is compared too, with nobody's facts: one path for both.
    let nobody = Content::of(&v1::BirthRegistration::default());
    let held = file.and_then(|file| file.facts.as_ref());
    let compared = compare(&asked, held.map_or(&nobody, |held| &held.content));
    let identified = held.is_some() && identifies(&compared);
    let mut results: Vec<_> = compared
        .into_iter()
        .map(|(field, compared)| result(field, if identified { compared } else { Compared::Mismatch }))
        .collect();
    if hidden_ethnicity {
        let compared = if identified {
            Compared::NotHeld
        } else {
            Compared::Mismatch
        };
        results.push(result("ethnicity", compared));
    }
    let row = file.map(|file| &file.row).filter(|_| identified);
    let state = row.map_or(v1::NumberState::Unspecified, |row| state(row.state));
    v1::VerifyNumberResponse {
        state: state.into(),
        results,
    }
}

/// Whether name and date of birth are those of a number's holder.
fn is_of(asked: &v1::Facts, file: &NumberFile) -> bool {
    file.facts
        .as_ref()
        .is_some_and(|held| identifies(&compare(asked, &held.content)))
}

/// The child's facts, less the parents (they are only ever verified), and ethnicity only for those who may see it.
fn shown_facts(held: &Content, file: &NumberFile, caller: &Caller) -> v1::Facts {
    let mut facts = facts_of(held);
    facts.mother = None;
    facts.father = None;
    let own = file.references.iter().any(|own| own.office == caller.sender.office);
    if !own && !caller.role.sees_ethnicity() {
        facts.ethnicity = None;
    }
    facts
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

//! `NumberService`.

use std::sync::Arc;
use std::time::Duration;

use tonic::{Request, Response, Status};

use super::answers::state;
use super::case_answers::number_message;
use super::identity::{Caller, Identity};
use super::reception::{Reception, standpoint, time_for};
use super::roles::Call;
use crate::engine::{Engine, Looked, NumberFile};
use crate::number::Number;
use crate::policy::Role;
use crate::proto::v1;
use crate::proto::v1::number_service_server::NumberService;
use crate::protocol::NumberRow;
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

    /// What there is to a number.
    async fn look_at(&self, digits: Number, patience: Option<Duration>) -> Result<Looked, Refusal> {
        let engine = &self.reception.engine;
        let looked = engine.look_at(&[engine.slot_of(digits)], patience).await?;
        looked.into_iter().next().ok_or(Refusal::Bug)
    }

    async fn get(
        &self,
        request: &Request<v1::GetNumberRequest>,
        caller: Caller,
    ) -> Result<v1::GetNumberResponse, Refusal> {
        let digits = parse("number", &request.get_ref().number)?;
        let file = self.look_at(digits, time_for(request)).await?.file;
        let file = file.ok_or(Refusal::NoSuchNumber)?;
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
        let looked = self.look_at(digits, time_for(request)).await?;
        Ok(compared(message, &looked, caller.role))
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
        let looked = engine.look_at(&slots, time_for(request)).await?;
        let answers = items.iter().zip(&looked);
        let answers = answers.map(|(item, looked)| compared(item, looked, caller.role));
        Ok(v1::BatchVerifyNumbersResponse {
            responses: answers.collect(),
        })
    }

    async fn resolve(
        &self,
        request: &Request<v1::ResolveIdentifierRequest>,
    ) -> Result<v1::ResolveIdentifierResponse, Refusal> {
        let (paper, asked) = self.read_asked(request.get_ref())?;
        let held = match paper {
            Paper::Number(digits) => Vec::from_iter(self.by_number(digits, &asked, time_for(request)).await?),
            Paper::Other => {
                self.reception
                    .engine
                    .numbers_by_paper(&asked, time_for(request))
                    .await?
            }
        };
        let mut standing = None;
        for file in held {
            let row = self.standing(file.row, time_for(request)).await?;
            // Two persons with one paper, one name and one birth: that is for people to look into.
            if standing.is_some_and(|other: NumberRow| other.number != row.number) {
                return Err(Refusal::NoSuchNumber);
            }
            standing = Some(row);
        }
        let row = standing.filter(NumberRow::stands).ok_or(Refusal::NoSuchNumber)?;
        Ok(v1::ResolveIdentifierResponse {
            number: row.number.to_string(),
            state: state(row.state).into(),
        })
    }

    /// A number, if its holder is the person described: by the facts of the number, or of the one that took its place. What
    /// took its place holds the facts of now; whoever has the old papers may know those of then.
    async fn by_number(
        &self,
        digits: Number,
        asked: &v1::Facts,
        patience: Option<Duration>,
    ) -> Result<Option<NumberFile>, Refusal> {
        let first = self.look_at(digits, patience).await?;
        // Looked at in any case, so that there is as much to do for a number that was never given.
        let next = first.file.as_ref().and_then(|file| file.row.replaced_by);
        let next = self.look_at(next.unwrap_or(digits), patience).await?;
        let known = [&first, &next].map(|looked| is_of(asked, looked)).contains(&true);
        Ok(first.file.filter(|_| known))
    }

    /// What stands in the place of a number today, be it that number itself.
    async fn standing(&self, mut row: NumberRow, patience: Option<Duration>) -> Result<NumberRow, Refusal> {
        while let Some(next) = row.replaced_by {
            let looked = self.look_at(next, patience).await?;
            row = looked.file.ok_or(Refusal::Bug)?.row;
        }
        Ok(row)
    }

    /// Reads what a paper is looked up by: its kind, and what is said of its holder. Every violation is told.
    fn read_asked(&self, message: &v1::ResolveIdentifierRequest) -> Result<(Paper, v1::Facts), Refusal> {
        let identifier = message.identifier.clone().unwrap_or_default();
        let checked = self.reception.engine.check_identifier(&identifier);
        let mut violations = checked.err().unwrap_or_default();
        if message.full_name.trim().is_empty() {
            violations.push(Violation::new("full_name", Problem::Required));
        }
        if message.date_of_birth.is_none() {
            violations.push(Violation::new("date_of_birth", Problem::Required));
        }
        if !violations.is_empty() {
            return Err(Refusal::InvalidField(violations));
        }
        let paper = match identifier.r#type() {
            // The number of a citizen card is the personal number.
            v1::IdentifierType::PersonalNumber | v1::IdentifierType::CitizenCard => {
                Paper::Number(parse("identifier.value", &identifier.value)?)
            }
            _ => Paper::Other,
        };
        let asked = v1::Facts {
            full_name: Some(message.full_name.clone()),
            date_of_birth: message.date_of_birth,
            existing_identifiers: match paper {
                Paper::Number(_) => Vec::new(),
                Paper::Other => vec![identifier],
            },
            ..v1::Facts::default()
        };
        Ok((paper, asked))
    }
}

/// What a paper is looked up by.
enum Paper {
    /// The personal number on it.
    Number(Number),
    /// Its own number, which is of no use without its holder's name and date of birth.
    Other,
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

/// What a caller knows of a number's holder, compared with what is held.
fn compared(message: &v1::VerifyNumberRequest, looked: &Looked, role: Role) -> v1::VerifyNumberResponse {
    let mut asked = message.facts.clone().unwrap_or_default();
    let hidden_ethnicity = !role.sees_ethnicity() && asked.ethnicity.take().is_some();
    // A number never given is compared too, with somebody's facts: one path for both.
    let nobody = Content::of(&v1::BirthRegistration::default());
    let held = looked.compared_with.as_ref();
    let compared = compare(&asked, held.map_or(&nobody, |held| &held.content));
    let identified = looked.file.is_some() & held.is_some() & identifies(&compared);
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
    let row = looked.file.as_ref().map(|file| &file.row).filter(|_| identified);
    let state = row.map_or(v1::NumberState::Unspecified, |row| state(row.state));
    v1::VerifyNumberResponse {
        state: state.into(),
        results,
    }
}

/// Whether name and date of birth are those of a number's holder.
fn is_of(asked: &v1::Facts, looked: &Looked) -> bool {
    let held = looked.compared_with.as_ref();
    held.is_some_and(|held| identifies(&compare(asked, &held.content))) & looked.file.is_some()
}

/// The child's facts, less the parents (they are only ever verified), and ethnicity only for those who may see it.
fn shown_facts(held: &Content, file: &NumberFile, caller: &Caller) -> v1::Facts {
    let mut facts = facts_of(held);
    facts.mother = None;
    facts.father = None;
    let own = file.references.iter().any(|own| caller.acts_for(&own.office));
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

//! `AuditService`.

use std::sync::Arc;

use prost_types::Timestamp;
use tonic::{Code, Request, Response, Status};

use super::identity::Identity;
use super::reception::{Reception, read_page_size, time_for};
use super::roles::Call;
use crate::engine::Engine;
use crate::number::Number;
use crate::policy::MAX_CODE_CHARS;
use crate::proto::v1;
use crate::proto::v1::audit_service_server::AuditService;
use crate::proto::v1::list_accesses_request::Subject;
use crate::refusal::Refusal;
use crate::registration::{Problem, Violation, moment, timestamp};
use crate::store::{Access, AccessSubject, AccessesAsked, Store};

/// The service.
pub struct Audit<S> {
    reception: Reception<S>,
}

impl<S: Store> Audit<S> {
    /// The service over an engine.
    pub fn new(engine: Arc<Engine<S>>, identity: Arc<dyn Identity>) -> Self {
        Self {
            reception: Reception::new(engine, identity),
        }
    }

    async fn accesses(&self, request: &Request<v1::ListAccessesRequest>) -> Result<v1::ListAccessesResponse, Refusal> {
        let engine = &self.reception.engine;
        let message = request.get_ref();
        let asked = self.read(message)?;
        let limit = read_page_size(message.page_size)?;
        let accesses = engine.accesses(&asked, limit, time_for(request)).await?;
        let more = accesses.len() as i64 == limit;
        let last = accesses.last().filter(|_| more);
        Ok(v1::ListAccessesResponse {
            next_page_token: last.map(|last| format!("{}.{}", last.at, last.id)).unwrap_or_default(),
            accesses: accesses.into_iter().map(|access| self.message(access)).collect(),
        })
    }

    /// Reads what is asked for; every violation is told.
    fn read(&self, message: &v1::ListAccessesRequest) -> Result<AccessesAsked, Refusal> {
        let mut violations = Vec::new();
        let subject = self.read_subject(message.subject.as_ref());
        let subject = subject.map_err(|violation| violations.push(violation)).ok();
        let mut time = |field: &str, given: Option<Timestamp>, absent: i64| match given.map(moment) {
            None => absent,
            Some(Some(time)) => time,
            Some(None) => {
                violations.push(Violation::new(field, Problem::Time));
                absent
            }
        };
        let from = time("from", message.from, i64::MIN);
        let until = time("to", message.to, i64::MAX);
        if violations.is_empty() && until <= from {
            violations.push(Violation::new("to", Problem::NotAfterFrom));
        }
        let after = match message.page_token.as_str() {
            // Ids are never negative.
            "" => Some((from, -1)),
            token => read_page_token(token).filter(|(at, _)| *at >= from),
        };
        if after.is_none() {
            violations.push(Violation::new("page_token", Problem::UnknownValue));
        }
        match (subject, after) {
            (Some(subject), Some(after)) if violations.is_empty() => Ok(AccessesAsked { subject, after, until }),
            _ => Err(Refusal::InvalidField(violations)),
        }
    }

    fn read_subject(&self, subject: Option<&Subject>) -> Result<AccessSubject, Violation> {
        match subject {
            None => Err(Violation::new("subject", Problem::Required)),
            Some(Subject::Number(digits)) => match Number::parse(digits.trim()) {
                Ok(number) => Ok(AccessSubject::Number(self.reception.engine.slot_of(number))),
                Err(_) => Err(Violation::new("number", Problem::PersonalNumber)),
            },
            Some(Subject::Office(office)) => match office.trim() {
                "" => Err(Violation::new("office", Problem::Required)),
                office if office.chars().count() > MAX_CODE_CHARS => {
                    Err(Violation::new("office", Problem::TooLong { max: MAX_CODE_CHARS }))
                }
                office => Ok(AccessSubject::Office(office.to_owned())),
            },
        }
    }

    /// An access as an auditor may see it: the number masked.
    fn message(&self, access: Access) -> v1::Access {
        let number = access.slot.map(|slot| self.reception.engine.number_in(slot).masked());
        v1::Access {
            at: Some(timestamp(access.at)),
            office: access.office,
            role: access.role,
            officer: access.officer,
            purpose: access.purpose,
            call: access.call,
            number: number.unwrap_or_default(),
            code: i32::try_from(access.code).unwrap_or(Code::Unknown.into()),
        }
    }
}

/// The moment and id after which the next page begins.
pub(super) fn read_page_token(token: &str) -> Option<(i64, i64)> {
    let (at, id) = token.split_once('.')?;
    Some((at.parse().ok()?, id.parse().ok()?))
}

#[tonic::async_trait]
impl<S: Store> AuditService for Audit<S> {
    async fn list_accesses(
        &self,
        request: Request<v1::ListAccessesRequest>,
    ) -> Result<Response<v1::ListAccessesResponse>, Status> {
        let answer = |_| self.accesses(&request);
        self.reception.look_up(&request, Call::ListAccesses, answer).await
    }
}

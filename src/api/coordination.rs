//! `CoordinationService`.

use std::sync::Arc;

use tonic::{Request, Response, Status};
use tonic_types::pb::LocalizedMessage;

use super::answers::date_message;
use super::case_answers::{case_kind, case_message};
use super::identity::{Caller, Identity};
use super::reception::{Reception, given, read_day, read_id, read_page_size, standpoint, time_for, urgency};
use super::roles::Call;
use super::status::Language;
use crate::engine::Engine;
use crate::proto::v1;
use crate::proto::v1::coordination_service_server::CoordinationService;
use crate::protocol::asked::{self, Asked, Misread, ProposalMessage};
use crate::protocol::{CaseKind, CaseState, Done, Ground, Scope, Side};
use crate::refusal::Refusal;
use crate::registration::Problem;
use crate::store::{CasesAsked, Store};

/// The service.
pub struct Coordination<S> {
    reception: Reception<S>,
}

impl<S: Store> Coordination<S> {
    /// The service over an engine.
    pub fn new(engine: Arc<Engine<S>>, identity: Arc<dyn Identity>) -> Self {
        Self {
            reception: Reception::new(engine, identity),
        }
    }

    /// Carries out a command about a number, and shows the number as it stands then.
    async fn on_number<T>(
        &self,
        request: &Request<T>,
        caller: &Caller,
        request_id: &str,
        asked: Result<Asked, Misread>,
    ) -> Result<(v1::Number, Done), Refusal> {
        let answered = self
            .reception
            .act_on_number(caller, request_id, asked, urgency(request));
        answered.await
    }

    /// Carries out a command about a case, and shows the case as it stands then.
    async fn on_case<T>(
        &self,
        request: &Request<T>,
        caller: &Caller,
        request_id: &str,
        asked: Result<Asked, Misread>,
    ) -> Result<(v1::Case, Done), Refusal> {
        let done = self.reception.act(caller, request_id, asked, urgency(request)).await?;
        let case_id = done.case_id.ok_or(Refusal::Bug)?;
        let file = self.reception.engine.case_file(case_id, time_for(request)).await?;
        let file = file.ok_or(Refusal::Bug)?;
        Ok((case_message(&file, caller, &standpoint(caller)?.scope), done))
    }

    async fn case(
        &self,
        request: &Request<v1::GetCaseRequest>,
        caller: Caller,
    ) -> Result<v1::GetCaseResponse, Refusal> {
        let case_id = read_id("case_id", &request.get_ref().case_id)?;
        let file = self.reception.engine.case_file(case_id, time_for(request)).await?;
        let scope = standpoint(&caller)?.scope;
        let seen = |parties: &[String]| {
            scope.reaches(parties.iter().map(String::as_str)) || parties.iter().any(|office| caller.acts_for(office))
        };
        let file = file.filter(|file| seen(&file.parties)).ok_or(Refusal::NoSuchCase)?;
        Ok(v1::GetCaseResponse {
            case: Some(case_message(&file, &caller, &scope)),
        })
    }

    async fn cases(
        &self,
        request: &Request<v1::ListCasesRequest>,
        caller: Caller,
    ) -> Result<v1::ListCasesResponse, Refusal> {
        let scope = standpoint(&caller)?.scope;
        let message = request.get_ref();
        let asked = read_filter(message, &scope)?;
        let (after, limit) = read_page(message)?;
        let files = self
            .reception
            .engine
            .cases(after, &asked, limit, time_for(request))
            .await?;
        let more = files.len() as i64 == limit;
        let last = files.last().filter(|_| more).map(|file| file.case.decision.to_string());
        Ok(v1::ListCasesResponse {
            cases: files.iter().map(|file| case_message(file, &caller, &scope)).collect(),
            next_page_token: last.unwrap_or_default(),
        })
    }

    fn grounds(&self, request: &Request<v1::ListGroundsRequest>) -> Result<v1::ListGroundsResponse, Refusal> {
        let caller = self.reception.caller(request, Call::ListGrounds)?;
        let language = Language::of(request.metadata());
        let day = read_day(request.get_ref().on, || self.reception.engine.day())?;
        let grounds = caller.policy.grounds().iter().filter(|ground| ground.in_force(day));
        Ok(v1::ListGroundsResponse {
            grounds: grounds.map(|ground| ground_message(ground, language)).collect(),
        })
    }
}

pub(super) fn read_filter(message: &v1::ListCasesRequest, scope: &Scope) -> Result<CasesAsked, Refusal> {
    let unknown = |field| move |_| Refusal::invalid(field, Problem::UnknownValue);
    let state = v1::CaseState::try_from(message.state).map_err(unknown("state"))?;
    let kind = v1::CaseKind::try_from(message.kind).map_err(unknown("kind"))?;
    let side = v1::Side::try_from(message.waiting_for).map_err(unknown("waiting_for"))?;
    Ok(CasesAsked {
        state: match state {
            v1::CaseState::Unspecified => None,
            v1::CaseState::Open => Some(CaseState::Open),
            v1::CaseState::Approved => Some(CaseState::Approved),
            v1::CaseState::Rejected => Some(CaseState::Rejected),
            v1::CaseState::Withdrawn => Some(CaseState::Withdrawn),
        },
        kind: CaseKind::from_code(i64::from(i32::from(kind))),
        waiting_for: match side {
            v1::Side::Unspecified => None,
            v1::Side::Registration => Some(Side::Registration),
            v1::Side::Population => Some(Side::Population),
        },
        offices: match scope {
            Scope::All => None,
            Scope::Office(own) => Some(vec![own.to_string()]),
            Scope::Area(offices) => Some(offices.iter().cloned().collect()),
        },
    })
}

/// The position after which the page begins, and how many cases it holds.
pub(super) fn read_page(message: &v1::ListCasesRequest) -> Result<(i64, i64), Refusal> {
    let after = match message.page_token.as_str() {
        "" => Some(0),
        token => token.parse::<i64>().ok().filter(|position| *position > 0),
    };
    let after = after.ok_or_else(|| Refusal::invalid("page_token", Problem::UnknownValue))?;
    Ok((after, read_page_size(message.page_size)?))
}

fn ground_message(ground: &Ground, language: Language) -> v1::Ground {
    let (locale, text) = match language {
        Language::Vietnamese => ("vi", &ground.vietnamese),
        Language::English => ("en", &ground.english),
    };
    v1::Ground {
        code: ground.code.clone(),
        kinds: ground.kinds.iter().map(|kind| case_kind(*kind).into()).collect(),
        from: Some(date_message(ground.from)),
        until: ground.until.map(date_message),
        citizen_request_required: ground.citizen_request,
        text: Some(LocalizedMessage {
            locale: locale.to_owned(),
            message: text.clone(),
        }),
    }
}

/// The parts that all proposals have.
macro_rules! proposal {
    ($message:expr) => {
        ProposalMessage {
            number: &$message.number,
            ground: &$message.ground,
            evidence_ref: &$message.evidence_ref,
            citizen_requested_on: $message.citizen_requested_on,
        }
    };
}

/// A call that is answered with a number.
macro_rules! on_number {
    ($self:ident, $request:ident, $call:ident, $answer:ident, |$by:ident, $message:ident| $asked:expr) => {{
        let $message = $request.get_ref();
        let $by = $self.reception.engine.reading();
        let answer = async |caller: Caller| {
            let answered = $self.on_number(&$request, &caller, &$message.request_id, $asked);
            let (number, done) = answered.await?;
            Ok(v1::$answer {
                number: Some(number),
                case_id: done.case_id.map(|id| id.to_string()).unwrap_or_default(),
                replayed: done.replayed,
                position: done.position,
            })
        };
        $self.reception.command(&$request, Call::$call, answer).await
    }};
}

/// A call that is answered with a case.
macro_rules! on_case {
    ($self:ident, $request:ident, $call:ident, $answer:ident, |$by:ident, $message:ident, $caller:ident| $asked:expr) => {{
        let $message = $request.get_ref();
        let $by = $self.reception.engine.reading();
        let answer = async |caller: Caller| {
            let $caller = &caller;
            let answered = $self.on_case(&$request, $caller, &$message.request_id, $asked);
            let (case, done) = answered.await?;
            Ok(v1::$answer {
                case: Some(case),
                replayed: done.replayed,
                position: done.position,
            })
        };
        $self.reception.command(&$request, Call::$call, answer).await
    }};
}

type Answer<T> = Result<Response<T>, Status>;

fn named_ground(caller: &Caller, code: &str) -> Option<Ground> {
    caller.policy.ground(code.trim()).cloned()
}

#[tonic::async_trait]
impl<S: Store> CoordinationService for Coordination<S> {
    async fn confirm_number(&self, request: Request<v1::ConfirmNumberRequest>) -> Answer<v1::ConfirmNumberResponse> {
        on_number!(self, request, ConfirmNumber, ConfirmNumberResponse, |by, message| {
            asked::confirm(by, message)
        })
    }

    async fn dispute_number(&self, request: Request<v1::DisputeNumberRequest>) -> Answer<v1::DisputeNumberResponse> {
        on_number!(self, request, DisputeNumber, DisputeNumberResponse, |by, message| {
            asked::dispute(by, message)
        })
    }

    async fn attach_number(&self, request: Request<v1::AttachNumberRequest>) -> Answer<v1::AttachNumberResponse> {
        on_number!(self, request, AttachNumber, AttachNumberResponse, |by, message| {
            asked::attach(by, message)
        })
    }

    async fn propose_revocation(
        &self,
        request: Request<v1::ProposeRevocationRequest>,
    ) -> Answer<v1::ProposeRevocationResponse> {
        on_case!(
            self,
            request,
            ProposeRevocation,
            ProposeRevocationResponse,
            |by, message, caller| asked::revocation(by, proposal!(message), named_ground(caller, &message.ground))
        )
    }

    async fn propose_reissue(&self, request: Request<v1::ProposeReissueRequest>) -> Answer<v1::ProposeReissueResponse> {
        on_case!(
            self,
            request,
            ProposeReissue,
            ProposeReissueResponse,
            |by, message, caller| {
                let ground = named_ground(caller, &message.ground);
                asked::reissue(by, proposal!(message), ground, message.corrected.as_ref())
            }
        )
    }

    async fn propose_merge(&self, request: Request<v1::ProposeMergeRequest>) -> Answer<v1::ProposeMergeResponse> {
        on_case!(
            self,
            request,
            ProposeMerge,
            ProposeMergeResponse,
            |by, message, caller| {
                let ground = named_ground(caller, &message.ground);
                asked::merge(by, proposal!(message), ground, &message.other_number)
            }
        )
    }

    async fn propose_split(&self, request: Request<v1::ProposeSplitRequest>) -> Answer<v1::ProposeSplitResponse> {
        on_case!(
            self,
            request,
            ProposeSplit,
            ProposeSplitResponse,
            |by, message, caller| {
                let ground = named_ground(caller, &message.ground);
                asked::split(by, proposal!(message), ground, message.second_ref.as_ref())
            }
        )
    }

    async fn list_grounds(&self, request: Request<v1::ListGroundsRequest>) -> Answer<v1::ListGroundsResponse> {
        given(&request, self.grounds(&request))
    }

    async fn approve_case(&self, request: Request<v1::ApproveCaseRequest>) -> Answer<v1::ApproveCaseResponse> {
        on_case!(
            self,
            request,
            ApproveCase,
            ApproveCaseResponse,
            |by, message, _caller| asked::approve(by, message)
        )
    }

    async fn reject_case(&self, request: Request<v1::RejectCaseRequest>) -> Answer<v1::RejectCaseResponse> {
        on_case!(self, request, RejectCase, RejectCaseResponse, |by, message, _caller| {
            asked::reject(by, message)
        })
    }

    async fn withdraw_case(&self, request: Request<v1::WithdrawCaseRequest>) -> Answer<v1::WithdrawCaseResponse> {
        on_case!(
            self,
            request,
            WithdrawCase,
            WithdrawCaseResponse,
            |by, message, _caller| asked::withdraw(by, message)
        )
    }

    async fn get_case(&self, request: Request<v1::GetCaseRequest>) -> Answer<v1::GetCaseResponse> {
        let answer = |caller| self.case(&request, caller);
        self.reception.look_up(&request, Call::GetCase, answer).await
    }

    async fn list_cases(&self, request: Request<v1::ListCasesRequest>) -> Answer<v1::ListCasesResponse> {
        let answer = |caller| self.cases(&request, caller);
        self.reception.look_up(&request, Call::ListCases, answer).await
    }
}

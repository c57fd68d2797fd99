//! The calls that the two sides make, each as its request, and short ways to write these.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use dinhdanh::proto::v1;
use dinhdanh::proto::v1::audit_service_client::AuditServiceClient;
use dinhdanh::proto::v1::block_service_client::BlockServiceClient;
use dinhdanh::proto::v1::civil_status_service_client::CivilStatusServiceClient;
use dinhdanh::proto::v1::coordination_service_client::CoordinationServiceClient;
use dinhdanh::proto::v1::import_service_client::ImportServiceClient;
use dinhdanh::proto::v1::issuance_service_client::IssuanceServiceClient;
use dinhdanh::proto::v1::ledger_service_client::LedgerServiceClient;
use dinhdanh::proto::v1::number_service_client::NumberServiceClient;
use prost::Message;
use prost_types::Timestamp;
use tonic::{Code, Status};
use uuid::Uuid;

use super::births::{self, date};
use super::desk::Desk;

/// A request, and how it is sent.
pub trait Call {
    type Answer;

    async fn sent_by(self, desk: &Desk) -> Result<Self::Answer, Status>;
}

macro_rules! calls {
    ($($client:ident { $($call:ident: $request:ident => $answer:ident,)+ })+) => {$($(
        impl Call for v1::$request {
            type Answer = v1::$answer;

            async fn sent_by(self, desk: &Desk) -> Result<Self::Answer, Status> {
                let mut client = $client::new(desk.channel.clone());
                Ok(client.$call(desk.sends(self)).await?.into_inner())
            }
        }
    )+)+};
}

calls! {
    IssuanceServiceClient {
        issue_number: IssueNumberRequest => IssueNumberResponse,
    }
    CoordinationServiceClient {
        confirm_number: ConfirmNumberRequest => ConfirmNumberResponse,
        dispute_number: DisputeNumberRequest => DisputeNumberResponse,
        attach_number: AttachNumberRequest => AttachNumberResponse,
        propose_revocation: ProposeRevocationRequest => ProposeRevocationResponse,
        propose_reissue: ProposeReissueRequest => ProposeReissueResponse,
        propose_merge: ProposeMergeRequest => ProposeMergeResponse,
        propose_split: ProposeSplitRequest => ProposeSplitResponse,
        list_grounds: ListGroundsRequest => ListGroundsResponse,
        approve_case: ApproveCaseRequest => ApproveCaseResponse,
        reject_case: RejectCaseRequest => RejectCaseResponse,
        withdraw_case: WithdrawCaseRequest => WithdrawCaseResponse,
        get_case: GetCaseRequest => GetCaseResponse,
        list_cases: ListCasesRequest => ListCasesResponse,
    }
    CivilStatusServiceClient {
        record_change: RecordChangeRequest => RecordChangeResponse,
    }
    BlockServiceClient {
        reserve_block: ReserveBlockRequest => ReserveBlockResponse,
        settle_number: SettleNumberRequest => SettleNumberResponse,
        close_block: CloseBlockRequest => CloseBlockResponse,
        get_block: GetBlockRequest => GetBlockResponse,
    }
    ImportServiceClient {
        import_batch: ImportBatchRequest => ImportBatchResponse,
    }
    LedgerServiceClient {
        get_checkpoint: GetCheckpointRequest => GetCheckpointResponse,
        get_entry: GetEntryRequest => GetEntryResponse,
        get_inclusion_proof: GetInclusionProofRequest => GetInclusionProofResponse,
        get_consistency_proof: GetConsistencyProofRequest => GetConsistencyProofResponse,
    }
    AuditServiceClient {
        list_accesses: ListAccessesRequest => ListAccessesResponse,
    }
    NumberServiceClient {
        get_number: GetNumberRequest => GetNumberResponse,
        verify_number: VerifyNumberRequest => VerifyNumberResponse,
        batch_verify_numbers: BatchVerifyNumbersRequest => BatchVerifyNumbersResponse,
        resolve_identifier: ResolveIdentifierRequest => ResolveIdentifierResponse,
    }
}

/// A call that decides something: sent again under its id it is answered the same.
pub trait Command: Call<Answer: Decided> + Clone {
    fn id(&self) -> &str;

    /// The registration that it brings, if it does.
    fn registration(&self) -> Option<&v1::BirthRegistration> {
        None
    }
}

/// An answer to a command, as far as that rule goes.
pub trait Decided {
    fn replayed(&self) -> bool;
    fn position(&self) -> i64;

    /// The number or the case that a registration was told of, if it was.
    fn outcome(&self) -> Option<Outcome> {
        None
    }
}

/// What becomes of a registration.
pub enum Outcome {
    Number(String),
    Case(String),
}

/// A registration by which one child is known from another: its reference.
pub fn reference(registration: &v1::BirthRegistration) -> String {
    let known = registration.r#ref.clone().unwrap_or_default();
    format!("{}/{}/{}", known.office_code, known.book_year, known.entry_number)
}

macro_rules! commands {
    ($($request:ident => $answer:ident $(($registration:ident, $outcome:ident))?,)+) => {$(
        impl Command for v1::$request {
            fn id(&self) -> &str {
                &self.request_id
            }

            $(fn registration(&self) -> Option<&v1::BirthRegistration> {
                self.$registration.as_ref()
            })?
        }

        impl Decided for v1::$answer {
            fn replayed(&self) -> bool {
                self.replayed
            }

            fn position(&self) -> i64 {
                self.position
            }

            $(fn outcome(&self) -> Option<Outcome> {
                $outcome(self)
            })?
        }
    )+};
}

fn of_birth(answer: &v1::IssueNumberResponse) -> Option<Outcome> {
    use v1::issue_number_response::Outcome::{Issued, UnderReview};
    match answer.outcome.as_ref()? {
        Issued(number) => Some(Outcome::Number(number.number.clone())),
        UnderReview(review) => Some(Outcome::Case(review.case_id.clone())),
    }
}

fn of_block(answer: &v1::SettleNumberResponse) -> Option<Outcome> {
    use v1::settle_number_response::Outcome::{Settled, UnderReview};
    match answer.outcome.as_ref()? {
        Settled(number) => Some(Outcome::Number(number.number.clone())),
        UnderReview(review) => Some(Outcome::Case(review.case_id.clone())),
    }
}

commands! {
    IssueNumberRequest => IssueNumberResponse (registration, of_birth),
    ConfirmNumberRequest => ConfirmNumberResponse,
    DisputeNumberRequest => DisputeNumberResponse,
    AttachNumberRequest => AttachNumberResponse,
    ProposeRevocationRequest => ProposeRevocationResponse,
    ProposeReissueRequest => ProposeReissueResponse,
    ProposeMergeRequest => ProposeMergeResponse,
    ProposeSplitRequest => ProposeSplitResponse,
    ApproveCaseRequest => ApproveCaseResponse,
    RejectCaseRequest => RejectCaseResponse,
    WithdrawCaseRequest => WithdrawCaseResponse,
    RecordChangeRequest => RecordChangeResponse,
    ReserveBlockRequest => ReserveBlockResponse,
    SettleNumberRequest => SettleNumberResponse (registration, of_block),
    CloseBlockRequest => CloseBlockResponse,
}

/// One item of an import, as a command of its own.
#[derive(Clone)]
pub struct Import {
    batch: v1::ImportBatchRequest,
    request_id: String,
}

impl Import {
    /// An item by itself is a job, in this book as of now, from the digitised registers.
    pub fn of(registration: v1::BirthRegistration, number: Option<&str>) -> Self {
        let job_id = new_id();
        let request_id = Uuid::new_v5(&Uuid::parse_str(&job_id).unwrap(), b"1").to_string();
        let item = import_item(1, registration, number);
        Self {
            batch: v1::ImportBatchRequest {
                header: Some(import_header(job_id)),
                items: vec![item],
            },
            request_id,
        }
    }
}

impl Call for Import {
    type Answer = v1::ImportRecordsResponse;

    async fn sent_by(self, desk: &Desk) -> Result<Self::Answer, Status> {
        let answer = self.batch.sent_by(desk).await?.answers.remove(0);
        match &answer.error {
            None => Ok(answer),
            Some(error) => Err(Status::with_details(
                Code::from(error.code),
                error.message.clone(),
                error.encode_to_vec().into(),
            )),
        }
    }
}

impl Command for Import {
    fn id(&self) -> &str {
        &self.request_id
    }

    fn registration(&self) -> Option<&v1::BirthRegistration> {
        self.batch.items[0].registration.as_ref()
    }
}

impl Decided for v1::ImportRecordsResponse {
    fn replayed(&self) -> bool {
        self.replayed
    }

    fn position(&self) -> i64 {
        self.position
    }
}

/// A job of digitised registers, as of an hour ago.
pub fn import_header(job_id: String) -> v1::ImportHeader {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    v1::ImportHeader {
        job_id,
        source: v1::ImportSource::Decree87.into(),
        as_of: Some(Timestamp {
            seconds: now.as_secs().cast_signed() - 3600,
            nanos: 0,
        }),
    }
}

/// An entry of a register.
pub fn import_item(sequence: i64, registration: v1::BirthRegistration, number: Option<&str>) -> v1::ImportItem {
    v1::ImportItem {
        sequence,
        number: number.unwrap_or_default().into(),
        registration: Some(registration),
        ..v1::ImportItem::default()
    }
}

/// A request id that nothing else has.
pub fn new_id() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1_000_000_000);
    births::id(NEXT.fetch_add(1, Ordering::Relaxed))
}

pub fn confirm(number: &str) -> v1::ConfirmNumberRequest {
    v1::ConfirmNumberRequest {
        request_id: new_id(),
        number: number.into(),
    }
}

/// That the population database holds the person under another number.
pub fn dispute_for(number: &str, held: &str) -> v1::DisputeNumberRequest {
    v1::DisputeNumberRequest {
        held_number: held.into(),
        ..dispute(number, v1::DisputeReason::OtherNumber)
    }
}

pub fn dispute(number: &str, reason: v1::DisputeReason) -> v1::DisputeNumberRequest {
    let fields: &[&str] = match reason {
        v1::DisputeReason::FactsDiffer => &["full_name"],
        _ => &[],
    };
    v1::DisputeNumberRequest {
        request_id: new_id(),
        number: number.into(),
        held_number: String::new(),
        reason: reason.into(),
        fields: fields.iter().map(|&field| field.into()).collect(),
    }
}

pub fn attach_to_case(number: &str, case_id: &str) -> v1::AttachNumberRequest {
    attach(number, v1::attach_number_request::Target::CaseId(case_id.into()))
}

pub fn attach_to_ref(number: &str, reference: v1::RegistrationRef) -> v1::AttachNumberRequest {
    attach(number, v1::attach_number_request::Target::Ref(reference))
}

fn attach(number: &str, target: v1::attach_number_request::Target) -> v1::AttachNumberRequest {
    v1::AttachNumberRequest {
        request_id: new_id(),
        number: number.into(),
        target: Some(target),
    }
}

/// A proposal to revoke, the papers being forged.
pub fn revoke(number: &str) -> v1::ProposeRevocationRequest {
    v1::ProposeRevocationRequest {
        request_id: new_id(),
        number: number.into(),
        ground: "ND70-11.7.C".into(),
        evidence_ref: "BB/2025-17".into(),
        citizen_requested_on: None,
    }
}

/// A proposal to reissue, the year of birth or the sex being wrong, as the citizen asked.
pub fn reissue(number: &str, corrected: v1::BirthRegistration) -> v1::ProposeReissueRequest {
    v1::ProposeReissueRequest {
        request_id: new_id(),
        number: number.into(),
        ground: "ND70-11.7.B".into(),
        evidence_ref: String::new(),
        citizen_requested_on: date(2025, 9, 1),
        corrected: Some(corrected),
    }
}

pub fn merge(number: &str, other: &str) -> v1::ProposeMergeRequest {
    v1::ProposeMergeRequest {
        request_id: new_id(),
        number: number.into(),
        ground: "QC656-TWO-NUMBERS".into(),
        evidence_ref: String::new(),
        citizen_requested_on: None,
        other_number: other.into(),
    }
}

pub fn split(number: &str, second: v1::RegistrationRef) -> v1::ProposeSplitRequest {
    v1::ProposeSplitRequest {
        request_id: new_id(),
        number: number.into(),
        ground: "QC656-SHARED-NUMBER".into(),
        evidence_ref: String::new(),
        citizen_requested_on: None,
        second_ref: Some(second),
    }
}

/// Approval of a case as it was seen.
pub fn approve(case: &v1::Case) -> v1::ApproveCaseRequest {
    v1::ApproveCaseRequest {
        request_id: new_id(),
        case_id: case.case_id.clone(),
        version: case.version,
        reason_code: String::new(),
        resolution: None,
    }
}

/// The same, with what there is more to say.
pub fn resolve(case: &v1::Case, answer: v1::case_resolution::Answer) -> v1::ApproveCaseRequest {
    v1::ApproveCaseRequest {
        resolution: Some(v1::CaseResolution { answer: Some(answer) }),
        ..approve(case)
    }
}

pub fn reject(case: &v1::Case) -> v1::RejectCaseRequest {
    v1::RejectCaseRequest {
        request_id: new_id(),
        case_id: case.case_id.clone(),
        version: case.version,
        reason_code: "R-01".into(),
    }
}

pub fn withdraw(case: &v1::Case) -> v1::WithdrawCaseRequest {
    v1::WithdrawCaseRequest {
        request_id: new_id(),
        case_id: case.case_id.clone(),
        version: case.version,
        reason_code: String::new(),
    }
}

/// What is known of a child by its registration: its name and date of birth.
pub fn known(registration: &v1::BirthRegistration) -> v1::Facts {
    let child = registration.child.clone().unwrap();
    v1::Facts {
        full_name: Some(child.full_name),
        date_of_birth: child.date_of_birth,
        ..v1::Facts::default()
    }
}

/// A correction of the fields of a mask.
pub fn correct(number: &str, known: v1::Facts, facts: v1::Facts, mask: &[&str]) -> v1::RecordChangeRequest {
    let paths = mask.iter().map(|&path| path.to_owned()).collect();
    v1::RecordChangeRequest {
        facts: Some(facts),
        update_mask: Some(prost_types::FieldMask { paths }),
        ..event(number, known, v1::ChangeKind::Correction)
    }
}

/// A change that leaves the facts as they are.
pub fn event(number: &str, known: v1::Facts, kind: v1::ChangeKind) -> v1::RecordChangeRequest {
    v1::RecordChangeRequest {
        request_id: new_id(),
        number: number.into(),
        r#match: Some(known),
        kind: kind.into(),
        effective_on: date(2025, 9, 2),
        decision_ref: "12/QD-2025".into(),
        facts: None,
        update_mask: None,
    }
}

/// A question for whoever holds a personal number, by the name and date of birth of a registration.
pub fn who_has(number: &str, registration: &v1::BirthRegistration) -> v1::ResolveIdentifierRequest {
    let known = known(registration);
    v1::ResolveIdentifierRequest {
        identifier: Some(v1::Identifier {
            r#type: v1::IdentifierType::PersonalNumber.into(),
            value: number.into(),
            country: String::new(),
        }),
        full_name: known.full_name.unwrap(),
        date_of_birth: known.date_of_birth,
    }
}

/// A block of numbers for girls born in Japan in 2025, for a year.
pub fn reserve(count: i32) -> v1::ReserveBlockRequest {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    v1::ReserveBlockRequest {
        request_id: new_id(),
        country_code: "232".into(),
        sex: v1::Sex::Female.into(),
        birth_year: 2025,
        count,
        expires_at: Some(Timestamp {
            seconds: now.as_secs().cast_signed() + 365 * 24 * 3600,
            nanos: 0,
        }),
    }
}

/// That a number of a block was printed for this birth.
pub fn settle(block: &v1::Block, number: &str, registration: v1::BirthRegistration) -> v1::SettleNumberRequest {
    v1::SettleNumberRequest {
        request_id: new_id(),
        block_id: block.block_id.clone(),
        number: number.into(),
        registration: Some(registration),
        handed_out_at: Some(Timestamp {
            seconds: 1_755_600_000,
            nanos: 0,
        }),
    }
}

/// The birth of child `n`, a girl, registered at a mission in Japan.
pub fn born_abroad(office: &str, n: u64) -> v1::BirthRegistration {
    v1::BirthRegistration {
        kind: v1::RegistrationKind::BornAbroad.into(),
        place_code: "232".into(),
        ..births::birth(office, n)
    }
}

//! Decisions as messages of the contract.

use tonic_types::pb::LocalizedMessage;

use super::messages::UNDER_REVIEW;
use super::status::{Language, item_status};
use crate::proto::v1;
use crate::protocol::{LifeStatus, NumberRow, NumberState, Reply, Standing};
use crate::refusal::Refusal;
use crate::registration::{Ref, timestamp};

/// The answer to `IssueNumber`.
///
/// # Errors
/// [`Refusal::NotEligible`], and a case that was rejected or taken back, are decisions, and yet answered as errors.
pub fn issue_answer(reply: &Reply, language: Language) -> Result<v1::IssueNumberResponse, Refusal> {
    use v1::issue_number_response::Outcome;
    let outcome = match &reply.standing {
        Standing::Issued(row) => Outcome::Issued(number(row, [&reply.facts.reference])),
        Standing::UnderReview(case_id) => Outcome::UnderReview(under_review(&case_id.to_string(), language)),
        Standing::NotEligible => return Err(Refusal::NotEligible),
        Standing::CaseClosed(_) => return Err(Refusal::WrongState("registration")),
    };
    Ok(v1::IssueNumberResponse {
        outcome: Some(outcome),
        replayed: reply.replayed,
        position: reply.position,
    })
}

/// The answer to `GetIssuance`.
pub fn issuance_answer(reply: &Reply, language: Language) -> v1::GetIssuanceResponse {
    use v1::get_issuance_response::Outcome;
    let outcome = match &reply.standing {
        Standing::Issued(row) => Outcome::Issued(number(row, [&reply.facts.reference])),
        Standing::UnderReview(case_id) => Outcome::UnderReview(under_review(&case_id.to_string(), language)),
        Standing::NotEligible => Outcome::Rejected(item_status(&Refusal::NotEligible, language)),
        Standing::CaseClosed(_) => Outcome::Rejected(item_status(&Refusal::WrongState("registration"), language)),
    };
    v1::GetIssuanceResponse {
        request_id: reply.request_id.to_string(),
        outcome: Some(outcome),
    }
}

/// A case that must be settled first.
pub fn under_review(case_id: &str, language: Language) -> v1::UnderReview {
    let (locale, text) = language.choose(UNDER_REVIEW);
    v1::UnderReview {
        case_id: case_id.to_owned(),
        advice: Some(LocalizedMessage {
            locale: locale.to_owned(),
            message: text.to_owned(),
        }),
    }
}

/// A number as it stands, with those of its registrations that the caller may see.
pub fn number<'a>(row: &NumberRow, references: impl IntoIterator<Item = &'a Ref>) -> v1::Number {
    let digits = |number: Option<crate::number::Number>| number.map(|number| number.to_string()).unwrap_or_default();
    v1::Number {
        number: row.number.to_string(),
        state: state(row.state).into(),
        life_status: life(row.life).into(),
        replaced_by: digits(row.replaced_by),
        replaces: digits(row.replaces),
        registrations: references.into_iter().map(Into::into).collect(),
        open_case_id: row.case_id.map(|id| id.to_string()).unwrap_or_default(),
        issued_at: (row.issued_at != 0).then(|| timestamp(row.issued_at)),
        position: row.decision,
    }
}

/// The contract's value of a state.
pub fn state(state: NumberState) -> v1::NumberState {
    match state {
        NumberState::Reserved => v1::NumberState::Reserved,
        NumberState::Issued => v1::NumberState::Issued,
        NumberState::Confirmed => v1::NumberState::Confirmed,
        NumberState::Disputed => v1::NumberState::Disputed,
        NumberState::Revoked => v1::NumberState::Revoked,
        NumberState::Quarantined => v1::NumberState::Quarantined,
    }
}

fn life(status: LifeStatus) -> v1::LifeStatus {
    match status {
        LifeStatus::Alive => v1::LifeStatus::Alive,
        LifeStatus::Deceased => v1::LifeStatus::Deceased,
        LifeStatus::Missing => v1::LifeStatus::Missing,
    }
}

/// A day.
pub fn date_message(day: jiff::civil::Date) -> crate::proto::google::r#type::Date {
    crate::proto::google::r#type::Date {
        year: day.year().into(),
        month: day.month().into(),
        day: day.day().into(),
    }
}

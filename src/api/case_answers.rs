//! Numbers and cases as messages, each as far as the caller may see it.

use super::answers::number as number_of_row;
use super::identity::Caller;
use crate::engine::{CaseFile, NumberFile};
use crate::ledger::SYSTEM_OFFICE;
use crate::policy::Role;
use crate::proto::v1;
use crate::protocol::{CaseCause, CaseKind, CaseRow, CaseState, Fields, Scope, Side};
use crate::registration::{Ref, timestamp};

/// A number, with those of its registrations that are within the caller's reach.
pub(super) fn number_message(file: &NumberFile, scope: &Scope) -> v1::Number {
    let seen = file.references.iter().filter(|own| scope.covers(&own.office));
    number_of_row(&file.row, seen)
}

/// A case, as a caller of this reach may see it.
pub(super) fn case_message(file: &CaseFile, caller: &Caller, scope: &Scope) -> v1::Case {
    let case = &file.case;
    let opened = &file.opened.known.entry;
    let fields = &file.opened.says.fields;
    let text = |path| fields.get(path).unwrap_or_default().to_owned();
    let own_service = matches!(case.kind, CaseKind::Duplicate) || case.cause == CaseCause::ChangedFacts;
    let closing = file.closed.as_ref();
    v1::Case {
        case_id: case.case_id.to_string(),
        kind: case_kind(case.kind).into(),
        state: case_state(case.state).into(),
        ground: text("ground"),
        evidence_ref: text("evidence_ref"),
        numbers: numbers(file, caller, scope),
        refs: references(file, scope).iter().map(Into::into).collect(),
        proposed_by: match own_service {
            true => SYSTEM_OFFICE.to_owned(),
            false => opened.request.office.clone(),
        },
        decided_by: match closing {
            None => String::new(),
            Some(closing) => closing.known.entry.request.office.clone(),
        },
        waiting_for: waiting_for(case).into(),
        opened_at: Some(timestamp(case.opened_at)),
        decided_at: closing.map(|closing| timestamp(closing.known.entry.at)),
        resolution: closing.and_then(|closing| resolution(&closing.says.fields)),
        version: case.version,
        mismatch: mismatch(case.cause).into(),
        fields: fields.all("fields").map(ToOwned::to_owned).collect(),
    }
}

/// The numbers that a case is about. Who may have a number already is shown to those alone who see everybody's, and the
/// other one of two to them, to whom named it, and to the department that decides.
fn numbers(file: &CaseFile, caller: &Caller, scope: &Scope) -> Vec<String> {
    let all = *scope == Scope::All;
    let named_it = caller.acts_for(&file.opened.known.entry.request.office);
    let department = caller.role == Role::JusticeDepartment && matches!(scope, Scope::Area(_));
    let decides = department && file.case.cause == CaseCause::OtherNumber;
    let mut numbers = Vec::new();
    if let Some(number) = &file.number
        && (all || number.references.iter().any(|own| scope.covers(&own.office)))
    {
        numbers.push(number.row.number);
        if file.case.kind == CaseKind::Reissue {
            numbers.extend(number.row.replaced_by);
        }
    }
    if all || named_it || decides {
        numbers.extend(
            file.case
                .other
                .filter(|_| file.case.cause != CaseCause::ChangedFacts || all),
        );
    }
    if all {
        numbers.extend(file.against.iter().filter_map(|(_, number)| *number));
    }
    let mut shown: Vec<String> = Vec::with_capacity(numbers.len());
    for number in numbers {
        let digits = number.to_string();
        if !shown.contains(&digits) {
            shown.push(digits);
        }
    }
    shown
}

fn references(file: &CaseFile, scope: &Scope) -> Vec<Ref> {
    let waiting = file.opened.facts().map(|facts| facts.reference.clone());
    let reported = file.opened.reported_reference();
    let of_number = file.number.iter().flat_map(|number| number.references.iter().cloned());
    let against = file.against.iter().map(|(reference, _)| reference.clone());
    let mut seen: Vec<Ref> = Vec::new();
    for reference in waiting.into_iter().chain(reported).chain(of_number).chain(against) {
        if scope.covers(&reference.office) && !seen.contains(&reference) {
            seen.push(reference);
        }
    }
    seen
}

fn resolution(fields: &Fields) -> Option<v1::CaseResolution> {
    use v1::case_resolution::Answer;
    let text = |path| fields.get(path).map(ToOwned::to_owned);
    let keeper = || {
        let keeper = fields.reference("resolution.keeper")?;
        Some(Answer::Keeper((&keeper).into()))
    };
    let different = || {
        fields
            .get("resolution.different_persons")
            .map(|_| Answer::DifferentPersons(true))
    };
    let answer = text("resolution.same_person")
        .map(Answer::SamePerson)
        .or_else(different)
        .or_else(|| text("resolution.standing_number").map(Answer::StandingNumber))
        .or_else(keeper)?;
    Some(v1::CaseResolution { answer: Some(answer) })
}

fn waiting_for(case: &CaseRow) -> v1::Side {
    match case.waiting_for() {
        None => v1::Side::Unspecified,
        Some(Side::Registration) => v1::Side::Registration,
        Some(Side::Population) => v1::Side::Population,
    }
}

fn mismatch(cause: CaseCause) -> v1::MismatchKind {
    match cause {
        CaseCause::Differs => v1::MismatchKind::Differs,
        CaseCause::MissingHere => v1::MismatchKind::MissingHere,
        CaseCause::MissingThere => v1::MismatchKind::MissingThere,
        _ => v1::MismatchKind::Unspecified,
    }
}

/// The contract's value of a kind.
pub(super) fn case_kind(kind: CaseKind) -> v1::CaseKind {
    match kind {
        CaseKind::Revoke => v1::CaseKind::Revoke,
        CaseKind::Reissue => v1::CaseKind::Reissue,
        CaseKind::Duplicate => v1::CaseKind::Duplicate,
        CaseKind::TwoNumbers => v1::CaseKind::TwoNumbers,
        CaseKind::SharedNumber => v1::CaseKind::SharedNumber,
        CaseKind::Mismatch => v1::CaseKind::Mismatch,
    }
}

fn case_state(state: CaseState) -> v1::CaseState {
    match state {
        CaseState::Open => v1::CaseState::Open,
        CaseState::Approved => v1::CaseState::Approved,
        CaseState::Rejected => v1::CaseState::Rejected,
        CaseState::Withdrawn => v1::CaseState::Withdrawn,
    }
}

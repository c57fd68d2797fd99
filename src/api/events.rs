//! Entries of the ledger as events, each as far as its reader may see it.

use super::identity::Caller;
use crate::engine::Occurrence;
use crate::ledger::EntryKind;
use crate::number::Number;
use crate::policy::{EventKind, FactField, Role, Subscription};
use crate::proto::v1;
use crate::protocol::{CaseKind, NumberRow, NumberState, Scope};
use crate::registration::{Ref, facts_of, timestamp};

/// What an entry is to those who follow: the most telling first. Whoever asks for one of the others is told of that.
pub(super) fn kinds_of(occurrence: &Occurrence) -> Vec<EventKind> {
    let known = &occurrence.decided.known;
    let case = known.entry.case_id.is_some();
    match known.entry.kind {
        EntryKind::Genesis
        | EntryKind::Bound
        | EntryKind::Recovered
        | EntryKind::SealKeyChanged
        | EntryKind::IndexKeyChanged => Vec::new(),
        EntryKind::Issued | EntryKind::Reentered => vec![EventKind::Issued],
        EntryKind::Settled => vec![EventKind::Issued, EventKind::Block],
        EntryKind::BlockReserved | EntryKind::BlockClosed => vec![EventKind::Block],
        EntryKind::UnderReview => vec![EventKind::UnderReview, EventKind::CaseOpened],
        EntryKind::Imported | EntryKind::Completed => vec![EventKind::Imported],
        EntryKind::ImportDisputed => vec![EventKind::UnderReview, EventKind::CaseOpened],
        EntryKind::Rejected => vec![EventKind::Rejected],
        EntryKind::Confirmed => vec![EventKind::Confirmed],
        EntryKind::Disputed => vec![EventKind::Disputed, EventKind::CaseOpened],
        EntryKind::Attached if case => vec![EventKind::Attached, EventKind::CaseDecided],
        EntryKind::Attached => vec![EventKind::Attached],
        EntryKind::Changed if case => vec![EventKind::CivilStatus, EventKind::CaseOpened],
        EntryKind::Changed => vec![EventKind::CivilStatus],
        EntryKind::RevocationProposed
        | EntryKind::ReissueProposed
        | EntryKind::MergeProposed
        | EntryKind::SplitProposed
        | EntryKind::MismatchReported => vec![EventKind::CaseOpened],
        EntryKind::CaseRejected | EntryKind::CaseWithdrawn => vec![EventKind::CaseDecided],
        EntryKind::CaseApproved => approved(occurrence)
            .into_iter()
            .chain([EventKind::CaseDecided])
            .collect(),
    }
}

/// What became of a number by an approval.
fn approved(occurrence: &Occurrence) -> Option<EventKind> {
    let kind = occurrence.decided.known.case.as_ref().map(|case| case.kind);
    match (occurrence.given(), revoked(occurrence)) {
        (Some(_), Some(_)) => Some(EventKind::Reissued),
        (Some(_), None) => Some(EventKind::Issued),
        (None, Some(_)) => Some(EventKind::Revoked),
        (None, None) => (kind == Some(CaseKind::Duplicate)).then_some(EventKind::Attached),
    }
}

fn revoked(occurrence: &Occurrence) -> Option<&NumberRow> {
    occurrence.changed.iter().find(|row| row.state == NumberState::Revoked)
}

/// The event that a caller is shown, if any.
pub(super) fn message(occurrence: &Occurrence, kind: EventKind, caller: &Caller) -> Option<v1::Event> {
    let entry = &occurrence.decided.known.entry;
    let subject = subject(occurrence, kind);
    let view = View::of(caller, subject.map(|(number, _)| number), kind)?;
    let seen: Vec<&Ref> = occurrence.references.iter().filter(|own| view.covers(own)).collect();
    // A block concerns nobody but the mission that has it.
    let own_block = kind == EventKind::Block && view.is_of(&entry.request.office);
    if seen.is_empty() && !own_block && !matches!(view, View::All | View::Subscriber(_)) {
        return None;
    }
    let digits = |number: Option<Number>| number.map(|number| number.to_string()).unwrap_or_default();
    Some(v1::Event {
        position: entry.position,
        kind: contract_kind(kind).into(),
        number: digits(subject.map(|(number, _)| number)),
        replaced_by: digits(subject.and_then(|(_, replaced_by)| replaced_by)),
        case_id: match view {
            View::Subscriber(_) => String::new(),
            _ => entry.case_id.map(|id| id.to_string()).unwrap_or_default(),
        },
        r#ref: match view {
            View::Subscriber(_) => None,
            _ => seen.first().map(|own| (*own).into()),
        },
        facts: view.facts(occurrence, caller),
        at: Some(timestamp(entry.at)),
    })
}

/// The number that an event is about, and the one that took its place.
fn subject(occurrence: &Occurrence, kind: EventKind) -> Option<(Number, Option<Number>)> {
    let of_row = |row: &NumberRow| (row.number, row.replaced_by);
    let named = occurrence.decided.known.entry.number;
    match kind {
        EventKind::Reissued | EventKind::Revoked => revoked(occurrence).map(of_row),
        EventKind::Issued if named.is_none() || occurrence.given().is_some() => occurrence.given().map(of_row),
        _ => named.map(|(_, number)| (number, None)),
    }
}

/// What a caller may see of an event.
enum View<'a> {
    All,
    Own(&'a Scope),
    /// What a subscriber is given; without a policy, numbers alone.
    Subscriber(Option<&'a Subscription>),
}

impl<'a> View<'a> {
    fn of(caller: &'a Caller, number: Option<Number>, kind: EventKind) -> Option<Self> {
        if caller.role == Role::Subscriber {
            let subscription = caller.policy.subscription(&caller.sender.office);
            let place = number?.prefix().place();
            let given = match subscription {
                Some(subscription) => subscription.kinds.contains(&kind) && subscription.covers(place),
                // An office that nobody listed is given nothing, save in development, where none is listed.
                None => !caller.policy.lists_offices() && about_numbers(kind),
            };
            return given.then_some(Self::Subscriber(subscription));
        }
        match &caller.standpoint.as_ref()?.scope {
            Scope::All => Some(Self::All),
            scope => Some(Self::Own(scope)),
        }
    }

    fn covers(&self, own: &Ref) -> bool {
        self.is_of(&own.office)
    }

    fn is_of(&self, office: &str) -> bool {
        match self {
            Self::All => true,
            Self::Own(scope) => scope.covers(office),
            Self::Subscriber(_) => false,
        }
    }

    /// The facts less the parents; of those, a subscriber's own few.
    fn facts(&self, occurrence: &Occurrence, caller: &Caller) -> Option<v1::Facts> {
        let registered = occurrence.registered.as_ref()?;
        let facts = facts_of(&registered.content);
        match self {
            Self::Subscriber(subscription) => subscription.map(|subscription| few_of(facts, subscription)),
            Self::Own(scope) if !scope.covers(&registered.facts.reference.office) => None,
            Self::All | Self::Own(_) => Some(v1::Facts {
                mother: None,
                father: None,
                ethnicity: facts
                    .ethnicity
                    .filter(|_| caller.role.sees_ethnicity() || caller.acts_for(&registered.facts.reference.office)),
                ..facts
            }),
        }
    }
}

/// Kinds that tell what became of a number.
fn about_numbers(kind: EventKind) -> bool {
    matches!(
        kind,
        EventKind::Issued
            | EventKind::Confirmed
            | EventKind::Disputed
            | EventKind::Attached
            | EventKind::Revoked
            | EventKind::Reissued
            | EventKind::CivilStatus
            | EventKind::Imported
    )
}

fn few_of(facts: v1::Facts, subscription: &Subscription) -> v1::Facts {
    let may = |field| subscription.fields.contains(&field);
    v1::Facts {
        full_name: facts.full_name.filter(|_| may(FactField::FullName)),
        date_of_birth: facts.date_of_birth.filter(|_| may(FactField::DateOfBirth)),
        sex: facts.sex.filter(|_| may(FactField::Sex)),
        nationalities: match may(FactField::Nationalities) {
            true => facts.nationalities,
            false => Vec::new(),
        },
        home_town: facts.home_town.filter(|_| may(FactField::HomeTown)),
        place_of_birth: facts.place_of_birth.filter(|_| may(FactField::PlaceOfBirth)),
        birth_order: facts.birth_order.filter(|_| may(FactField::BirthOrder)),
        births: facts.births.filter(|_| may(FactField::Births)),
        existing_identifiers: match may(FactField::ExistingIdentifiers) {
            true => facts.existing_identifiers,
            false => Vec::new(),
        },
        ..v1::Facts::default()
    }
}

fn contract_kind(kind: EventKind) -> v1::EventKind {
    match kind {
        EventKind::Issued => v1::EventKind::Issued,
        EventKind::UnderReview => v1::EventKind::UnderReview,
        EventKind::Rejected => v1::EventKind::Rejected,
        EventKind::Confirmed => v1::EventKind::Confirmed,
        EventKind::Disputed => v1::EventKind::Disputed,
        EventKind::Attached => v1::EventKind::Attached,
        EventKind::Revoked => v1::EventKind::Revoked,
        EventKind::Reissued => v1::EventKind::Reissued,
        EventKind::CaseOpened => v1::EventKind::CaseOpened,
        EventKind::CaseDecided => v1::EventKind::CaseDecided,
        EventKind::CivilStatus => v1::EventKind::CivilStatus,
        EventKind::Block => v1::EventKind::Block,
        EventKind::Imported => v1::EventKind::Imported,
    }
}

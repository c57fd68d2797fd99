//! Brings a message into the one form in which it is kept, whatever is wrong with it.

use super::limits;
use super::names::written;
use crate::proto::google::r#type::Date;
use crate::proto::v1 as pb;

/// The cleaned form of a message. What says nothing becomes absent; what is wrong stays wrong, for the check to name.
pub(super) fn registration(raw: &pb::BirthRegistration) -> pb::BirthRegistration {
    pb::BirthRegistration {
        r#ref: reference(raw.r#ref.as_ref()),
        kind: raw.kind,
        registered_on: date(raw.registered_on),
        place_code: text(&raw.place_code),
        child: present(raw.child.as_ref().map(child)),
        mother: person(raw.mother.as_ref()),
        father: person(raw.father.as_ref()),
        representative: person(raw.representative.as_ref()),
        foundling: raw.foundling,
        former_ref: reference(raw.former_ref.as_ref()),
    }
}

fn child(raw: &pb::Child) -> pb::Child {
    let mut clean = pb::Child {
        full_name: text(&raw.full_name),
        date_of_birth: date(raw.date_of_birth),
        sex: raw.sex,
        ethnicity: text(&raw.ethnicity),
        nationalities: countries(&raw.nationalities),
        home_town: place(raw.home_town.as_ref()),
        place_of_birth: place(raw.place_of_birth.as_ref()),
        birth_order: raw.birth_order,
        births: raw.births,
        existing_identifiers: identifiers(&raw.existing_identifiers),
    };
    if clean != pb::Child::default() && (raw.birth_order, raw.births) == (0, 0) {
        (clean.birth_order, clean.births) = (1, 1);
    }
    clean
}

fn person(raw: Option<&pb::Person>) -> Option<pb::Person> {
    present(raw.map(|raw| pb::Person {
        full_name: text(&raw.full_name),
        born: raw.born.filter(|born| match born {
            pb::person::Born::DateOfBirth(born) => *born != Date::default(),
            pb::person::Born::BirthYear(year) => *year != 0,
        }),
        personal_number: text(&raw.personal_number),
        identifiers: identifiers(&raw.identifiers),
        nationality: upper(&raw.nationality),
        organisation_name: text(&raw.organisation_name),
    }))
}

fn reference(raw: Option<&pb::RegistrationRef>) -> Option<pb::RegistrationRef> {
    present(raw.map(|raw| pb::RegistrationRef {
        office_code: text(&raw.office_code),
        register: raw.register,
        book_year: raw.book_year,
        book_number: text(&raw.book_number),
        entry_number: text(&raw.entry_number),
    }))
}

fn place(raw: Option<&pb::Place>) -> Option<pb::Place> {
    present(raw.map(|raw| pb::Place {
        text: text(&raw.text),
        unit_code: text(&raw.unit_code),
        country: upper(&raw.country),
    }))
}

fn identifiers(raw: &[pb::Identifier]) -> Vec<pb::Identifier> {
    let clean = raw.iter().map(|raw| pb::Identifier {
        r#type: raw.r#type,
        value: upper(&raw.value),
        country: upper(&raw.country),
    });
    let mut clean: Vec<_> = clean
        .filter(|identifier| *identifier != pb::Identifier::default())
        .collect();
    clean.sort_unstable_by(|left, right| key(left).cmp(&key(right)));
    clean.dedup();
    clean
}

fn key(identifier: &pb::Identifier) -> (i32, &str, &str) {
    (identifier.r#type, &identifier.country, &identifier.value)
}

fn countries(raw: &[String]) -> Vec<String> {
    let mut clean: Vec<String> = raw
        .iter()
        .map(|country| upper(country))
        .filter(|country| !country.is_empty())
        .collect();
    clean.sort_unstable();
    clean.dedup();
    clean
}

fn text(raw: &str) -> String {
    if raw.len() > limits::TEXT_BYTES {
        return raw.to_owned();
    }
    written(raw)
}

/// Codes and numbers of papers, which are capitals and digits.
fn upper(raw: &str) -> String {
    let mut clean = text(raw);
    clean.make_ascii_uppercase();
    clean
}

fn date(raw: Option<Date>) -> Option<Date> {
    raw.filter(|date| *date != Date::default())
}

fn present<M: Default + PartialEq>(message: Option<M>) -> Option<M> {
    message.filter(|message| *message != M::default())
}

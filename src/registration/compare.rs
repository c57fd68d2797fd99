//! Facts as others see them: shown from a registration, and compared with it field by field.

use std::collections::BTreeMap;

use super::Content;
use super::fields;
use crate::proto::v1 as pb;

/// What comparing one field found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compared {
    /// The same, after normalising.
    Match,
    /// Something else.
    Mismatch,
    /// The registration does not have this field.
    NotHeld,
}

/// The facts of a registration, as they are kept.
pub fn facts_of(content: &Content) -> pb::Facts {
    let message = content.message();
    let child = message.child.clone().unwrap_or_default();
    pb::Facts {
        full_name: Some(child.full_name),
        date_of_birth: child.date_of_birth,
        sex: Some(child.sex),
        ethnicity: Some(child.ethnicity).filter(|text| !text.is_empty()),
        nationalities: child.nationalities,
        home_town: child.home_town,
        place_of_birth: child.place_of_birth,
        birth_order: Some(child.birth_order),
        births: Some(child.births),
        existing_identifiers: child.existing_identifiers,
        mother: message.mother.clone(),
        father: message.father.clone(),
    }
}

/// Compares every field that `asked` holds with a registration. Fields are named as in `Facts`, those of parents dotted
/// (`mother.full_name`); lists are compared whole.
pub fn compare(asked: &pb::Facts, held: &Content) -> Vec<(&'static str, Compared)> {
    let held = by_field(held);
    let mut asked_fields = by_field(&as_content(asked));
    // Cleaning fills these in where they are not given.
    if asked.birth_order.is_none() {
        asked_fields.remove("birth_order");
    }
    if asked.births.is_none() {
        asked_fields.remove("births");
    }
    let compared = asked_fields.into_iter().map(|(field, values)| match held.get(field) {
        None => (field, Compared::NotHeld),
        Some(known) if *known == values => (field, Compared::Match),
        Some(_) => (field, Compared::Mismatch),
    });
    compared.collect()
}

/// Facts in the place they have in a registration, so that both are cleaned and walked by the same code.
fn as_content(facts: &pb::Facts) -> Content {
    let facts = facts.clone();
    let child = pb::Child {
        full_name: facts.full_name.unwrap_or_default(),
        date_of_birth: facts.date_of_birth,
        sex: facts.sex.unwrap_or_default(),
        ethnicity: facts.ethnicity.unwrap_or_default(),
        nationalities: facts.nationalities,
        home_town: facts.home_town,
        place_of_birth: facts.place_of_birth,
        birth_order: facts.birth_order.unwrap_or_default(),
        births: facts.births.unwrap_or_default(),
        existing_identifiers: facts.existing_identifiers,
    };
    Content::of(&pb::BirthRegistration {
        child: Some(child),
        mother: facts.mother,
        father: facts.father,
        ..pb::BirthRegistration::default()
    })
}

fn by_field(content: &Content) -> BTreeMap<&'static str, Vec<String>> {
    let mut by_field: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
    fields::visit(content.message(), &mut |path, value| {
        let own = path.strip_prefix("registration.child.");
        let parent = || {
            path.strip_prefix("registration.")
                .filter(|rest| rest.starts_with("mother.") || rest.starts_with("father."))
        };
        if let Some(field) = own.or_else(parent) {
            by_field.entry(field).or_default().push(value.to_owned());
        }
    });
    by_field
}

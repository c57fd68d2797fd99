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
    let held = content_fields(held);
    let mut asked_fields = content_fields(&as_content(asked));
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

/// Whether the name and the date of birth both match: without that, nothing is told of a person.
pub fn identifies(compared: &[(&'static str, Compared)]) -> bool {
    ["full_name", "date_of_birth"]
        .iter()
        .all(|field| compared.contains(&(field, Compared::Match)))
}

/// Facts in the place they have in a registration, so that both are cleaned and walked by the same code.
pub(super) fn as_content(facts: &pb::Facts) -> Content {
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

/// The facts that can be named, in the order of the contract.
pub const FACTS_PATHS: &[&str] = &[
    "full_name",
    "date_of_birth",
    "sex",
    "ethnicity",
    "nationalities",
    "home_town",
    "place_of_birth",
    "birth_order",
    "births",
    "existing_identifiers",
    "mother",
    "father",
];

/// A registration in which the facts named by `mask` are those of `facts`: what they do not state is taken away. Paths are
/// the first level of `Facts`; unknown ones change nothing.
pub fn with_facts(held: &Content, facts: &pb::Facts, mask: &[String]) -> Content {
    let mut message = held.message().clone();
    let new = as_content(facts);
    let (new, new_child) = (new.message(), new.message().child.clone().unwrap_or_default());
    let child = message.child.get_or_insert_default();
    for path in mask {
        match path.as_str() {
            "full_name" => child.full_name.clone_from(&new_child.full_name),
            "date_of_birth" => child.date_of_birth = new_child.date_of_birth,
            "sex" => child.sex = new_child.sex,
            "ethnicity" => child.ethnicity.clone_from(&new_child.ethnicity),
            "nationalities" => child.nationalities.clone_from(&new_child.nationalities),
            "home_town" => child.home_town.clone_from(&new_child.home_town),
            "place_of_birth" => child.place_of_birth.clone_from(&new_child.place_of_birth),
            "birth_order" => child.birth_order = new_child.birth_order,
            "births" => child.births = new_child.births,
            "existing_identifiers" => child.existing_identifiers.clone_from(&new_child.existing_identifiers),
            "mother" => message.mother.clone_from(&new.mother),
            "father" => message.father.clone_from(&new.father),
            _ => {}
        }
    }
    Content::of(&message)
}

/// Every field that facts state, as its path within them and the form in which it is compared.
pub fn facts_fields(facts: &pb::Facts) -> Vec<(&'static str, Vec<String>)> {
    content_fields(&as_content(facts)).into_iter().collect()
}

/// The same of what is held.
pub fn content_fields(content: &Content) -> BTreeMap<&'static str, Vec<String>> {
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

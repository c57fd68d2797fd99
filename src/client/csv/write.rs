//! A registration into a row.

use super::Role;
use super::cells::{short, write_born, write_date, write_papers, write_whole};
use crate::proto::v1::{BirthRegistration, Child, Person, Place, RegistrationRef};

/// The cells of one registration, in the order of [`COLUMNS`](super::COLUMNS). The office is that of its `ref`.
pub fn to_record(registration: &BirthRegistration, role: Role) -> Vec<String> {
    let (child, nobody) = (Child::default(), Person::default());
    let child = registration.child.as_ref().unwrap_or(&child);
    let representative = registration.representative.as_ref().unwrap_or(&nobody);
    let [office, register, year, number, entry] = reference(registration.r#ref.as_ref());
    let mut cells = Vec::with_capacity(super::COLUMNS.len());
    cells.extend([office, role.name().to_owned(), register, year, number, entry]);
    cells.extend([
        short("REGISTRATION_KIND_", registration.kind().as_str_name()).to_owned(),
        write_date(registration.registered_on.as_ref()),
        registration.place_code.clone(),
        child.full_name.clone(),
        write_date(child.date_of_birth.as_ref()),
        short("SEX_", child.sex().as_str_name()).to_owned(),
        child.ethnicity.clone(),
        child.nationalities.join(";"),
        write_whole(child.birth_order),
        write_whole(child.births),
    ]);
    cells.extend(place(child.home_town.as_ref()));
    cells.extend(place(child.place_of_birth.as_ref()));
    cells.push(write_papers(&child.existing_identifiers));
    for person_or_none in [&registration.mother, &registration.father] {
        cells.extend(person(person_or_none.as_ref().unwrap_or(&nobody)));
    }
    cells.extend(person(representative));
    cells.push(representative.organisation_name.clone());
    cells.push(if registration.foundling {
        "yes".to_owned()
    } else {
        String::new()
    });
    cells.extend(reference(registration.former_ref.as_ref()));
    cells
}

pub(super) fn reference(reference: Option<&RegistrationRef>) -> [String; 5] {
    let Some(reference) = reference else {
        return Default::default();
    };
    [
        reference.office_code.clone(),
        short("REGISTER_", reference.register().as_str_name()).to_owned(),
        write_whole(reference.book_year),
        reference.book_number.clone(),
        reference.entry_number.clone(),
    ]
}

pub(super) fn place(place: Option<&Place>) -> [String; 3] {
    let Some(place) = place else { return Default::default() };
    [place.text.clone(), place.unit_code.clone(), place.country.clone()]
}

pub(super) fn person(person: &Person) -> [String; 5] {
    [
        person.full_name.clone(),
        write_born(person.born.as_ref()),
        person.personal_number.clone(),
        person.nationality.clone(),
        write_papers(&person.identifiers),
    ]
}

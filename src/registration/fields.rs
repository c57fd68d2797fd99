//! Walks the fields a message has, in a fixed order, each as its path and the form in which it is compared.

use std::fmt::Write;

use super::limits;
use super::names::push_normal;
use super::paths::{self, IdentifierPaths, PersonPaths, PlacePaths, RefPaths};
use crate::proto::google::r#type::Date;
use crate::proto::v1 as pb;

/// Shows `see` every field that is present: its path and its value in the form for comparing. The order is that of the
/// fields in the contract; each item of a list is shown under the path of the list.
///
/// Paths, order and forms make up the digested content, so a change to any of them needs a new version of it.
pub(super) fn visit(message: &pb::BirthRegistration, see: &mut dyn FnMut(&'static str, &str)) {
    let mut walk = Walk {
        see,
        form: String::with_capacity(64),
    };
    walk.reference(&paths::REF, message.r#ref.as_ref());
    walk.integer(paths::KIND, message.kind);
    walk.date(paths::REGISTERED_ON, message.registered_on);
    walk.text(paths::PLACE_CODE, &message.place_code);
    if let Some(child) = &message.child {
        walk.child(child);
    }
    walk.person(&paths::MOTHER, message.mother.as_ref());
    walk.person(&paths::FATHER, message.father.as_ref());
    walk.person(&paths::REPRESENTATIVE, message.representative.as_ref());
    walk.integer(paths::FOUNDLING, i32::from(message.foundling));
    walk.reference(&paths::FORMER_REF, message.former_ref.as_ref());
}

struct Walk<'a> {
    see: &'a mut dyn FnMut(&'static str, &str),
    /// Reused from field to field.
    form: String,
}

impl Walk<'_> {
    fn child(&mut self, child: &pb::Child) {
        self.text(paths::CHILD_NAME, &child.full_name);
        self.date(paths::CHILD_BORN, child.date_of_birth);
        self.integer(paths::SEX, child.sex);
        self.text(paths::ETHNICITY, &child.ethnicity);
        for country in &child.nationalities {
            self.text(paths::NATIONALITIES, country);
        }
        self.place(&paths::HOME_TOWN, child.home_town.as_ref());
        self.place(&paths::PLACE_OF_BIRTH, child.place_of_birth.as_ref());
        self.integer(paths::BIRTH_ORDER, child.birth_order);
        self.integer(paths::BIRTHS, child.births);
        self.identifiers(&paths::CHILD_IDENTIFIERS, &child.existing_identifiers);
    }

    fn person(&mut self, paths: &PersonPaths, person: Option<&pb::Person>) {
        let Some(person) = person else { return };
        self.text(paths.full_name, &person.full_name);
        match person.born {
            Some(pb::person::Born::DateOfBirth(date)) => self.date(paths.date_of_birth, Some(date)),
            Some(pb::person::Born::BirthYear(year)) => self.integer(paths.birth_year, year),
            None => {}
        }
        self.text(paths.personal_number, &person.personal_number);
        self.identifiers(&paths.identifiers, &person.identifiers);
        self.text(paths.nationality, &person.nationality);
        self.text(paths.organisation_name, &person.organisation_name);
    }

    fn reference(&mut self, paths: &RefPaths, reference: Option<&pb::RegistrationRef>) {
        let Some(reference) = reference else { return };
        self.text(paths.office_code, &reference.office_code);
        self.integer(paths.register, reference.register);
        self.integer(paths.book_year, reference.book_year);
        self.text(paths.book_number, &reference.book_number);
        self.text(paths.entry_number, &reference.entry_number);
    }

    fn place(&mut self, paths: &PlacePaths, place: Option<&pb::Place>) {
        let Some(place) = place else { return };
        self.text(paths.text, &place.text);
        self.text(paths.unit_code, &place.unit_code);
        self.text(paths.country, &place.country);
    }

    /// One leaf for each paper. Neither country nor number holds a space, so the parts cannot be mistaken.
    fn identifiers(&mut self, paths: &IdentifierPaths, identifiers: &[pb::Identifier]) {
        for identifier in identifiers {
            let (kind, country, value) = (identifier.r#type, &identifier.country, &identifier.value);
            self.show(paths.whole, format_args!("{kind} {country} {value}"));
        }
    }

    fn date(&mut self, path: &'static str, date: Option<Date>) {
        if let Some(Date { year, month, day }) = date {
            self.show(path, format_args!("{year}-{month}-{day}"));
        }
    }

    fn integer(&mut self, path: &'static str, value: i32) {
        if value != 0 {
            self.show(path, format_args!("{value}"));
        }
    }

    fn show(&mut self, path: &'static str, value: std::fmt::Arguments<'_>) {
        self.form.clear();
        // Writing to a string does not fail.
        let _ = self.form.write_fmt(value);
        (self.see)(path, &self.form);
    }

    fn text(&mut self, path: &'static str, value: &str) {
        if value.is_empty() {
            return;
        }
        if value.len() > limits::TEXT_BYTES {
            return (self.see)(path, value);
        }
        self.form.clear();
        push_normal(value, &mut self.form);
        (self.see)(path, &self.form);
    }
}

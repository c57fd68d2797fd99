//! The rules for parents, representatives and papers.

use super::check::Report;
use super::dates::{self, PartialDate};
use super::paths::{self, IdentifierPaths, PersonPaths};
use super::{Problem, limits};
use crate::number::Number;
use crate::proto::v1 as pb;
use crate::proto::v1::person::Born;

impl Report<'_> {
    /// All people but the child, and whether they are those a child must have. `child_born` is given where it is in
    /// order.
    pub(super) fn people(&mut self, message: &pb::BirthRegistration, child_born: Option<PartialDate>) {
        let parents = [(&paths::MOTHER, &message.mother), (&paths::FATHER, &message.father)];
        let any_parent = parents.iter().any(|(_, parent)| parent.is_some());
        let nobody = !any_parent && message.representative.is_none();
        self.add_if(nobody && !message.foundling, paths::MOTHER.whole, Problem::NoParents);
        for (paths, parent) in parents {
            if let Some(parent) = parent {
                self.parent(paths, parent, child_born);
            }
        }
        if let Some(representative) = &message.representative {
            self.representative(&paths::REPRESENTATIVE, representative);
        }
        self.add_if(
            any_parent && message.foundling,
            paths::FOUNDLING,
            Problem::FoundlingWithParents,
        );
    }

    fn parent(&mut self, paths: &PersonPaths, parent: &pb::Person, child_born: Option<PartialDate>) {
        self.name(paths.full_name, &parent.full_name, Problem::Required);
        self.born(paths, parent.born, child_born);
        self.papers(paths, parent);
        let organisation = !parent.organisation_name.is_empty();
        self.add_if(organisation, paths.organisation_name, Problem::Organisation);
    }

    fn representative(&mut self, paths: &PersonPaths, person: &pb::Person) {
        if person.full_name.is_empty() {
            let nameless = person.organisation_name.is_empty();
            self.add_if(nameless, paths.full_name, Problem::Representative);
        } else {
            self.name(paths.full_name, &person.full_name, Problem::Representative);
        }
        self.born(paths, person.born, None);
        self.papers(paths, person);
        self.text(paths.organisation_name, &person.organisation_name, limits::NAME);
    }

    fn born(&mut self, paths: &PersonPaths, born: Option<Born>, child_born: Option<PartialDate>) {
        match born {
            None => {}
            Some(Born::DateOfBirth(date)) => match dates::full(date) {
                None => self.add(paths.date_of_birth, Problem::Date),
                Some(date) => {
                    let after = child_born.is_some_and(|child| date >= child.latest());
                    let problem = self.adult_fault(date.year().into(), date > self.last_day, after);
                    self.add_all(paths.date_of_birth, problem);
                }
            },
            Some(Born::BirthYear(year)) => {
                let after = child_born.is_some_and(|child| year > child.latest().year().into());
                let problem = self.adult_fault(year, year > self.last_day.year().into(), after);
                self.add_all(paths.birth_year, problem);
            }
        }
    }

    fn adult_fault(&self, year: i32, future: bool, after_child: bool) -> Option<Problem> {
        let from = limits::FIRST_YEAR_OF_ADULTS;
        match () {
            _ if year < from.into() => Some(Problem::TooEarly { from }),
            _ if future => Some(Problem::Future),
            _ if after_child => Some(Problem::Parent),
            _ => None,
        }
    }

    fn papers(&mut self, paths: &PersonPaths, person: &pb::Person) {
        let number = &person.personal_number;
        let unread = !number.is_empty() && Number::parse(number).is_err();
        self.add_if(unread, paths.personal_number, Problem::PersonalNumber);
        self.identifiers(&paths.identifiers, &person.identifiers);
        self.country(paths.nationality, &person.nationality);
    }

    pub(super) fn identifiers(&mut self, paths: &IdentifierPaths, identifiers: &[pb::Identifier]) {
        let max = limits::IDENTIFIERS;
        if identifiers.len() > max {
            return self.add(paths.whole, Problem::TooMany { max });
        }
        for identifier in identifiers {
            self.identifier(paths, identifier);
        }
    }

    pub(super) fn identifier(&mut self, paths: &IdentifierPaths, identifier: &pb::Identifier) {
        use pb::IdentifierType::{CitizenCard, IdentityCard9, Passport, PersonalNumber, Unspecified};
        let kind = pb::IdentifierType::try_from(identifier.r#type);
        self.choice(paths.r#type, identifier.r#type, kind.is_ok());
        let value = identifier.value.as_str();
        let (readable, problem) = match kind {
            Err(_) | Ok(Unspecified) => return,
            Ok(PersonalNumber | CitizenCard) => (Number::parse(value).is_ok(), Problem::PersonalNumber),
            Ok(IdentityCard9) => (is_identity_card(value), Problem::IdentityCard),
            Ok(Passport) => (is_passport(value), Problem::Passport),
        };
        match value {
            "" => self.add(paths.value, Problem::Required),
            _ => self.add_if(!readable, paths.value, problem),
        }
        let vietnamese = kind != Ok(Passport);
        match identifier.country.as_str() {
            "" | "VN" => {}
            _ if vietnamese => self.add(paths.country, Problem::VietnamesePaper),
            country => self.country(paths.country, country),
        }
    }
}

fn is_identity_card(value: &str) -> bool {
    value.len() == 9 && value.bytes().all(|digit| digit.is_ascii_digit())
}

fn is_passport(value: &str) -> bool {
    let sign = |sign: u8| sign.is_ascii_uppercase() || sign.is_ascii_digit();
    limits::PASSPORT.contains(&value.len()) && value.bytes().all(sign)
}

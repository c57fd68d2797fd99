//! People who are registered when they are no longer children, or for a second time.

use super::calendar::{Day, Moment};
use super::draft::Draft;
use super::families::{Family, YEAR};
use super::maker::Maker;
use super::names::Generation;
use super::offices::Desk;
use super::{Expected, Sort};
use crate::proto::google::r#type::Date;
use crate::proto::v1::{
    BirthRegistration, Child, Identifier, IdentifierType, Register, RegistrationKind, RegistrationRef,
};

/// The oldest anybody is, in years.
const OLDEST: Day = 60;
/// The first year in which births were entered in the books that are now lost.
const FIRST_BOOK: i32 = 1956;

impl Maker {
    /// Somebody of fifteen or more who was never registered.
    pub(super) fn late_grown(&mut self, at: Moment) -> Draft {
        let born = at.day - self.dice.between(15 * (YEAR + 1), OLDEST * YEAR);
        let (desk, family) = self.elder_at_home(born);
        let mut registration = self.registration(at, born, desk, &family, RegistrationKind::Late);
        self.make_grown(&mut registration, &family, at.day - born);
        Draft::new(born, desk, registration, Sort::LateGrown, Expected::Review)
    }

    /// Somebody whose book was lost: from children of one year to old people.
    pub(super) fn re_registration(&mut self, at: Moment) -> Draft {
        let born = at.day - self.dice.between(YEAR, OLDEST * YEAR);
        let (desk, family) = self.elder_at_home(born);
        let mut registration = self.registration(at, born, desk, &family, RegistrationKind::ReRegistration);
        self.make_grown(&mut registration, &family, at.day - born);
        self.identify(&mut registration, &family, born);
        let book_year = self.calendar.year(born);
        if book_year >= FIRST_BOOK && self.dice.chance(6_000) {
            registration.former_ref = self.lost_entry(&registration, book_year);
        }
        Draft::new(born, desk, registration, Sort::ReRegistration, Expected::Review)
    }

    fn elder_at_home(&mut self, born: Day) -> (Desk, Family) {
        let province = self.offices.any_province(&mut self.dice);
        let desk = self.offices.commune_of(province, &mut self.dice);
        (desk, self.elder_family(province, born))
    }

    /// Grown people bear the names of their time, and some know their birthday only in part.
    fn make_grown(&mut self, registration: &mut BirthRegistration, family: &Family, age: Day) {
        let Some(child) = &mut registration.child else { return };
        if age < 18 * YEAR {
            return;
        }
        let Family { people, surname, .. } = family;
        child.full_name = self
            .names
            .full(*people, Generation::Parent, child.sex(), surname, &mut self.dice);
        child.date_of_birth = child.date_of_birth.map(|born| match self.dice.below(20) {
            0 | 1 => Date {
                month: 0,
                day: 0,
                ..born
            },
            2 => Date { day: 0, ..born },
            _ => born,
        });
    }

    /// Papers that such a person already has.
    fn identify(&mut self, registration: &mut BirthRegistration, family: &Family, born: Day) {
        let Some(child) = &mut registration.child else { return };
        let paper = match self.dice.below(10) {
            0..5 => self.number_paper(child, family, born),
            5..7 => Identifier {
                r#type: IdentifierType::IdentityCard9.into(),
                value: format!("{:09}", self.dice.below(400_000_000)),
                country: "VN".to_owned(),
            },
            _ => return,
        };
        child.existing_identifiers.push(paper);
    }

    fn number_paper(&mut self, child: &Child, family: &Family, born: Day) -> Identifier {
        Identifier {
            r#type: IdentifierType::CitizenCard.into(),
            value: self.personal_number(child.sex(), born, family.province),
            country: "VN".to_owned(),
        }
    }

    fn lost_entry(&mut self, registration: &BirthRegistration, book_year: i32) -> Option<RegistrationRef> {
        Some(RegistrationRef {
            office_code: registration.r#ref.as_ref()?.office_code.clone(),
            register: Register::Birth.into(),
            book_year,
            book_number: format!("{:02}", self.dice.between(1, 4)),
            entry_number: self.dice.between(1, 400).to_string(),
        })
    }
}

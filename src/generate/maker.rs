//! Makes the births themselves, each of its sort.

use super::calendar::{Calendar, Day, Moment};
use super::dice::Dice;
use super::draft::Draft;
use super::families::{Family, YEAR};
use super::names::{Generation, Names, Stranger};
use super::numbers::PersonalNumbers;
use super::offices::{Desk, Offices};
use super::{Expected, Sort};
use crate::proto::v1::{BirthRegistration, Child, Place, Register, RegistrationKind, Sex};

/// Within this many days after the birth a registration is in time (Law on Civil Status 2014, article 15).
pub(super) const IN_TIME_DAYS: Day = 60;

/// Of 10,000 children so many are boys.
const BOYS: u32 = 5_260;

/// Everything that is needed to make a birth.
pub(super) struct Maker {
    pub dice: Dice,
    pub calendar: Calendar,
    pub offices: Offices,
    pub names: Names,
    pub numbers: PersonalNumbers,
}

impl Maker {
    /// One child of Vietnamese parents, registered in time.
    pub(super) fn ordinary(&mut self, at: Moment) -> Draft {
        let born = at.day - self.days_until_registered();
        let (desk, family) = self.at_home(born);
        let kind = RegistrationKind::OnTime;
        let registration = self.registration(at, born, desk, &family, kind);
        Draft::new(born, desk, registration, Sort::Ordinary, Expected::Number)
    }

    /// A child registered late but not yet grown.
    pub(super) fn late(&mut self, at: Moment) -> Draft {
        let one = self.dice.between(IN_TIME_DAYS + 1, 10 * YEAR);
        let born = at.day - self.dice.between(IN_TIME_DAYS + 1, one);
        let (desk, family) = self.at_home(born);
        let registration = self.registration(at, born, desk, &family, RegistrationKind::Late);
        Draft::new(born, desk, registration, Sort::Late, Expected::Number)
    }

    /// An abandoned child, brought by a home or by whoever found it.
    pub(super) fn foundling(&mut self, at: Moment) -> Draft {
        let born = at.day - self.days_until_registered();
        let (desk, mut family) = self.at_home(born);
        let finder = family.father.take();
        family.mother = None;
        let mut registration = self.registration(at, born, desk, &family, RegistrationKind::OnTime);
        let home = format!(
            "Trung tâm Bảo trợ xã hội {}",
            self.offices.province(family.province).name
        );
        registration.representative = finder.map(|mut person| {
            if self.dice.chance(7_000) {
                person.organisation_name = home;
            }
            person
        });
        registration.foundling = true;
        Draft::new(born, desk, registration, Sort::Foundling, Expected::Number)
    }

    /// A Vietnamese child with one foreign parent.
    pub(super) fn foreign_parent_birth(&mut self, at: Moment) -> Draft {
        let born = at.day - self.days_until_registered();
        let (desk, mut family) = self.at_home(born);
        let stranger = self.marry_abroad(&mut family, born);
        let mut registration = self.registration(at, born, desk, &family, RegistrationKind::ForeignElement);
        if let Some(child) = registration.child.as_mut().filter(|_| self.dice.chance(3_000)) {
            child.nationalities.push(stranger.iso.to_owned());
        }
        Draft::new(born, desk, registration, Sort::ForeignParent, Expected::Number)
    }

    /// A child of foreign nationality only, with a Vietnamese parent or none.
    pub(super) fn foreign_only(&mut self, at: Moment) -> Draft {
        let born = at.day - self.days_until_registered();
        let (desk, mut family) = self.at_home(born);
        let stranger = Stranger::any(&mut self.dice);
        let surname = stranger.surname(&mut self.dice);
        family.father = Some(self.foreign_parent(stranger, Sex::Male, surname, born));
        if self.dice.chance(5_000) {
            family.mother = Some(self.foreign_parent(stranger, Sex::Female, surname, born));
        }
        let mut registration = self.registration(at, born, desk, &family, RegistrationKind::ForeignElement);
        if let Some(child) = &mut registration.child {
            child.full_name = stranger.full(child.sex(), surname, &mut self.dice);
            child.nationalities = vec![stranger.iso.to_owned()];
            child.ethnicity.clear();
            child.home_town = Some(place(stranger.country.to_owned(), stranger.iso));
        }
        Draft::new(born, desk, registration, Sort::ForeignOnly, Expected::NotEligible)
    }

    /// A child registered at a mission, of Vietnamese parents or one of them.
    pub(super) fn abroad(&mut self, at: Moment) -> Draft {
        let born = at.day - 2 * self.days_until_registered();
        let desk = self.offices.any_mission(&mut self.dice);
        let mut family = self.family_from_anywhere(born);
        if self.dice.chance(4_000) {
            self.marry_abroad(&mut family, born);
        }
        let registration = self.registration(at, born, desk, &family, RegistrationKind::BornAbroad);
        Draft::new(born, desk, registration, Sort::Abroad, Expected::Number)
    }

    /// A child registered by a foreign authority, entered at home when the family came back. The place of registration
    /// stays the foreign country.
    pub(super) fn abroad_entry(&mut self, at: Moment) -> Draft {
        let born = at.day - self.dice.between(30, 4 * YEAR);
        let (desk, family) = self.at_home(born);
        let mission = self.offices.any_mission(&mut self.dice);
        let mut registration = self.registration(at, born, mission, &family, RegistrationKind::AbroadEntry);
        let passport = self.passport("VN");
        if let Some(child) = registration.child.as_mut().filter(|_| self.dice.chance(5_000)) {
            child.existing_identifiers.push(passport);
        }
        registration.r#ref = Some(
            self.offices
                .next_entry(desk, Register::AbroadEntry, self.calendar.year(at.day)),
        );
        Draft::new(born, desk, registration, Sort::AbroadEntry, Expected::Number)
    }

    /// A desk in a commune, and a family of that province.
    pub(super) fn at_home(&mut self, born: Day) -> (Desk, Family) {
        let province = self.offices.any_province(&mut self.dice);
        let desk = self.offices.commune_of(province, &mut self.dice);
        (desk, self.family(province, born))
    }

    fn family_from_anywhere(&mut self, born: Day) -> Family {
        let province = self.offices.any_province(&mut self.dice);
        self.family(province, born)
    }

    /// Makes one of the parents, mostly the father, a foreigner.
    fn marry_abroad(&mut self, family: &mut Family, born: Day) -> Stranger {
        let stranger = Stranger::any(&mut self.dice);
        let surname = stranger.surname(&mut self.dice);
        if self.dice.chance(8_000) {
            family.father = Some(self.foreign_parent(stranger, Sex::Male, surname, born));
        } else {
            family.mother = Some(self.foreign_parent(stranger, Sex::Female, surname, born));
        }
        stranger
    }

    /// Most births are registered within a month, none after more than sixty days.
    pub(super) fn days_until_registered(&mut self) -> Day {
        let longest = self.dice.between(0, IN_TIME_DAYS);
        self.dice.between(0, longest)
    }

    /// A registration with everything an ordinary one has, entered in the book.
    pub(super) fn registration(
        &mut self,
        at: Moment,
        born: Day,
        desk: Desk,
        family: &Family,
        kind: RegistrationKind,
    ) -> BirthRegistration {
        let sex = self.sex();
        let order = i32::from(self.dice.chance(5_000));
        let child = Child {
            full_name: self.child_name(family, sex),
            date_of_birth: Some(self.calendar.date(born)),
            sex: sex.into(),
            ethnicity: family.people.ethnicity().to_owned(),
            nationalities: vec!["VN".to_owned()],
            home_town: Some(self.home_town(family)),
            place_of_birth: Some(self.place_of_birth(desk)),
            birth_order: order,
            births: order,
            existing_identifiers: Vec::new(),
        };
        // A foreign registration goes into a book at home, which its maker knows.
        let reference = (kind != RegistrationKind::AbroadEntry).then(|| {
            self.offices
                .next_entry(desk, Register::Birth, self.calendar.year(at.day))
        });
        BirthRegistration {
            r#ref: reference,
            kind: kind.into(),
            registered_on: Some(self.calendar.date(at.day)),
            place_code: self.offices.place_code(desk),
            child: Some(child),
            mother: family.mother.clone(),
            father: family.father.clone(),
            representative: None,
            foundling: false,
            former_ref: None,
        }
    }

    pub(super) fn sex(&mut self) -> Sex {
        if self.dice.chance(BOYS) { Sex::Male } else { Sex::Female }
    }

    pub(super) fn child_name(&mut self, family: &Family, sex: Sex) -> String {
        let Family { people, surname, .. } = family;
        self.names
            .full(*people, Generation::Child, sex, surname, &mut self.dice)
    }

    fn home_town(&mut self, family: &Family) -> Place {
        let province = match self.dice.chance(8_000) {
            true => family.province,
            false => self.offices.any_province(&mut self.dice),
        };
        let commune = self.offices.commune_of(province, &mut self.dice);
        let text = format!(
            "{}, {}",
            self.offices.office(commune).place,
            self.offices.province(province).name
        );
        place(text, "VN")
    }

    fn place_of_birth(&mut self, desk: Desk) -> Place {
        let commune = self.offices.office(desk).place;
        match desk {
            Desk::Mission(mission) => {
                let country = self.offices.country(mission);
                place(format!("{commune}, {}", country.name), country.iso)
            }
            Desk::Commune { province, .. } => {
                let province = &self.offices.province(province).name;
                let text = match self.dice.below(20) {
                    0..9 => format!("Bệnh viện Đa khoa {province}"),
                    9..12 => format!("Bệnh viện Phụ sản {province}"),
                    12..17 => format!("Trung tâm Y tế {commune}, {province}"),
                    17..19 => format!("Trạm Y tế {commune}, {province}"),
                    _ => format!("Tại nhà, {commune}, {province}"),
                };
                place(text, "VN")
            }
        }
    }
}

pub(super) fn place(text: String, country: &str) -> Place {
    Place {
        text,
        unit_code: String::new(),
        country: country.to_owned(),
    }
}

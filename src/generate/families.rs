//! Parents.

use super::calendar::Day;
use super::maker::Maker;
use super::names::{Generation, People, Stranger};
use crate::number::{self, PlaceCode, Prefix};
use crate::proto::v1::person::Born;
use crate::proto::v1::{Identifier, IdentifierType, Person, Sex};

/// Days of a year, near enough for ages.
pub(super) const YEAR: Day = 365;

/// The parents of one birth.
pub(super) struct Family {
    /// What the child is registered as.
    pub people: People,
    /// The surname the child takes.
    pub surname: &'static str,
    /// The province the family comes from, by its index.
    pub province: usize,
    pub mother: Option<Person>,
    pub father: Option<Person>,
}

/// Shares in 10,000 of what is known of a parent.
struct Known {
    number: u32,
    full_date: u32,
}

const MOTHER: Known = Known {
    number: 9_700,
    full_date: 9_800,
};
const FATHER: Known = Known {
    number: 9_300,
    full_date: 9_500,
};
/// Parents of people who are grown themselves.
const ELDER: Known = Known {
    number: 4_000,
    full_date: 7_000,
};
/// Mothers in a register: no two of them can be taken for one, so that what becomes of each entry is certain.
const CERTAIN: Known = Known {
    number: 10_000,
    full_date: 10_000,
};
const FATHER_NAMED: u32 = 9_500;
const MOTHER_OF_ANOTHER_PEOPLE: u32 = 800;
const BORN_IN_OWN_PROVINCE: u32 = 7_500;

impl Maker {
    /// The parents of a child born today's way: mothers of 17 to 41, a few older.
    pub(super) fn family(&mut self, province: usize, child_born: Day) -> Family {
        self.family_known(province, child_born, &MOTHER, &FATHER)
    }

    /// The parents of somebody who is grown.
    pub(super) fn elder_family(&mut self, province: usize, child_born: Day) -> Family {
        self.family_known(province, child_born, &ELDER, &ELDER)
    }

    /// The parents of a child in an old book, the mother known beyond doubt.
    pub(super) fn certain_family(&mut self, province: usize, child_born: Day) -> Family {
        self.family_known(province, child_born, &CERTAIN, &ELDER)
    }

    fn family_known(&mut self, province: usize, child_born: Day, of_mother: &Known, of_father: &Known) -> Family {
        let people = self.people(province);
        let mother_people = if self.dice.chance(MOTHER_OF_ANOTHER_PEOPLE) {
            People::Kinh
        } else {
            people
        };
        let mother_born = child_born - self.mother_age();
        let mother_surname = self.names.surname(mother_people, &mut self.dice);
        let mother = self.parent(
            Sex::Female,
            mother_people,
            mother_surname,
            mother_born,
            province,
            of_mother,
        );

        let father_born = (mother_born + self.dice.between(-9 * YEAR, 3 * YEAR)).min(child_born - 17 * YEAR);
        let father_surname = self.names.surname(people, &mut self.dice);
        let father = self.parent(Sex::Male, people, father_surname, father_born, province, of_father);
        let father_named = self.dice.chance(FATHER_NAMED);
        let from_mother = !father_named || (people == mother_people && people.surname_from_mother());
        Family {
            people: if father_named { people } else { mother_people },
            surname: if from_mother { mother_surname } else { father_surname },
            province,
            mother: Some(mother),
            father: father_named.then_some(father),
        }
    }

    fn people(&mut self, province: usize) -> People {
        let census = self.offices.province(province).census;
        if !self.dice.chance(census.minorities) {
            return People::Kinh;
        }
        let total = census.peoples.iter().map(|(_, weight)| u32::from(*weight)).sum();
        let mut left = self.dice.below(total);
        for (people, weight) in census.peoples {
            match left.checked_sub(u32::from(*weight)) {
                Some(rest) => left = rest,
                None => return *people,
            }
        }
        People::Kinh
    }

    /// In days: most of them in the late twenties.
    fn mother_age(&mut self) -> Day {
        let older = if self.dice.chance(400) { 7 * YEAR } else { 0 };
        let spread = self.dice.between(0, 12 * YEAR) + self.dice.between(0, 12 * YEAR);
        17 * YEAR + spread + older
    }

    fn parent(&mut self, sex: Sex, people: People, surname: &str, born: Day, province: usize, known: &Known) -> Person {
        let full_name = self
            .names
            .full(people, Generation::Parent, sex, surname, &mut self.dice);
        let full_date = self.dice.chance(known.full_date);
        let has_number = self.dice.chance(known.number);
        Person {
            full_name,
            born: Some(if full_date {
                Born::DateOfBirth(self.calendar.date(born))
            } else {
                Born::BirthYear(self.calendar.year(born))
            }),
            personal_number: if has_number {
                self.personal_number(sex, born, province)
            } else {
                String::new()
            },
            identifiers: Vec::new(),
            nationality: "VN".to_owned(),
            organisation_name: String::new(),
        }
    }

    /// A number of their own for somebody born then, probably in this province; empty if nobody was numbered then.
    pub(super) fn personal_number(&mut self, sex: Sex, born: Day, province: usize) -> String {
        let own = &self.offices.province(province).origins;
        let all = &self.offices.origins;
        let from: &[PlaceCode] = if self.dice.chance(BORN_IN_OWN_PROVINCE) {
            own
        } else {
            all
        };
        let place = from.get(self.dice.index(from.len())).copied();
        let sex = if sex == Sex::Female {
            number::Sex::Female
        } else {
            number::Sex::Male
        };
        let year = i16::try_from(self.calendar.year(born)).unwrap_or(0);
        let prefix = place.and_then(|place| Prefix::new(place, sex, year).ok());
        prefix.map_or_else(String::new, |prefix| self.numbers.next(prefix))
    }

    /// A parent who is a foreigner, with a passport.
    pub(super) fn foreign_parent(&mut self, stranger: Stranger, sex: Sex, surname: &str, child_born: Day) -> Person {
        let born = child_born - self.dice.between(20 * YEAR, 45 * YEAR);
        Person {
            full_name: stranger.full(sex, surname, &mut self.dice),
            born: Some(Born::DateOfBirth(self.calendar.date(born))),
            personal_number: String::new(),
            identifiers: vec![self.passport(stranger.iso)],
            nationality: stranger.iso.to_owned(),
            organisation_name: String::new(),
        }
    }

    pub(super) fn passport(&mut self, country: &str) -> Identifier {
        let letter = self.dice.one_of(['C', 'E', 'G', 'K', 'M', 'P']);
        Identifier {
            r#type: IdentifierType::Passport.into(),
            value: format!("{letter}{:08}", self.dice.below(100_000_000)),
            country: country.to_owned(),
        }
    }
}

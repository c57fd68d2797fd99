//! The same child, entered another time; the same request id, used for something else.

use unicode_normalization::UnicodeNormalization;

use super::dice::Dice;
use super::draft::Draft;
use super::maker::{Maker, place};
use super::names::{slip, tone_moved};
use super::offices::Desk;
use crate::proto::google::r#type::Date;
use crate::proto::v1::person::Born;
use crate::proto::v1::{BirthRegistration, Child, Person, Place};

/// Shares in 10,000 of what a second officer types otherwise. A double is lost only when several of these meet: the
/// mother's number is missing or wrong, and besides something else is that would lead to her or to the child.
mod second_officer {
    pub const ANOTHER_OFFICE: u32 = 5_000;
    pub const OTHER_PLACE_OF_BIRTH: u32 = 5_000;
    pub const NO_MOTHER_NUMBER: u32 = 1_500;
    pub const WRONG_MOTHER_NUMBER: u32 = 50;
    pub const SLIP_IN_CHILD_NAME: u32 = 300;
    pub const SLIP_IN_MOTHER_NAME: u32 = 100;
    pub const WRONG_MOTHER_BIRTHDAY: u32 = 50;
    pub const WRONG_BIRTHDAY: u32 = 100;
    pub const NO_FATHER: u32 = 500;
}

impl Maker {
    /// The registration as a second officer would enter it, at the same office or another one of the province.
    pub(super) fn doubled(&mut self, first: &Draft) -> Draft {
        use second_officer as share;
        let mut second = first.clone();
        if let Desk::Commune { province, .. } = first.desk
            && self.dice.chance(share::ANOTHER_OFFICE)
        {
            second.desk = self.offices.commune_of(province, &mut self.dice);
        }
        let registration = &mut second.registration;
        each_text(registration, |text| text.nfc().collect());
        if self.dice.chance(share::NO_FATHER) && registration.mother.is_some() {
            registration.father = None;
        }
        if let Some(mother) = &mut registration.mother {
            retype_mother(mother, &mut self.dice);
        }
        if let Some(child) = &mut registration.child {
            retype_child(child, &mut self.dice);
        }
        write_otherwise(registration, &mut self.dice);
        second
    }

    /// Changes one field, so that the registration says something else, whichever way it is compared.
    pub(super) fn change(&mut self, registration: &mut BirthRegistration) {
        each_text(registration, |text| text.nfc().collect());
        let Some(child) = &mut registration.child else { return };
        match self.dice.below(6) {
            0 => child.sex = 3 - child.sex,
            1 => child.place_of_birth = Some(place("Trên đường đến bệnh viện".to_owned(), "VN")),
            2 if let Some(mother) = registration
                .mother
                .as_mut()
                .filter(|mother| !mother.personal_number.is_empty()) =>
            {
                mother.personal_number.clear();
            }
            3 if let Some(father) = &mut registration.father => father.full_name = slip(&father.full_name),
            4 if child.date_of_birth.is_some_and(|born| born.day > 1) => {
                child.date_of_birth = child.date_of_birth.map(a_day_earlier);
            }
            _ => child.full_name = slip(&child.full_name),
        }
    }
}

fn retype_mother(mother: &mut Person, dice: &mut Dice) {
    use second_officer as share;
    if dice.chance(share::NO_MOTHER_NUMBER) {
        mother.personal_number.clear();
    } else if dice.chance(share::WRONG_MOTHER_NUMBER) {
        mother.personal_number = last_digit_off(std::mem::take(&mut mother.personal_number));
    }
    if dice.chance(share::SLIP_IN_MOTHER_NAME) {
        mother.full_name = slip(&mother.full_name);
    }
    if let Some(Born::DateOfBirth(born)) = &mut mother.born
        && dice.chance(share::WRONG_MOTHER_BIRTHDAY)
    {
        *born = a_day_earlier(*born);
    }
}

fn retype_child(child: &mut Child, dice: &mut Dice) {
    use second_officer as share;
    if dice.chance(share::SLIP_IN_CHILD_NAME) {
        child.full_name = slip(&child.full_name);
    }
    if dice.chance(share::WRONG_BIRTHDAY) {
        child.date_of_birth = child.date_of_birth.map(a_day_earlier);
    }
    if let Some(Place { text, .. }) = child
        .place_of_birth
        .as_mut()
        .filter(|_| dice.chance(share::OTHER_PLACE_OF_BIRTH))
    {
        *text = "Bệnh viện".to_owned();
    }
}

/// The same names in other writing.
fn write_otherwise(registration: &mut BirthRegistration, dice: &mut Dice) {
    match dice.below(20) {
        0..4 => each_text(registration, str::to_uppercase),
        4..7 => decompose(registration),
        7..10 => each_text(registration, tone_moved),
        10..12 => each_text(registration, |text| text.replace(' ', "  ")),
        _ => {}
    }
}

/// Puts all text into decomposed Unicode (NFD), as some systems type it.
pub(super) fn decompose(registration: &mut BirthRegistration) {
    each_text(registration, |text| text.nfd().collect());
}

/// Rewrites everything that a person has typed as words.
fn each_text(registration: &mut BirthRegistration, rewrite: impl Fn(&str) -> String) {
    let apply = |text: &mut String| *text = rewrite(text);
    if let Some(child) = &mut registration.child {
        apply(&mut child.full_name);
        apply(&mut child.ethnicity);
        let places = [&mut child.home_town, &mut child.place_of_birth];
        places.into_iter().flatten().for_each(|place| apply(&mut place.text));
    }
    let people = [
        &mut registration.mother,
        &mut registration.father,
        &mut registration.representative,
    ];
    for person in people.into_iter().flatten() {
        apply(&mut person.full_name);
        apply(&mut person.organisation_name);
    }
}

/// The day before. The first of a month stays: a slip leaves month and year alone.
fn a_day_earlier(date: Date) -> Date {
    Date {
        day: if date.day > 1 { date.day - 1 } else { date.day },
        ..date
    }
}

/// The number with its last digit one higher; empty stays empty.
fn last_digit_off(mut number: String) -> String {
    if let Some(last) = number.pop().and_then(|last| last.to_digit(10)) {
        number.push(char::from_digit((last + 1) % 10, 10).unwrap_or('0'));
    }
    number
}

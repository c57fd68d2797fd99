//! Registers that others kept: old births with the numbers they have elsewhere, and trouble among them.
//!
//! No two mothers can be taken for one, so what becomes of each entry is certain, in whatever order they come. Where two
//! entries contradict each other the first one stands: the counts are the same either way.

use std::collections::VecDeque;

use jiff::civil::Date;

use super::calendar::{Calendar, MS_PER_DAY, Moment};
use super::dice::Dice;
use super::families::YEAR;
use super::maker::{IN_TIME_DAYS, Maker, place};
use super::names::Names;
use super::numbers::PersonalNumbers;
use super::offices::{Desk, Offices};
use super::{PlanError, Trouble};
use crate::number::{self, Codes, PlaceCode, Prefix};
use crate::proto::google::r#type::Date as DateMessage;
use crate::proto::v1::{BirthRegistration, Child, Register, RegistrationKind, Sex};

/// The first year of a register: parents' numbers begin with births of 1900.
const FIRST_YEAR: i16 = 1955;
/// A day of which all 63 provinces of before the mergers are known.
const ALL_PROVINCES: Date = Date::constant(2025, 6, 30);
/// A place that there never was.
const NO_PLACE: &str = "999";
/// Names of provinces that were given up long ago.
const OLD_PROVINCES: [&str; 8] = [
    "Hà Sơn Bình",
    "Hà Nam Ninh",
    "Bình Trị Thiên",
    "Nghĩa Bình",
    "Thuận Hải",
    "Sông Bé",
    "Cửu Long",
    "Minh Hải",
];

/// Shares in 10,000 of what is usual in old books, and no trouble.
mod usual {
    pub const LATE: u32 = 500;
    pub const DAY_UNKNOWN: u32 = 200;
    pub const MONTH_UNKNOWN: u32 = 100;
    pub const OLD_PLACE: u32 = 300;
    pub const ODD_ORDER_NUMBER: u32 = 300;
    pub const NUMBER_FROM_ELSEWHERE: u32 = 200;
    pub const DAY_FIRST: u32 = 5_000;
}

/// The register to make. Equal plans give equal registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RegisterPlan {
    /// How many children are entered as they should be. Trouble comes on top.
    pub count: u64,
    /// Which of all registers that fit the plan.
    pub seed: u64,
    /// The first and the last year in which they were entered.
    pub years: (i16, i16),
    /// How many of 10,000 children have a number.
    pub numbered: u32,
    /// How many of each [`Trouble`] are planted for 10,000 children.
    pub share: u32,
    /// Among so many entries the order is lost; with 0 or 1 they come as they were entered.
    pub shuffled: usize,
}

/// An entry of a register.
#[derive(Clone, Debug, PartialEq)]
pub struct RegisterEntry {
    /// The birth.
    pub registration: BirthRegistration,
    /// The number that the child has; empty where it has none.
    pub number: String,
    /// Whether days are written 31/12/2023.
    pub day_first: bool,
    /// Why it is here, if it was planted.
    pub planted: Option<Trouble>,
}

/// The entries of a plan, one after another. Memory is bounded by the plan's `shuffled`.
pub struct Registers {
    maker: Maker,
    plan: RegisterPlan,
    start_ms: i64,
    span_ms: i64,
    /// How many children have been made.
    children: u64,
    /// Made, and in the order in which they were entered.
    made: VecDeque<RegisterEntry>,
    /// Waiting for another to take their place.
    shuffled: Vec<RegisterEntry>,
    /// Which one goes next: of its own, so that shuffling changes nothing but the order.
    order: Dice,
}

impl Registers {
    /// Sets out to make the register of a plan.
    ///
    /// # Errors
    /// [`PlanError`] says why the plan cannot be followed.
    pub fn new(plan: RegisterPlan) -> Result<Self, PlanError> {
        let (first, last) = plan.years;
        let day = |year, month, day| Date::new(year, month, day).map_err(|_| PlanError::Years);
        if first > last || first < FIRST_YEAR || last > 2399 {
            return Err(PlanError::Years);
        }
        if plan.share > 10_000 / u32::try_from(Trouble::ALL.len()).unwrap_or(u32::MAX) {
            return Err(PlanError::Mix);
        }
        let (start, end) = (day(first, 1, 1)?, day(last, 12, 31)?);
        let start_ms = Calendar::elapsed_ms(start);
        let offices = Offices::open(Codes::embedded(), ALL_PROVINCES, usize::MAX).ok_or(PlanError::NoProvince)?;
        Ok(Self {
            maker: Maker {
                dice: Dice::new(plan.seed),
                calendar: Calendar::until(end),
                offices,
                names: Names::new(),
                numbers: PersonalNumbers::new(plan.seed),
            },
            plan,
            start_ms,
            span_ms: Calendar::elapsed_ms(end) + MS_PER_DAY - start_ms,
            children: 0,
            made: VecDeque::new(),
            shuffled: Vec::new(),
            order: Dice::new(!plan.seed),
        })
    }

    fn now(&self) -> Moment {
        let passed = i128::from(self.span_ms) * i128::from(self.children) / i128::from(self.plan.count.max(1));
        let elapsed_ms = self.start_ms + i64::try_from(passed).unwrap_or(self.span_ms);
        self.maker.calendar.moment(elapsed_ms)
    }

    /// Makes the next child's entry, and what is planted beside it.
    fn make(&mut self) {
        let at = self.now();
        self.children += 1;
        let drawn = self.maker.dice.below(10_000).checked_div(self.plan.share);
        let trouble = drawn.and_then(|drawn| Trouble::ALL.get(drawn as usize)).copied();
        let contradicted = trouble.is_some_and(needs_a_number);
        let numbered = self.maker.dice.chance(self.plan.numbered) || contradicted;
        let (desk, entry) = self.maker.entry(at, numbered);
        if let Some(trouble) = trouble {
            let beside = self.maker.beside(&entry, (at, desk), trouble);
            self.made.push_back(beside);
        }
        self.made.push_front(entry);
    }

    fn next_made(&mut self) -> Option<RegisterEntry> {
        if self.made.is_empty() && self.children < self.plan.count {
            self.make();
        }
        self.made.pop_front()
    }
}

impl Iterator for Registers {
    type Item = RegisterEntry;

    fn next(&mut self) -> Option<RegisterEntry> {
        while self.shuffled.len() < self.plan.shuffled
            && let Some(entry) = self.next_made()
        {
            self.shuffled.push(entry);
        }
        let drawn = self.order.index(self.shuffled.len());
        match (self.next_made(), self.shuffled.get_mut(drawn)) {
            (Some(next), Some(drawn)) => Some(std::mem::replace(drawn, next)),
            (None, Some(_)) => Some(self.shuffled.swap_remove(drawn)),
            (next, None) => next,
        }
    }
}

/// Whether it is about the number of the entry beside it.
fn needs_a_number(trouble: Trouble) -> bool {
    matches!(
        trouble,
        Trouble::SharedNumber | Trouble::SecondNumber | Trouble::SecondEntry
    )
}

impl Maker {
    /// An entry as it should be, as old books are.
    fn entry(&mut self, at: Moment, numbered: bool) -> (Desk, RegisterEntry) {
        let late = self.dice.chance(usual::LATE);
        let (born, kind) = match late {
            true => (
                at.day - self.dice.between(IN_TIME_DAYS + 1, 3 * YEAR),
                RegistrationKind::Late,
            ),
            false => (at.day - self.days_until_registered(), RegistrationKind::OnTime),
        };
        let province = self.offices.any_province(&mut self.dice);
        let desk = self.offices.commune_of(province, &mut self.dice);
        let family = self.certain_family(province, born);
        let mut registration = self.registration(at, born, desk, &family, kind);
        self.make_old(&mut registration);
        let number = match numbered {
            true => self.number_of(&registration),
            false => String::new(),
        };
        let entry = RegisterEntry {
            registration,
            number,
            day_first: self.dice.chance(usual::DAY_FIRST),
            planted: None,
        };
        (desk, entry)
    }

    /// What an old book leaves out, or writes in its own way.
    fn make_old(&mut self, registration: &mut BirthRegistration) {
        let odd = self.dice.chance(usual::ODD_ORDER_NUMBER);
        if let Some(reference) = registration.r#ref.as_mut().filter(|_| odd) {
            reference.entry_number += self.dice.one_of(["/KS", " bis", "-2", "AB"]);
        }
        let Some(child) = &mut registration.child else { return };
        if self.dice.chance(usual::OLD_PLACE) {
            let province = self.dice.one_of(OLD_PROVINCES);
            child.home_town = Some(place(format!("Tỉnh {province}"), "VN"));
        }
        let born = child.date_of_birth.unwrap_or_default();
        if self.dice.chance(usual::MONTH_UNKNOWN) {
            child.date_of_birth = Some(DateMessage {
                month: 0,
                day: 0,
                ..born
            });
        } else if self.dice.chance(usual::DAY_UNKNOWN) {
            child.date_of_birth = Some(DateMessage { day: 0, ..born });
        }
    }

    /// A number of its own for the child of a registration: of the place where it was registered, or now and then another.
    fn number_of(&mut self, registration: &BirthRegistration) -> String {
        let elsewhere = self.dice.chance(usual::NUMBER_FROM_ELSEWHERE);
        let any = self.dice.index(self.offices.origins.len());
        let place = match elsewhere {
            true => self.offices.origins.get(any).copied(),
            false => PlaceCode::parse(&registration.place_code).ok(),
        };
        let prefix = place.and_then(|place| prefix(place, registration.child.as_ref()?, false));
        prefix.map_or_else(String::new, |prefix| self.numbers.next(prefix))
    }

    /// What is planted beside an entry.
    fn beside(&mut self, entry: &RegisterEntry, (at, desk): (Moment, Desk), trouble: Trouble) -> RegisterEntry {
        let numbered = !matches!(trouble, Trouble::UnknownPlace | Trouble::OtherKind);
        let mut beside = match trouble {
            Trouble::Doubled | Trouble::SecondNumber | Trouble::SecondEntry => entry.clone(),
            _ => self.entry(at, numbered).1,
        };
        beside.planted = Some(trouble);
        let registration = &mut beside.registration;
        match trouble {
            Trouble::SharedNumber => {
                beside.number.clone_from(&entry.number);
                be_born_alike(registration, &entry.registration);
            }
            Trouble::SecondNumber => beside.number = self.number_of(registration),
            Trouble::SecondEntry => {
                let year = self.calendar.year(at.day);
                registration.r#ref = Some(self.offices.next_entry(desk, Register::Birth, year));
                beside.number = self.number_of(registration);
            }
            Trouble::WrongDigits => {
                let place = PlaceCode::parse(&registration.place_code).ok();
                let prefix = place.and_then(|place| prefix(place, registration.child.as_ref()?, true));
                beside.number = prefix.map_or_else(String::new, |prefix| self.numbers.next(prefix));
            }
            Trouble::Foreigner => {
                if let Some(child) = &mut registration.child {
                    child.nationalities = vec!["KR".to_owned()];
                    child.ethnicity.clear();
                }
            }
            Trouble::UnknownPlace => NO_PLACE.clone_into(&mut registration.place_code),
            // What is wrong with these is a matter of how they are written.
            Trouble::Doubled | Trouble::BadDate | Trouble::LostZeros | Trouble::HalfRow | Trouble::OtherKind => {}
        }
        beside
    }
}

/// Sex and birth of another: what the digits of a number tell.
fn be_born_alike(registration: &mut BirthRegistration, other: &BirthRegistration) {
    if let (Some(child), Some(other)) = (&mut registration.child, &other.child) {
        child.sex = other.sex;
        child.date_of_birth = other.date_of_birth;
    }
}

/// The prefix of a child's number there; or that of the other sex.
fn prefix(place: PlaceCode, child: &Child, other_sex: bool) -> Option<Prefix> {
    let sex = match (child.sex() == Sex::Female) != other_sex {
        true => number::Sex::Female,
        false => number::Sex::Male,
    };
    let year = child.date_of_birth?.year;
    Prefix::new(place, sex, i16::try_from(year).ok()?).ok()
}

//! Tests of the generator.

#![allow(clippy::unwrap_used)]

mod births;
mod people;
mod register;
mod reviews;
mod stream;

use jiff::civil::Date;

use super::{BIRTHS_PER_YEAR, Births, Item, Mix, Plan};
use crate::proto::v1::{BirthRegistration, Child, Person};

const TODAY: Date = Date::constant(2026, 11, 23);

fn plan(count: u64, seed: u64, mix: Mix) -> Plan {
    Plan {
        count,
        seed,
        mix,
        today: TODAY,
        provinces: 34,
        births_per_year: BIRTHS_PER_YEAR,
    }
}

fn items(count: u64, seed: u64, mix: Mix) -> Vec<Item> {
    Births::new(plan(count, seed, mix)).unwrap().collect()
}

fn registration(item: &Item) -> &BirthRegistration {
    item.request.registration.as_ref().unwrap()
}

fn child(item: &Item) -> &Child {
    registration(item).child.as_ref().unwrap()
}

fn mother(item: &Item) -> &Person {
    registration(item).mother.as_ref().unwrap()
}

/// Days since the year 0, for dates that are known in full.
fn day(date: Option<crate::proto::google::r#type::Date>) -> i64 {
    let date = date.unwrap();
    let [month, day] = [date.month, date.day].map(|part| i8::try_from(part).unwrap());
    let date = Date::new(i16::try_from(date.year).unwrap(), month, day).unwrap();
    Date::constant(0, 1, 1).duration_until(date).as_hours() / 24
}

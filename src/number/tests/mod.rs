//! Tests of the room.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod codes;
mod digits;
mod picker;
mod resolving;
mod tables;

use jiff::civil::{Date, date};
use proptest::prelude::*;

use super::{PlaceCode, Prefix, Sex};

/// The day of the mergers, and the last day before.
const MERGED: Date = date(2025, 7, 1);
const EVE: Date = date(2025, 6, 30);

fn code(value: u16) -> PlaceCode {
    PlaceCode::new(value).unwrap()
}

fn any_sex() -> impl Strategy<Value = Sex> {
    prop_oneof![Just(Sex::Male), Just(Sex::Female)]
}

fn any_prefix() -> impl Strategy<Value = Prefix> {
    (1000_u32..1_000_000).prop_map(|value| Prefix::from_value(value).unwrap())
}

fn any_day() -> impl Strategy<Value = Date> {
    (1900_i16..2400, 1_i8..=12, 1_i8..=28).prop_map(|(year, month, day)| date(year, month, day))
}

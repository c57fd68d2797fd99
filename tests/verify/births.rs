//! A few births, each different, and the clock they are registered by.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use dinhdanh::proto::google::r#type::Date;
use dinhdanh::proto::v1 as pb;
use dinhdanh::shell::Clock;
use jiff::Timestamp;

/// Every look at it is a second after the last.
#[derive(Default)]
pub struct Ticking(AtomicI64);

impl Clock for Ticking {
    fn now(&self) -> Timestamp {
        let seconds = self.0.fetch_add(1, Ordering::Relaxed);
        Timestamp::from_second(1_795_500_000 + seconds).unwrap()
    }

    fn monotonic(&self) -> Duration {
        Duration::ZERO
    }
}

fn date(year: i32, month: i32, day: i32) -> Option<Date> {
    Some(Date { year, month, day })
}

/// A birth whose mother is known by name and date of birth. Births of different `entry` are of different children.
pub fn birth(place: &str, entry: u32) -> pb::BirthRegistration {
    let day = 1 + (entry % 28) as i32;
    pb::BirthRegistration {
        r#ref: Some(pb::RegistrationRef {
            office_code: "26734".into(),
            register: pb::Register::Birth.into(),
            book_year: 2026,
            entry_number: entry.to_string(),
            ..Default::default()
        }),
        kind: pb::RegistrationKind::OnTime.into(),
        registered_on: date(2026, 11, 20),
        place_code: place.into(),
        child: Some(pb::Child {
            full_name: format!("Nguyễn Thị {}", word(entry)),
            date_of_birth: date(2026, 10, day),
            sex: pb::Sex::Female.into(),
            ethnicity: "Kinh".into(),
            nationalities: vec!["VN".into()],
            birth_order: 1,
            births: 1,
            ..Default::default()
        }),
        mother: Some(pb::Person {
            full_name: format!("Trần Thị {}", word(entry + 1_000_000)),
            born: date(1999, 8, day).map(pb::person::Born::DateOfBirth),
            nationality: "VN".into(),
            ..Default::default()
        }),
        ..Default::default()
    }
}

/// The same, of a mother who has a number.
pub fn of_numbered_mother(place: &str, entry: u32) -> pb::BirthRegistration {
    changed(birth(place, entry), |birth| {
        let mother = birth.mother.get_or_insert_default();
        mother.personal_number = format!("0791990{entry:05}");
    })
}

pub fn changed(
    mut birth: pb::BirthRegistration,
    change: impl FnOnce(&mut pb::BirthRegistration),
) -> pb::BirthRegistration {
    change(&mut birth);
    birth
}

/// The same child in another book.
pub fn entered_as(birth: pb::BirthRegistration, entry: u32) -> pb::BirthRegistration {
    changed(birth, |birth| {
        birth.r#ref.get_or_insert_default().entry_number = entry.to_string()
    })
}

pub fn foundling(place: &str, entry: u32) -> pb::BirthRegistration {
    changed(birth(place, entry), |birth| {
        birth.mother = None;
        birth.foundling = true;
    })
}

pub fn foreign(place: &str, entry: u32) -> pb::BirthRegistration {
    changed(birth(place, entry), |birth| {
        birth.child.get_or_insert_default().nationalities = vec!["FR".into()];
    })
}

/// A name made of letters alone, of its own for each number.
fn word(number: u32) -> String {
    number
        .to_string()
        .bytes()
        .map(|digit| char::from(b'a' + digit - b'0'))
        .collect()
}

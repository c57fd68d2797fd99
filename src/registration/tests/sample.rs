//! A registration with nothing wrong, to be varied.

use jiff::civil::Date;

use crate::number::Codes;
use crate::proto::google::r#type::Date as DateMessage;
use crate::proto::v1 as pb;
use crate::registration::{Content, Registration, check};

/// The day on which the samples are checked.
pub(crate) const TODAY: Date = Date::constant(2026, 11, 24);

pub(super) fn date(year: i32, month: i32, day: i32) -> Option<DateMessage> {
    Some(DateMessage { year, month, day })
}

pub(super) fn message(date: Date) -> Option<DateMessage> {
    self::date(date.year().into(), date.month().into(), date.day().into())
}

pub(super) fn born(year: i32, month: i32, day: i32) -> Option<pb::person::Born> {
    date(year, month, day).map(pb::person::Born::DateOfBirth)
}

pub(super) fn identifier(kind: pb::IdentifierType, value: &str, country: &str) -> pb::Identifier {
    pb::Identifier {
        r#type: kind.into(),
        value: value.into(),
        country: country.into(),
    }
}

/// Every field that can stand in a registration does; father and mother are known.
pub(crate) fn sample() -> pb::BirthRegistration {
    pb::BirthRegistration {
        r#ref: Some(reference("45")),
        kind: pb::RegistrationKind::OnTime.into(),
        registered_on: date(2026, 3, 17),
        place_code: "079".into(),
        child: Some(child()),
        mother: Some(pb::Person {
            full_name: "Trần Thị Thúy".into(),
            born: born(1999, 8, 21),
            personal_number: "079199900001".into(),
            identifiers: vec![
                identifier(pb::IdentifierType::CitizenCard, "079199900001", "VN"),
                identifier(pb::IdentifierType::IdentityCard9, "023456789", ""),
            ],
            nationality: "VN".into(),
            organisation_name: String::new(),
        }),
        father: Some(pb::Person {
            full_name: "Jean-Luc D’Arc".into(),
            born: Some(pb::person::Born::BirthYear(1998)),
            identifiers: vec![identifier(pb::IdentifierType::Passport, "19AB12345", "FR")],
            nationality: "FR".into(),
            ..pb::Person::default()
        }),
        representative: Some(pb::Person {
            organisation_name: "Mái ấm Hướng Dương 2".into(),
            ..pb::Person::default()
        }),
        foundling: false,
        former_ref: Some(reference("12A")),
    }
}

pub(crate) fn reference(entry_number: &str) -> pb::RegistrationRef {
    pb::RegistrationRef {
        office_code: "26734".into(),
        register: pb::Register::Birth.into(),
        book_year: 2026,
        book_number: "03".into(),
        entry_number: entry_number.into(),
    }
}

fn child() -> pb::Child {
    pb::Child {
        full_name: "Nguyễn Thị Hòa Bình".into(),
        date_of_birth: date(2026, 3, 9),
        sex: pb::Sex::Female.into(),
        ethnicity: "Ê Đê".into(),
        nationalities: vec!["FR".into(), "VN".into()],
        home_town: Some(place("Xã Tân Hòa, tỉnh Đắk Lắk")),
        place_of_birth: Some(place("Bệnh viện Từ Dũ")),
        birth_order: 2,
        births: 3,
        existing_identifiers: vec![identifier(pb::IdentifierType::Passport, "C1234567", "VN")],
    }
}

fn place(text: &str) -> pb::Place {
    pb::Place {
        text: text.into(),
        unit_code: "26734".into(),
        country: "VN".into(),
    }
}

/// The sample after `change`.
pub(super) fn changed(change: impl FnOnce(&mut pb::BirthRegistration)) -> pb::BirthRegistration {
    let mut message = sample();
    change(&mut message);
    message
}

/// The facts of the sample after `change`, which must leave it in order.
pub(super) fn facts(change: impl FnOnce(&mut pb::BirthRegistration)) -> Registration {
    check(&Content::of(&changed(change)), Codes::embedded(), TODAY).expect("a valid registration")
}

/// The same for what a table or clock may object to.
pub(super) fn unchecked(change: impl FnOnce(&mut pb::BirthRegistration)) -> Registration {
    Registration::from_content(&Content::of(&changed(change))).expect("a readable registration")
}

/// Short ways to the parts of a sample.
pub(super) trait Parts {
    fn child(&mut self) -> &mut pb::Child;
    fn mother(&mut self) -> &mut pb::Person;
    fn father(&mut self) -> &mut pb::Person;
    fn representative(&mut self) -> &mut pb::Person;
    fn reference(&mut self) -> &mut pb::RegistrationRef;
    fn former(&mut self) -> &mut pb::RegistrationRef;
}

impl Parts for pb::BirthRegistration {
    fn child(&mut self) -> &mut pb::Child {
        self.child.get_or_insert_default()
    }
    fn mother(&mut self) -> &mut pb::Person {
        self.mother.get_or_insert_default()
    }
    fn father(&mut self) -> &mut pb::Person {
        self.father.get_or_insert_default()
    }
    fn representative(&mut self) -> &mut pb::Person {
        self.representative.get_or_insert_default()
    }
    fn reference(&mut self) -> &mut pb::RegistrationRef {
        self.r#ref.get_or_insert_default()
    }
    fn former(&mut self) -> &mut pb::RegistrationRef {
        self.former_ref.get_or_insert_default()
    }
}

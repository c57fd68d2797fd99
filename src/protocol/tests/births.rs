//! Births to be registered, and short ways to vary them.

use crate::proto::google::r#type::Date;
use crate::proto::v1 as pb;

pub(super) fn day(year: i32, month: i32, day: i32) -> Option<Date> {
    Some(Date { year, month, day })
}

/// A single birth on 9 March 2026 in Ho Chi Minh City, entry 1 of its office's book; the mother has a number.
pub(super) fn birth() -> pb::BirthRegistration {
    pb::BirthRegistration {
        r#ref: Some(pb::RegistrationRef {
            office_code: "26734".into(),
            register: pb::Register::Birth.into(),
            book_year: 2026,
            book_number: String::new(),
            entry_number: "1".into(),
        }),
        kind: pb::RegistrationKind::OnTime.into(),
        registered_on: day(2026, 3, 16),
        place_code: "079".into(),
        child: Some(pb::Child {
            full_name: "Nguyễn Thị Hòa Bình".into(),
            date_of_birth: day(2026, 3, 9),
            sex: pb::Sex::Female.into(),
            ethnicity: "Kinh".into(),
            nationalities: vec!["VN".into()],
            birth_order: 1,
            births: 1,
            ..pb::Child::default()
        }),
        mother: Some(pb::Person {
            full_name: "Trần Thị Thúy".into(),
            born: day(1999, 8, 21).map(pb::person::Born::DateOfBirth),
            personal_number: "079199900001".into(),
            nationality: "VN".into(),
            ..pb::Person::default()
        }),
        ..pb::BirthRegistration::default()
    }
}

/// Short ways to vary a birth.
pub(super) trait Vary: Sized {
    fn child(&mut self) -> &mut pb::Child;
    fn mother(&mut self) -> &mut pb::Person;

    /// After `change`.
    fn but(self, change: impl FnOnce(&mut Self)) -> Self;
    /// Written down at another entry of the book.
    fn entry(self, number: &str) -> Self;
    /// Born on this day, which may be known in part, and registered a week later in the book of that year.
    fn born(self, year: i16, month: i8, day: i8) -> Self;
    /// So many children were born together, and this one as which.
    fn order(self, order: i32, births: i32) -> Self;
    /// The child's name.
    fn named(self, name: &str) -> Self;
    /// Nobody knows the parents.
    fn abandoned(self) -> Self;
    /// The mother has no number.
    fn mother_without_number(self) -> Self;
    /// Another child of another mother.
    fn of_another_mother(self) -> Self;
    /// A kind of registration.
    fn kind(self, kind: pb::RegistrationKind) -> Self;
}

impl Vary for pb::BirthRegistration {
    fn child(&mut self) -> &mut pb::Child {
        self.child.get_or_insert_default()
    }

    fn mother(&mut self) -> &mut pb::Person {
        self.mother.get_or_insert_default()
    }

    fn but(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    fn entry(self, number: &str) -> Self {
        self.but(|birth| birth.r#ref.get_or_insert_default().entry_number = number.into())
    }

    fn born(self, year: i16, month: i8, date: i8) -> Self {
        let earliest = jiff::civil::Date::new(year, month.max(1), date.max(1)).expect("a day");
        let entered = earliest.checked_add(jiff::Span::new().days(7)).expect("a week later");
        self.but(|birth| {
            birth.r#ref.get_or_insert_default().book_year = entered.year().into();
            birth.child().date_of_birth = day(year.into(), month.into(), date.into());
            birth.registered_on = day(entered.year().into(), entered.month().into(), entered.day().into());
        })
    }

    fn order(self, order: i32, births: i32) -> Self {
        self.but(|birth| (birth.child().birth_order, birth.child().births) = (order, births))
    }

    fn named(self, name: &str) -> Self {
        self.but(|birth| birth.child().full_name = name.into())
    }

    fn abandoned(self) -> Self {
        self.but(|birth| (birth.foundling, birth.mother) = (true, None))
    }

    fn mother_without_number(self) -> Self {
        self.but(|birth| birth.mother().personal_number.clear())
    }

    fn of_another_mother(self) -> Self {
        self.named("Lê Văn Sơn").but(|birth| {
            birth.child().sex = pb::Sex::Male.into();
            birth.mother = Some(pb::Person {
                full_name: "Phạm Thị Lan".into(),
                born: day(1995, 1, 2).map(pb::person::Born::DateOfBirth),
                personal_number: "001195000002".into(),
                ..pb::Person::default()
            });
        })
    }

    fn kind(self, kind: pb::RegistrationKind) -> Self {
        self.but(|birth| birth.kind = kind.into())
    }
}

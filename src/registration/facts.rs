//! What a registration says, in types that cannot say anything else.

use std::fmt;

use jiff::Span;
use jiff::civil::Date;

use super::PartialDate;
use crate::number::{Number, NumberError, PlaceCode, Prefix, Sex};

/// A registration whose every field makes sense. `Debug` of this and all its parts shows nothing of them.
#[derive(Clone, PartialEq, Eq)]
pub struct Registration {
    /// Where it is written down.
    pub reference: Ref,
    /// How it came about.
    pub kind: Kind,
    /// The day it was entered.
    pub registered_on: Date,
    /// The place of registration: the first three digits of the number.
    pub place: PlaceCode,
    /// The child.
    pub child: ChildFacts,
    /// The mother, where she is known.
    pub mother: Option<ParentFacts>,
    /// The father, where he is known.
    pub father: Option<ParentFacts>,
    /// Whether the child was abandoned.
    pub foundling: bool,
    /// The earlier registration whose place this one takes.
    pub former_reference: Option<Ref>,
}

/// Where a registration is written down: unique as a whole. Text is as [`written`](super::written).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Ref {
    /// The office that keeps the book.
    pub office: String,
    /// The kind of book.
    pub register: Register,
    /// The year of the book.
    pub book_year: i32,
    /// The book within its year; empty save for old books.
    pub book_number: String,
    /// The entry within the book.
    pub entry_number: String,
}

/// The kind of book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Register {
    /// Births.
    Birth,
    /// Births registered by a foreign authority, entered at home.
    AbroadEntry,
}

/// How a registration came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Within the time the law gives.
    OnTime,
    /// After that time.
    Late,
    /// Once more, because book and papers are lost.
    ReRegistration,
    /// At home, with a foreign element.
    ForeignElement,
    /// At a mission abroad.
    BornAbroad,
    /// Entry at home of a foreign registration.
    AbroadEntry,
}

/// The child.
#[derive(Clone, PartialEq, Eq)]
pub struct ChildFacts {
    /// The full name, as [`written`](super::written).
    pub name: String,
    /// The full name, in the [`normal`](super::normal) form.
    pub normal_name: String,
    /// The birth, known in part only for late and renewed registrations.
    pub born: PartialDate,
    /// The sex.
    pub sex: Sex,
    /// ISO 3166-1 alpha-2, sorted, at least one.
    pub nationalities: Vec<String>,
    /// The child's place among the children of one birth, from 1.
    pub order: i32,
    /// How many children were born together.
    pub births: i32,
    /// Whether papers that come with a number, or are one, are named for the child.
    pub holds_number: bool,
    /// The papers named for the child that have a number of their own, sorted.
    pub papers: Vec<Paper>,
}

/// A paper with a number of its own, other than the personal number.
#[derive(Clone, PartialEq, Eq)]
pub struct Paper {
    /// What it is.
    pub kind: PaperKind,
    /// Who issued it: ISO 3166-1 alpha-2.
    pub country: String,
    /// Its number, in capitals.
    pub value: String,
}

/// What a paper is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaperKind {
    /// The identity card of 9 digits.
    IdentityCard,
    /// A passport.
    Passport,
}

/// A mother or father.
#[derive(Clone, PartialEq, Eq)]
pub struct ParentFacts {
    /// The full name, in the [`normal`](super::normal) form.
    pub normal_name: String,
    /// The birth, as far as it is known.
    pub born: Option<Born>,
    /// The personal number, then those which the named papers give; each once.
    pub numbers: Vec<Number>,
}

/// A parent's birth.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Born {
    /// On this day.
    Date(Date),
    /// Some day in this year.
    Year(i16),
}

impl Registration {
    /// About how many bytes of memory it holds, for caches that are bounded in bytes.
    pub fn memory(&self) -> usize {
        let parent = |parent: &ParentFacts| parent.normal_name.len() + parent.numbers.len() * size_of::<Number>();
        let parents = self.mother.iter().chain(&self.father).map(parent).sum::<usize>();
        let reference =
            |reference: &Ref| reference.office.len() + reference.book_number.len() + reference.entry_number.len();
        let references = reference(&self.reference) + self.former_reference.as_ref().map_or(0, reference);
        let child = &self.child;
        let nationalities = child.nationalities.len() * (size_of::<String>() + 2);
        size_of::<Self>() + parents + references + child.name.len() + child.normal_name.len() + nationalities
    }

    /// The first six digits of a number for this child.
    ///
    /// # Errors
    /// [`NumberError::BirthYear`] where no century digit tells the year; [`check`](super::check) lets no such year by.
    pub fn prefix(&self) -> Result<Prefix, NumberError> {
        Prefix::new(self.place, self.child.sex, self.child.born.year())
    }

    /// Whether the child may have a number at all: a child of foreign nationality alone gets none.
    pub fn eligible(&self) -> bool {
        self.child.nationalities.iter().any(|country| country == "VN")
    }

    /// Whether the child is at least so many years old on `day`. Where the birth is known in part, doubt means yes.
    pub fn grown_on(&self, day: Date, years: i32) -> bool {
        let birthday = Span::new()
            .try_years(years)
            .and_then(|years| self.child.born.earliest().checked_add(years));
        // A birthday beyond the calendar has not come yet.
        birthday.is_ok_and(|birthday| birthday <= day)
    }
}

impl ParentFacts {
    /// The day of birth, where it is known.
    pub fn birth_date(&self) -> Option<Date> {
        match self.born {
            Some(Born::Date(date)) => Some(date),
            Some(Born::Year(_)) | None => None,
        }
    }
}

macro_rules! show_nothing_of {
    ($($name:ident),+) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), " { .. }"))
            }
        }
    )+};
}

show_nothing_of!(Registration, Ref, ChildFacts, Paper, ParentFacts, Born);

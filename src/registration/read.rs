//! From the kept message to the facts: structure alone, without clock or tables.

use super::dates::{self, PartialDate};
use super::facts::{Born, ChildFacts, Kind, Paper, PaperKind, ParentFacts, Ref, Register, Registration};
use super::names::normal_of_written;
use super::paths::{self, PersonPaths, RefPaths};
use super::{Content, ContentError};
use crate::number::{Number, PlaceCode, Sex};
use crate::proto::v1 as pb;

type Read<T> = Result<T, ContentError>;

impl Registration {
    /// Reads the facts from content that was [checked](super::check) when it came in. Bounds, dates against today and
    /// codes against the tables are not looked at again: they may have changed since.
    ///
    /// # Errors
    /// [`ContentError::Field`] names the first field that is missing or makes no sense.
    pub fn from_content(content: &Content) -> Result<Registration, ContentError> {
        let message = content.message();
        // In part only in old books.
        let register = message.registered_on.and_then(PartialDate::read);
        let former = message.former_ref.as_ref();
        Ok(Registration {
            reference: reference(&paths::REF, need(message.r#ref.as_ref(), paths::REF.whole)?)?,
            kind: need(kind(message.kind), paths::KIND)?,
            registered_on: need(register, paths::REGISTERED_ON)?.earliest(),
            place: need(PlaceCode::parse(&message.place_code).ok(), paths::PLACE_CODE)?,
            child: child(need(message.child.as_ref(), paths::CHILD)?)?,
            mother: parent(&paths::MOTHER, message.mother.as_ref())?,
            father: parent(&paths::FATHER, message.father.as_ref())?,
            foundling: message.foundling,
            former_reference: former.map(|former| reference(&paths::FORMER_REF, former)).transpose()?,
        })
    }
}

fn need<T>(value: Option<T>, path: &'static str) -> Read<T> {
    value.ok_or(ContentError::Field(path))
}

pub(super) fn reference(paths: &RefPaths, message: &pb::RegistrationRef) -> Read<Ref> {
    Ok(Ref {
        office: message.office_code.clone(),
        register: need(register(message.register), paths.register)?,
        book_year: message.book_year,
        book_number: message.book_number.clone(),
        entry_number: message.entry_number.clone(),
    })
}

fn child(message: &pb::Child) -> Read<ChildFacts> {
    Ok(ChildFacts {
        name: message.full_name.clone(),
        normal_name: normal_of_written(&message.full_name),
        born: need(message.date_of_birth.and_then(PartialDate::read), paths::CHILD_BORN)?,
        sex: need(sex(message.sex), paths::SEX)?,
        nationalities: message.nationalities.clone(),
        order: message.birth_order,
        births: message.births,
        holds_number: message.existing_identifiers.iter().any(tells_number),
        papers: papers(message),
    })
}

/// The child's papers that have a number of their own.
pub(super) fn papers(message: &pb::Child) -> Vec<Paper> {
    message.existing_identifiers.iter().filter_map(paper).collect()
}

fn paper(identifier: &pb::Identifier) -> Option<Paper> {
    let kind = match identifier.r#type() {
        pb::IdentifierType::IdentityCard9 => PaperKind::IdentityCard,
        pb::IdentifierType::Passport => PaperKind::Passport,
        _ => return None,
    };
    let country = match identifier.country.as_str() {
        "" => "VN",
        country => country,
    };
    Some(Paper {
        kind,
        country: country.to_owned(),
        value: identifier.value.clone(),
    })
}

fn parent(paths: &PersonPaths, message: Option<&pb::Person>) -> Read<Option<ParentFacts>> {
    let Some(message) = message else { return Ok(None) };
    Ok(Some(ParentFacts {
        normal_name: normal_of_written(&message.full_name),
        born: message.born.map(|born| read_born(paths, born)).transpose()?,
        numbers: numbers(paths, message)?,
    }))
}

fn read_born(paths: &PersonPaths, born: pb::person::Born) -> Read<Born> {
    match born {
        pb::person::Born::DateOfBirth(date) => need(dates::full(date).map(Born::Date), paths.date_of_birth),
        pb::person::Born::BirthYear(year) => need(i16::try_from(year).ok().map(Born::Year), paths.birth_year),
    }
}

fn numbers(paths: &PersonPaths, message: &pb::Person) -> Read<Vec<Number>> {
    let mut numbers = Vec::new();
    if !message.personal_number.is_empty() {
        numbers.push(need(
            Number::parse(&message.personal_number).ok(),
            paths.personal_number,
        )?);
    }
    for identifier in message.identifiers.iter().filter(|identifier| tells_number(identifier)) {
        let number = need(Number::parse(&identifier.value).ok(), paths.identifiers.value)?;
        if !numbers.contains(&number) {
            numbers.push(number);
        }
    }
    Ok(numbers)
}

/// Whether the paper's own number is the personal number: so it is on the citizen card of 12 digits.
pub(super) fn tells_number(identifier: &pb::Identifier) -> bool {
    use pb::IdentifierType::{CitizenCard, PersonalNumber};
    matches!(identifier.r#type(), PersonalNumber | CitizenCard)
}

/// Sex as the contract has it; `None` where it is not given.
pub fn sex(value: i32) -> Option<Sex> {
    match pb::Sex::try_from(value).ok()? {
        pb::Sex::Unspecified => None,
        pb::Sex::Male => Some(Sex::Male),
        pb::Sex::Female => Some(Sex::Female),
    }
}

pub(super) fn register(value: i32) -> Option<Register> {
    match pb::Register::try_from(value).ok()? {
        pb::Register::Unspecified => None,
        pb::Register::Birth => Some(Register::Birth),
        pb::Register::AbroadEntry => Some(Register::AbroadEntry),
    }
}

impl Ref {
    /// Reads one that was checked before; `None` for any other.
    pub fn read(message: &pb::RegistrationRef) -> Option<Self> {
        reference(&paths::REF, message).ok()
    }
}

impl From<&Ref> for pb::RegistrationRef {
    fn from(reference: &Ref) -> Self {
        let register = match reference.register {
            Register::Birth => pb::Register::Birth,
            Register::AbroadEntry => pb::Register::AbroadEntry,
        };
        Self {
            office_code: reference.office.clone(),
            register: register.into(),
            book_year: reference.book_year,
            book_number: reference.book_number.clone(),
            entry_number: reference.entry_number.clone(),
        }
    }
}

pub(super) fn kind(value: i32) -> Option<Kind> {
    use pb::RegistrationKind as Message;
    match Message::try_from(value).ok()? {
        Message::Unspecified => None,
        Message::OnTime => Some(Kind::OnTime),
        Message::Late => Some(Kind::Late),
        Message::ReRegistration => Some(Kind::ReRegistration),
        Message::ForeignElement => Some(Kind::ForeignElement),
        Message::BornAbroad => Some(Kind::BornAbroad),
        Message::AbroadEntry => Some(Kind::AbroadEntry),
    }
}

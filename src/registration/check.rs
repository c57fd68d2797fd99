//! Says everything that is wrong with a registration.

use jiff::civil::Date;

use super::dates::PartialDate;
use super::facts::{Kind, Ref, Registration};
use super::paths::{self, PlacePaths, RefPaths};
use super::{Brought, Content, ContentError, Handed, Problem, Violation, countries, limits, read, text};
use crate::number::{Codes, Number, PlaceCode};
use crate::proto::google::r#type::Date as DateMessage;
use crate::proto::v1 as pb;

/// Checks every field of a registration that came in, and reads its facts if all are right.
///
/// `codes` are the tables of places; `today_utc` is the day by UTC, which may be a day behind that of the office.
///
/// # Errors
/// Every violation there is, in the order of the fields in the contract.
pub fn check(content: &Content, codes: &Codes, today_utc: Date) -> Result<Registration, Vec<Violation>> {
    check_by(Report::new(codes, today_utc), content)
}

fn check_by(mut report: Report<'_>, content: &Content) -> Result<Registration, Vec<Violation>> {
    report.registration(content.message());
    if !report.violations.is_empty() {
        return Err(report.violations);
    }
    Registration::from_content(content).map_err(|error| {
        let field = match error {
            ContentError::Field(path) => path,
            ContentError::Empty | ContentError::Version(_) | ContentError::Malformed => paths::REGISTRATION,
        };
        vec![Violation::new(field, Problem::UnknownValue)]
    })
}

/// The same for a birth whose number may have been handed out before; `now` is the time in microseconds.
///
/// # Errors
/// Every violation there is. A number that was handed out must be one of the child's place, sex and year.
pub fn check_handed_out(
    content: &Content,
    codes: &Codes,
    today_utc: Date,
    now: i64,
) -> Result<(Registration, Option<Handed>), Vec<Violation>> {
    let handed = content.handed().map(|handed| handed.check(now)).transpose();
    match (check(content, codes, today_utc), handed) {
        (Ok(facts), Ok(handed)) => {
            let other = |handed: &Handed| facts.prefix() != Ok(handed.number.prefix());
            match handed.filter(other) {
                None => Ok((facts, handed)),
                Some(_) => Err(vec![Violation::new("number", Problem::OtherPrefix)]),
            }
        }
        (facts, handed) => {
            let mut violations = facts.err().unwrap_or_default();
            violations.extend(handed.err().unwrap_or_default());
            Err(violations)
        }
    }
}

/// The same for what an import brought: month and day need not be known, and the number may be of another place.
///
/// # Errors
/// Every violation there is.
pub fn check_brought(
    content: &Content,
    codes: &Codes,
    today_utc: Date,
) -> Result<(Registration, Brought), Vec<Violation>> {
    let brought = content.brought().cloned().unwrap_or_default().check();
    let mut violations = match (check_by(Report::of_old_books(codes, today_utc), content), brought) {
        (Ok(facts), Ok(brought)) if own_number_agrees(content, brought.number) => return Ok((facts, brought)),
        (Ok(_), Ok(_)) => vec![Violation::new(paths::CHILD_IDENTIFIERS.whole, Problem::OtherNumber)],
        (facts, brought) => [facts.err(), brought.err()].into_iter().flatten().flatten().collect(),
    };
    violations.dedup();
    Err(violations)
}

/// Whether the child's papers tell no other number than this.
fn own_number_agrees(content: &Content, number: Option<Number>) -> bool {
    let child = content.message().child.as_ref();
    let papers = child.into_iter().flat_map(|child| &child.existing_identifiers);
    let mut told = papers.filter(|paper| read::tells_number(paper));
    told.all(|paper| number.is_some() && Number::parse(&paper.value).ok() == number)
}

/// The same for what is to take the place of a registration that is held: in an old book's, month and day need not be known.
///
/// # Errors
/// Every violation there is.
pub fn check_as_held(
    content: &Content,
    held: &Content,
    codes: &Codes,
    today_utc: Date,
) -> Result<Registration, Vec<Violation>> {
    let in_part = |date: Option<DateMessage>| date.is_some_and(|date| date.day == 0);
    let message = held.message();
    let born = message.child.as_ref().and_then(|child| child.date_of_birth);
    match in_part(born) || in_part(message.registered_on) {
        true => check_by(Report::of_old_books(codes, today_utc), content),
        false => check(content, codes, today_utc),
    }
}

/// Checks a reference on its own: the one a caller looks up by, which stands under `ref`.
///
/// # Errors
/// Every violation there is.
pub fn check_reference(message: &pb::RegistrationRef, codes: &Codes, today_utc: Date) -> Result<Ref, Vec<Violation>> {
    let content = Content::of(&pb::BirthRegistration {
        r#ref: Some(message.clone()),
        ..pb::BirthRegistration::default()
    });
    let cleaned = content.message().r#ref.clone().unwrap_or_default();
    let mut report = Report::new(codes, today_utc);
    report.reference(&paths::ASKED_REF, &cleaned);
    if !report.violations.is_empty() {
        return Err(report.violations);
    }
    read::reference(&paths::ASKED_REF, &cleaned).map_err(|_| vec![Violation::new("ref", Problem::UnknownValue)])
}

/// Checks a paper on its own: the one a caller looks up by, which stands under `identifier`.
///
/// # Errors
/// Every violation there is.
pub fn check_identifier(message: &pb::Identifier, codes: &Codes, today_utc: Date) -> Result<(), Vec<Violation>> {
    let child = pb::Child {
        existing_identifiers: vec![message.clone()],
        ..pb::Child::default()
    };
    let content = Content::of(&pb::BirthRegistration {
        child: Some(child),
        ..pb::BirthRegistration::default()
    });
    let child = content.message().child.clone().unwrap_or_default();
    let cleaned = child.existing_identifiers.into_iter().next().unwrap_or_default();
    let mut report = Report::new(codes, today_utc);
    report.identifier(&paths::ASKED_IDENTIFIER, &cleaned);
    if report.violations.is_empty() {
        Ok(())
    } else {
        Err(report.violations)
    }
}

/// What has been found so far, and what it is found by.
pub(super) struct Report<'a> {
    violations: Vec<Violation>,
    codes: &'a Codes,
    /// The last day that is not in the future anywhere.
    pub(super) last_day: Date,
    /// In old books month and day need not be known.
    old_books: bool,
}

impl Report<'_> {
    fn new(codes: &Codes, today_utc: Date) -> Report<'_> {
        Report {
            violations: Vec::new(),
            codes,
            last_day: today_utc.tomorrow().unwrap_or(today_utc),
            old_books: false,
        }
    }

    fn of_old_books(codes: &Codes, today_utc: Date) -> Report<'_> {
        Report {
            old_books: true,
            ..Report::new(codes, today_utc)
        }
    }

    pub(super) fn add(&mut self, field: &str, problem: Problem) {
        let violation = Violation::new(field, problem);
        // Two items of one list may break one rule: it is said once.
        if !self.violations.contains(&violation) {
            self.violations.push(violation);
        }
    }

    pub(super) fn add_if(&mut self, broken: bool, field: &str, problem: Problem) {
        if broken {
            self.add(field, problem);
        }
    }

    fn registration(&mut self, message: &pb::BirthRegistration) {
        match &message.r#ref {
            Some(reference) => self.reference(&paths::REF, reference),
            None => self.add(paths::REF.whole, Problem::Required),
        }
        let kind = read::kind(message.kind);
        self.choice(paths::KIND, message.kind, kind.is_some());
        let in_part = message.child.as_ref().and_then(|child| child.date_of_birth);
        let born = in_part.and_then(|born| self.birth(born, kind).ok());
        self.registered_on(message.registered_on, born);
        self.place_code(&message.place_code);
        match &message.child {
            Some(child) => self.child(child, kind),
            None => self.add(paths::CHILD, Problem::Required),
        }
        self.people(message, born);
        if let Some(former) = &message.former_ref {
            self.reference(&paths::FORMER_REF, former);
        }
    }

    fn reference(&mut self, paths: &RefPaths, reference: &pb::RegistrationRef) {
        self.required(paths.office_code, &reference.office_code, limits::OFFICE_CODE);
        let register = read::register(reference.register);
        self.choice(paths.register, reference.register, register.is_some());
        self.book_year(paths.book_year, reference.book_year);
        self.text(paths.book_number, &reference.book_number, limits::BOOK_NUMBER);
        self.required(paths.entry_number, &reference.entry_number, limits::ENTRY_NUMBER);
    }

    fn book_year(&mut self, path: &str, year: i32) {
        let (min, max) = (i32::from(limits::FIRST_YEAR), i32::from(self.last_day.year()));
        match year {
            0 => self.add(path, Problem::Required),
            _ => self.add_if(!(min..=max).contains(&year), path, Problem::Range { min, max }),
        }
    }

    fn registered_on(&mut self, day: Option<DateMessage>, born: Option<PartialDate>) {
        let path = paths::REGISTERED_ON;
        let Some(day) = day else {
            return self.add(path, Problem::Required);
        };
        let day = PartialDate::read(day).filter(|day| self.old_books || day.full().is_some());
        let Some(day) = day else {
            return self.add(path, Problem::Date);
        };
        self.add_if(day.earliest() > self.last_day, path, Problem::Future);
        let before_birth = born.is_some_and(|born| day.latest() < born.earliest());
        self.add_if(before_birth, path, Problem::BeforeBirth);
    }

    fn place_code(&mut self, code: &str) {
        let known = PlaceCode::parse(code).is_ok_and(|code| self.codes.place(code).is_some());
        match code {
            "" => self.add(paths::PLACE_CODE, Problem::Required),
            _ => self.add_if(!known, paths::PLACE_CODE, Problem::PlaceCode),
        }
    }

    fn child(&mut self, child: &pb::Child, kind: Option<Kind>) {
        self.name(paths::CHILD_NAME, &child.full_name, Problem::Required);
        match child.date_of_birth.map(|born| self.birth(born, kind)) {
            None => self.add(paths::CHILD_BORN, Problem::Required),
            Some(Err(problem)) => self.add(paths::CHILD_BORN, problem),
            Some(Ok(_)) => {}
        }
        self.choice(paths::SEX, child.sex, read::sex(child.sex).is_some());
        self.text(paths::ETHNICITY, &child.ethnicity, limits::ETHNICITY);
        self.nationalities(&child.nationalities);
        self.place(&paths::HOME_TOWN, child.home_town.as_ref());
        self.place(&paths::PLACE_OF_BIRTH, child.place_of_birth.as_ref());
        self.order(child.birth_order, child.births);
        self.identifiers(&paths::CHILD_IDENTIFIERS, &child.existing_identifiers);
    }

    /// Where the kind of registration is not known, the birth is taken to be allowed in part: the kind is reported.
    fn birth(&self, born: DateMessage, kind: Option<Kind>) -> Result<PartialDate, Problem> {
        let born = PartialDate::read(born).ok_or(Problem::Date)?;
        let in_part_allowed = self.old_books || matches!(kind, Some(Kind::Late | Kind::ReRegistration) | None);
        if born.full().is_none() && !in_part_allowed {
            return Err(Problem::DateInPart);
        }
        let from = limits::FIRST_YEAR;
        match born {
            _ if born.year() < from => Err(Problem::TooEarly { from }),
            _ if born.earliest() > self.last_day => Err(Problem::Future),
            _ => Ok(born),
        }
    }

    fn nationalities(&mut self, nationalities: &[String]) {
        let (path, max) = (paths::NATIONALITIES, limits::NATIONALITIES);
        self.add_if(nationalities.is_empty(), path, Problem::Required);
        if nationalities.len() > max {
            return self.add(path, Problem::TooMany { max });
        }
        for country in nationalities {
            self.country(path, country);
        }
    }

    fn place(&mut self, paths: &PlacePaths, place: Option<&pb::Place>) {
        let Some(place) = place else { return };
        self.text(paths.text, &place.text, limits::PLACE_TEXT);
        self.text(paths.unit_code, &place.unit_code, limits::UNIT_CODE);
        self.country(paths.country, &place.country);
    }

    fn order(&mut self, order: i32, births: i32) {
        let (min, max) = (1, limits::BIRTHS);
        let births_sensible = (min..=max).contains(&births);
        self.add_if(order < min, paths::BIRTH_ORDER, Problem::Range { min, max });
        self.add_if(births_sensible && order > births, paths::BIRTH_ORDER, Problem::Order);
        self.add_if(!births_sensible, paths::BIRTHS, Problem::Range { min, max });
    }

    /// A value of an enum: 0 says nothing, and `known` whether it is one of the others.
    pub(super) fn choice(&mut self, path: &str, value: i32, known: bool) {
        match value {
            0 => self.add(path, Problem::Required),
            _ => self.add_if(!known, path, Problem::UnknownValue),
        }
    }

    /// A country, or nothing.
    pub(super) fn country(&mut self, path: &str, code: &str) {
        self.add_if(!code.is_empty() && !countries::is_country(code), path, Problem::Country);
    }

    /// A person's name; `missing` is the problem if there is none.
    pub(super) fn name(&mut self, path: &str, name: &str, missing: Problem) {
        match name {
            "" => self.add(path, missing),
            _ => self.add_all(path, text::name_fault(name, limits::NAME)),
        }
    }

    fn required(&mut self, path: &str, value: &str, max: usize) {
        self.add_if(value.is_empty(), path, Problem::Required);
        self.text(path, value, max);
    }

    pub(super) fn text(&mut self, path: &str, value: &str, max: usize) {
        self.add_all(path, text::fault(value, max));
    }

    pub(super) fn add_all(&mut self, path: &str, problems: impl IntoIterator<Item = Problem>) {
        for problem in problems {
            self.add(path, problem);
        }
    }
}

impl Violation {
    /// A field that breaks a rule.
    pub fn new(field: &str, problem: Problem) -> Violation {
        Violation {
            field: field.to_owned(),
            problem,
        }
    }
}

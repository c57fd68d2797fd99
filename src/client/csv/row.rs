//! A row into a registration.

use csv::StringRecord;

use super::error::{CellProblem, CsvError};
use super::read::Header;
use super::{Role, cells};
use crate::proto::google::r#type::Date;
use crate::proto::v1::{BirthRegistration, Child, Person, Place, Register, RegistrationKind, RegistrationRef, Sex};

/// One row of a file. `Debug` shows nothing of the persons.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Its line in the file, counted from 1, the header included.
    pub line: u64,
    /// The office that sends it, which is the one that keeps the book.
    pub office: String,
    /// The role in which it does so.
    pub role: Role,
    /// The registration.
    pub registration: BirthRegistration,
}

impl Row {
    pub(super) fn read(cells: &Cells<'_>) -> Result<Row, CsvError> {
        Ok(Row {
            line: cells.line,
            office: cells.filled("office_code")?.to_owned(),
            role: cells.role()?,
            registration: cells.registration()?,
        })
    }
}

/// One row, its cells by the names of their columns.
pub(super) struct Cells<'a> {
    pub header: &'a Header,
    pub record: &'a StringRecord,
    pub line: u64,
    /// Whether dates may be written 31/12/2023, too.
    pub either_form: bool,
}

impl Cells<'_> {
    pub fn raw(&self, column: &'static str) -> &str {
        self.header.cell(self.record, column)
    }

    pub fn text(&self, column: &'static str) -> String {
        self.raw(column).to_owned()
    }

    fn filled(&self, column: &'static str) -> Result<&str, CsvError> {
        match self.raw(column).trim() {
            "" => Err(self.error(column, CellProblem::Empty)),
            cell => Ok(cell),
        }
    }

    fn error(&self, column: &'static str, problem: CellProblem) -> CsvError {
        CsvError::Cell {
            line: self.line,
            column,
            problem,
        }
    }

    pub fn read<T>(&self, column: &'static str, read: impl Fn(&str) -> Result<T, CellProblem>) -> Result<T, CsvError> {
        read(self.raw(column).trim()).map_err(|problem| self.error(column, problem))
    }

    /// A value of an enumeration by its short name; none where the cell is empty.
    pub fn value<E>(
        &self,
        column: &'static str,
        prefix: &str,
        from_full_name: impl Fn(&str) -> Option<E>,
    ) -> Result<Option<E>, CsvError> {
        self.read(column, |cell| match cell {
            "" => Ok(None),
            name => cells::value(prefix, name, &from_full_name)
                .map(Some)
                .ok_or(CellProblem::UnknownValue),
        })
    }

    fn role(&self) -> Result<Role, CsvError> {
        let roles = [Role::Registrar, Role::Mission];
        let named = |name: &str| roles.into_iter().find(|role| role.name() == name);
        Ok(self.value("role", "", named)?.unwrap_or_default())
    }

    /// A date, in the form of a file of births, or, of other files, in either form or not at all.
    fn date(&self, column: &'static str) -> Result<Option<Date>, CsvError> {
        match self.either_form {
            false => self.read(column, cells::date).map(Some),
            true => self.read(column, cells::any_date),
        }
    }

    pub fn registration(&self) -> Result<BirthRegistration, CsvError> {
        let kind = self.value("kind", "REGISTRATION_KIND_", RegistrationKind::from_str_name)?;
        let kind = kind.ok_or_else(|| self.error("kind", CellProblem::Empty))?;
        let organisation = self.text("representative_organisation");
        Ok(BirthRegistration {
            r#ref: Some(self.reference(&REF)?),
            kind: kind.into(),
            registered_on: self.date("registered_on")?,
            place_code: self.text("place_code"),
            child: Some(self.child()?),
            mother: present(self.person(&MOTHER)?),
            father: present(self.person(&FATHER)?),
            representative: present(Person {
                organisation_name: organisation,
                ..self.person(&REPRESENTATIVE)?
            }),
            foundling: self.read("foundling", cells::yes)?,
            former_ref: self.former_ref()?,
        })
    }

    fn child(&self) -> Result<Child, CsvError> {
        let sex = self.value("sex", "SEX_", Sex::from_str_name)?;
        Ok(Child {
            full_name: self.text("child_name"),
            date_of_birth: self.date("date_of_birth")?,
            sex: sex.ok_or_else(|| self.error("sex", CellProblem::Empty))?.into(),
            ethnicity: self.text("ethnicity"),
            nationalities: cells::list(self.raw("nationalities")).map(str::to_owned).collect(),
            home_town: self.place(["home_town", "home_town_unit", "home_town_country"]),
            place_of_birth: self.place(["place_of_birth", "place_of_birth_unit", "place_of_birth_country"]),
            birth_order: self.read("birth_order", cells::whole)?,
            births: self.read("births", cells::whole)?,
            existing_identifiers: self.read("child_identifiers", cells::papers)?,
        })
    }

    pub fn reference(&self, columns: &[&'static str; 5]) -> Result<RegistrationRef, CsvError> {
        let [office, register, year, number, entry] = *columns;
        let register = self.value(register, "REGISTER_", Register::from_str_name)?;
        Ok(RegistrationRef {
            office_code: self.text(office).trim().to_owned(),
            register: register.unwrap_or(Register::Birth).into(),
            book_year: self.read(year, cells::whole)?,
            book_number: self.text(number),
            entry_number: self.text(entry),
        })
    }

    /// None where all its columns are empty.
    fn former_ref(&self) -> Result<Option<RegistrationRef>, CsvError> {
        if FORMER_REF.iter().all(|column| self.raw(column).is_empty()) {
            return Ok(None);
        }
        self.reference(&FORMER_REF).map(Some)
    }

    pub fn place(&self, [text, unit, country]: [&'static str; 3]) -> Option<Place> {
        present(Place {
            text: self.text(text),
            unit_code: self.text(unit),
            country: self.text(country),
        })
    }

    fn person(&self, columns: &[&'static str; 5]) -> Result<Person, CsvError> {
        let [name, born, number, nationality, papers] = *columns;
        Ok(Person {
            full_name: self.text(name),
            born: match self.either_form {
                false => self.read(born, cells::born)?,
                true => self.read(born, cells::any_born)?,
            },
            personal_number: self.text(number),
            identifiers: self.read(papers, cells::papers)?,
            nationality: self.text(nationality),
            organisation_name: String::new(),
        })
    }
}

pub(super) const REF: [&str; 5] = ["office_code", "register", "book_year", "book_number", "entry_number"];
const FORMER_REF: [&str; 5] = [
    "former_office_code",
    "former_register",
    "former_book_year",
    "former_book_number",
    "former_entry_number",
];
pub(super) const MOTHER: [&str; 5] = [
    "mother_name",
    "mother_born",
    "mother_number",
    "mother_nationality",
    "mother_identifiers",
];
pub(super) const FATHER: [&str; 5] = [
    "father_name",
    "father_born",
    "father_number",
    "father_nationality",
    "father_identifiers",
];
const REPRESENTATIVE: [&str; 5] = [
    "representative_name",
    "representative_born",
    "representative_number",
    "representative_nationality",
    "representative_identifiers",
];

/// None for a message in which nothing stands.
pub(super) fn present<M: Default + PartialEq>(message: M) -> Option<M> {
    (message != M::default()).then_some(message)
}

//! Single cells, both ways.

use super::CellProblem;
use crate::number::Number;
use crate::proto::google::r#type::Date;
use crate::proto::v1::{Identifier, IdentifierType, person::Born};
use crate::registration::full_date;

/// A date as YYYY-MM-DD, YYYY-MM or YYYY. Whether there is such a day is not asked.
pub(super) fn date(cell: &str) -> Result<Date, CellProblem> {
    let mut parts = cell.split('-');
    let year = digits(parts.next(), 4).ok_or(CellProblem::Date)?;
    let month = optional_digits(parts.next())?;
    let day = optional_digits(parts.next())?;
    match parts.next() {
        Some(_) => Err(CellProblem::Date),
        None => Ok(Date { year, month, day }),
    }
}

fn optional_digits(part: Option<&str>) -> Result<i32, CellProblem> {
    if part.is_none() {
        return Ok(0);
    }
    digits(part, 2).ok_or(CellProblem::Date)
}

fn digits(part: Option<&str>, length: usize) -> Option<i32> {
    let part = part.filter(|part| part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit()))?;
    part.parse().ok()
}

pub(super) fn write_date(date: Option<&Date>) -> String {
    match date {
        None => String::new(),
        Some(Date { year, month: 0, .. }) => format!("{year:04}"),
        Some(Date { year, month, day: 0 }) => format!("{year:04}-{month:02}"),
        Some(Date { year, month, day }) => format!("{year:04}-{month:02}-{day:02}"),
    }
}

/// A full date or a year.
pub(super) fn born(cell: &str) -> Result<Option<Born>, CellProblem> {
    if cell.is_empty() {
        return Ok(None);
    }
    let date = date(cell).map_err(|_| CellProblem::DateOrYear)?;
    match cell.len() {
        4 => Ok(Some(Born::BirthYear(date.year))),
        7 => Err(CellProblem::DateOrYear),
        _ => Ok(Some(Born::DateOfBirth(date))),
    }
}

pub(super) fn write_born(born: Option<&Born>) -> String {
    match born {
        None => String::new(),
        Some(Born::DateOfBirth(date)) => write_date(Some(date)),
        Some(Born::BirthYear(year)) => format!("{year:04}"),
    }
}

/// A date in either form: YYYY-MM-DD, or DD/MM/YYYY as it is written in Viet Nam; in part where no more is known. None where
/// the cell is empty. A day that is not in the calendar is none.
pub(super) fn any_date(cell: &str) -> Result<Option<Date>, CellProblem> {
    if cell.is_empty() {
        return Ok(None);
    }
    let date = match cell.contains('/') {
        true => vietnamese_date(cell),
        false => date(cell).ok(),
    };
    let date = date.ok_or(CellProblem::AnyDate)?;
    let exists = match date {
        Date { month: 0, day: 0, .. } => true,
        Date { month, day: 0, .. } => (1..=12).contains(&month),
        whole => full_date(whole).is_some(),
    };
    if exists {
        Ok(Some(date))
    } else {
        Err(CellProblem::AnyDate)
    }
}

/// A date as DD/MM/YYYY or MM/YYYY; a leading zero may be left out.
fn vietnamese_date(cell: &str) -> Option<Date> {
    let mut parts = cell.rsplit('/');
    let year = digits(parts.next(), 4)?;
    let short = |part: &str| digits(Some(part), 2).or_else(|| digits(Some(part), 1));
    let month = short(parts.next()?)?;
    let day = match parts.next() {
        None => 0,
        Some(day) => short(day).filter(|day| *day > 0)?,
    };
    parts.next().is_none().then_some(Date { year, month, day })
}

/// A full date in either form, or a year.
pub(super) fn any_born(cell: &str) -> Result<Option<Born>, CellProblem> {
    any_date(cell)?
        .map(|date| match date {
            Date { month: 0, day: 0, year } => Ok(Born::BirthYear(year)),
            Date { day: 0, .. } => Err(CellProblem::AnyDate),
            date => Ok(Born::DateOfBirth(date)),
        })
        .transpose()
}

/// A personal number; empty where there is none.
pub(super) fn personal_number(cell: &str) -> Result<String, CellProblem> {
    if cell.is_empty() || Number::parse(cell).is_ok() {
        return Ok(cell.to_owned());
    }
    let digits = cell.len();
    match (10..=11).contains(&digits) && cell.bytes().all(|byte| byte.is_ascii_digit()) {
        true => Err(CellProblem::LostZeros { digits }),
        false => Err(CellProblem::PersonalNumber),
    }
}

/// A whole number; empty means 0.
pub(super) fn whole(cell: &str) -> Result<i32, CellProblem> {
    if cell.is_empty() {
        return Ok(0);
    }
    cell.parse().map_err(|_| CellProblem::WholeNumber)
}

pub(super) fn write_whole(value: i32) -> String {
    if value == 0 { String::new() } else { value.to_string() }
}

pub(super) fn yes(cell: &str) -> Result<bool, CellProblem> {
    match cell.to_ascii_lowercase().as_str() {
        "" | "no" => Ok(false),
        "yes" => Ok(true),
        _ => Err(CellProblem::YesOrNo),
    }
}

/// The parts of a list, empty ones left out.
pub(super) fn list(cell: &str) -> impl Iterator<Item = &str> {
    cell.split(';').map(str::trim).filter(|part| !part.is_empty())
}

pub(super) fn papers(cell: &str) -> Result<Vec<Identifier>, CellProblem> {
    list(cell).map(paper).collect()
}

fn paper(part: &str) -> Result<Identifier, CellProblem> {
    let mut fields = part.split(':').map(str::trim);
    let kind = fields
        .next()
        .and_then(|name| value("IDENTIFIER_TYPE_", name, IdentifierType::from_str_name));
    let (Some(kind), Some(number)) = (kind, fields.next()) else {
        return Err(CellProblem::Papers);
    };
    let country = fields.next().unwrap_or_default();
    if number.is_empty() || fields.next().is_some() {
        return Err(CellProblem::Papers);
    }
    Ok(Identifier {
        r#type: kind.into(),
        value: number.to_owned(),
        country: country.to_owned(),
    })
}

/// Values with a colon or a semicolon in them cannot be told apart again; no paper has such a number.
pub(super) fn write_papers(papers: &[Identifier]) -> String {
    let texts = papers.iter().map(|paper| {
        let kind = short("IDENTIFIER_TYPE_", paper.r#type().as_str_name());
        let country = if paper.country.is_empty() { "" } else { ":" };
        format!("{kind}:{}{country}{}", paper.value, paper.country)
    });
    texts.collect::<Vec<_>>().join(";")
}

/// The value of an enumeration from its short name, in either case. The zero value has none.
pub(super) fn value<E>(prefix: &str, name: &str, from_full_name: impl Fn(&str) -> Option<E>) -> Option<E> {
    let name = name.to_ascii_uppercase();
    let named = Some(name).filter(|name| name != UNSPECIFIED)?;
    from_full_name(&format!("{prefix}{named}"))
}

/// The short name of a value; empty for zero.
pub(super) fn short<'a>(prefix: &str, full_name: &'a str) -> &'a str {
    let name = full_name.strip_prefix(prefix).unwrap_or(full_name);
    if name == UNSPECIFIED { "" } else { name }
}

const UNSPECIFIED: &str = "UNSPECIFIED";

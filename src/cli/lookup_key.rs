//! What `dinhdanh lookup` can be asked about, as typed.

use std::fmt;
use std::str::FromStr;

use crate::number::{Number, NumberError};
use crate::proto::v1::{Register, RegistrationRef};

/// A number. `Debug` shows it masked.
#[derive(Clone, Copy, Debug)]
pub struct NumberKey(pub Number);

impl FromStr for NumberKey {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Self, NumberError> {
        Number::parse(text).map(Self)
    }
}

/// A place in a book.
#[derive(Clone, PartialEq)]
pub struct RefKey(pub RegistrationRef);

impl fmt::Debug for RefKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefKey")
    }
}

/// Why a text names no place in a book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefKeyError {
    /// It has too few or too many parts.
    #[error("write it as OFFICE/REGISTER/YEAR/ENTRY or OFFICE/REGISTER/YEAR/BOOK/ENTRY")]
    Parts,
    /// There is no such register.
    #[error("the register is BIRTH or ABROAD_ENTRY")]
    Register,
    /// The year is none.
    #[error("the year has four digits")]
    Year,
}

impl FromStr for RefKey {
    type Err = RefKeyError;

    fn from_str(text: &str) -> Result<Self, RefKeyError> {
        let parts: Vec<&str> = text.split('/').map(str::trim).collect();
        let (office, register, year, book, entry) = match parts[..] {
            [office, register, year, entry] => (office, register, year, "", entry),
            [office, register, year, book, entry] => (office, register, year, book, entry),
            _ => return Err(RefKeyError::Parts),
        };
        if office.is_empty() || entry.is_empty() {
            return Err(RefKeyError::Parts);
        }
        let register = Register::from_str_name(&format!("REGISTER_{}", register.to_ascii_uppercase()))
            .filter(|register| *register != Register::Unspecified)
            .ok_or(RefKeyError::Register)?;
        let plain = year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit());
        Ok(Self(RegistrationRef {
            office_code: office.to_owned(),
            register: register.into(),
            book_year: year.parse().ok().filter(|_| plain).ok_or(RefKeyError::Year)?,
            book_number: book.to_owned(),
            entry_number: entry.to_owned(),
        }))
    }
}

/// A place in a book as it is typed.
pub fn written(reference: &RegistrationRef) -> String {
    let register = reference.register().as_str_name().trim_start_matches("REGISTER_");
    let year = format!("{:04}", reference.book_year);
    let all = [
        &reference.office_code,
        register,
        &year,
        &reference.book_number,
        &reference.entry_number,
    ];
    let filled: Vec<&str> = all.into_iter().filter(|part| !part.is_empty()).collect();
    filled.join("/")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_place_in_a_book_is_read_as_it_is_written() {
        for text in [
            "26734/BIRTH/2026/45",
            "HN-01/ABROAD_ENTRY/1998/03/12A",
            "26734/BIRTH/0098/45",
        ] {
            let key: RefKey = text.parse().unwrap();
            assert_eq!(written(&key.0), text);
        }
    }

    #[test]
    fn what_is_no_place_in_a_book_is_told() {
        let cases = [
            ("", RefKeyError::Parts),
            ("26734/BIRTH/2026", RefKeyError::Parts),
            ("26734/BIRTH/2026/", RefKeyError::Parts),
            ("/BIRTH/2026/45", RefKeyError::Parts),
            ("1/2/3/4/5/6", RefKeyError::Parts),
            ("26734/DEATH/2026/45", RefKeyError::Register),
            ("26734/UNSPECIFIED/2026/45", RefKeyError::Register),
            ("26734/BIRTH/26/45", RefKeyError::Year),
            ("26734/BIRTH/+026/45", RefKeyError::Year),
        ];
        for (text, error) in cases {
            assert_eq!(text.parse::<RefKey>().unwrap_err(), error, "{text}");
        }
    }
}

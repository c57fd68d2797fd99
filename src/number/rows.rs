//! One row of a table of place codes, as a place.

use jiff::civil::{Date, date};
use serde::Deserialize;

use super::tables::Fault;
use super::{Place, PlaceCode, PlaceKind, Renaming};

/// The table of countries has no dates. The Law on Citizen Identification (59/2014/QH13), which made the number, took
/// effect on this day, and the table of provinces starts with it too.
const COUNTRIES_FROM: Date = date(2016, 1, 1);

/// A row of either table. Blank columns mean "none".
pub(super) trait Row {
    /// The code as written.
    fn code(&self) -> &str;

    /// The row as a place, checked as far as it can be by itself.
    fn place(&self) -> Result<Place, Fault>;
}

#[derive(Deserialize)]
pub(super) struct ProvinceRow {
    code: String,
    name: String,
    active_from: String,
    active_until: String,
    successor_code: String,
    current_name: String,
    renamed_on: String,
}

#[derive(Deserialize)]
pub(super) struct CountryRow {
    code: String,
    name_vi: String,
    iso3166_alpha2: String,
}

impl Row for ProvinceRow {
    fn code(&self) -> &str {
        &self.code
    }

    fn place(&self) -> Result<Place, Fault> {
        let place = Place {
            code: code(&self.code)?,
            kind: PlaceKind::Province,
            name: name(&self.name)?,
            renamed: self.renaming()?,
            iso_alpha2: None,
            active_from: day(&self.active_from)?,
            active_until: optional(&self.active_until, day)?,
            successor: optional(&self.successor_code, code)?,
        };
        let renamed_on = place.renamed.as_ref().map(|renaming| renaming.on);
        let days = [Some(place.active_from), renamed_on, place.active_until];
        if !days.iter().flatten().is_sorted_by(|earlier, later| earlier < later) {
            return Err(Fault::Dates);
        }
        if place.active_until.is_some() != place.successor.is_some() {
            return Err(Fault::Closing);
        }
        Ok(place)
    }
}

impl ProvinceRow {
    fn renaming(&self) -> Result<Option<Renaming>, Fault> {
        let new_name = optional(&self.current_name, name)?.filter(|new_name| *new_name != self.name);
        match (new_name, optional(&self.renamed_on, day)?) {
            (Some(name), Some(on)) => Ok(Some(Renaming { on, name })),
            (None, None) => Ok(None),
            _ => Err(Fault::Renaming),
        }
    }
}

impl Row for CountryRow {
    fn code(&self) -> &str {
        &self.code
    }

    fn place(&self) -> Result<Place, Fault> {
        Ok(Place {
            code: code(&self.code)?,
            kind: PlaceKind::Country,
            name: name(&self.name_vi)?,
            renamed: None,
            iso_alpha2: Some(alpha2(&self.iso3166_alpha2)?),
            active_from: COUNTRIES_FROM,
            active_until: None,
            successor: None,
        })
    }
}

fn optional<T>(text: &str, read: impl Fn(&str) -> Result<T, Fault>) -> Result<Option<T>, Fault> {
    (!text.is_empty()).then(|| read(text)).transpose()
}

fn code(text: &str) -> Result<PlaceCode, Fault> {
    PlaceCode::parse(text).map_err(|_| Fault::Code)
}

fn name(text: &str) -> Result<String, Fault> {
    if text.trim().is_empty() {
        Err(Fault::Name)
    } else {
        Ok(text.to_owned())
    }
}

fn day(text: &str) -> Result<Date, Fault> {
    // The parser also takes other ISO 8601 forms; the table has one.
    text.parse()
        .ok()
        .filter(|day: &Date| day.to_string() == text)
        .ok_or(Fault::Dates)
}

fn alpha2(text: &str) -> Result<String, Fault> {
    let two_capitals = text.len() == 2 && text.bytes().all(|letter| letter.is_ascii_uppercase());
    if two_capitals {
        Ok(text.to_owned())
    } else {
        Err(Fault::Alpha2)
    }
}

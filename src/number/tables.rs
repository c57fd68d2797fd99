//! Reading the tables of place codes, and refusing those that contradict themselves.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;

use serde::de::DeserializeOwned;

use super::names::NameSpan;
use super::rows::{CountryRow, ProvinceRow, Row};
use super::{Place, PlaceCode, PlaceKind};

/// Which of the two tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// Provinces: `code,name,active_from,active_until,successor_code,current_name,renamed_on`.
    Provinces,
    /// Countries: `code,name_vi,name_en,iso3166_alpha2`.
    Countries,
}

/// Why the tables are refused.
#[derive(Debug, thiserror::Error)]
pub enum CodesError {
    /// Not CSV, or a column is missing.
    #[error("table of {table}: {source}")]
    Csv {
        /// The table.
        table: Table,
        /// What the reader of CSV says.
        source: csv::Error,
    },
    /// A row contradicts itself or another.
    #[error("table of {table}, code {code}: {fault}")]
    Row {
        /// The table.
        table: Table,
        /// The row's code, as written.
        code: String,
        /// What is wrong.
        fault: Fault,
    },
}

/// What is wrong with a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A code is not 001 to 999.
    #[error("a place code must be three digits, from 001 to 999")]
    Code,
    /// The code has two rows.
    #[error("the code appears twice")]
    Repeated,
    /// The name is blank.
    #[error("the name is blank")]
    Name,
    /// A date is not `YYYY-MM-DD`, or lies outside the days on which the code is open.
    #[error("dates must be written YYYY-MM-DD, in the order active_from < renamed_on < active_until")]
    Dates,
    /// A closed code without successor, or an open one with one.
    #[error("a row must have both active_until and successor_code, or neither")]
    Closing,
    /// A new name without its day, or a day without a new name.
    #[error("renamed_on must be given exactly when current_name differs from name")]
    Renaming,
    /// The successor has no row, is no province, or leads back to this row.
    #[error("the successors must lead to an open province")]
    Successor,
    /// Not two capital letters.
    #[error("iso3166_alpha2 must be two capital letters")]
    Alpha2,
    /// Another province bore the same name on the same day.
    #[error("two provinces bear one name on the same day")]
    SameName,
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Table::Provinces => "provinces",
            Table::Countries => "countries",
        })
    }
}

type Places = BTreeMap<PlaceCode, Place>;

/// Both tables as places by code, and every name a province has borne.
pub(super) fn read(provinces_csv: &str, countries_csv: &str) -> Result<(Places, Vec<NameSpan>), CodesError> {
    let mut places = Places::new();
    add::<ProvinceRow>(&mut places, Table::Provinces, provinces_csv)?;
    add::<CountryRow>(&mut places, Table::Countries, countries_csv)?;
    check_successors(&places)?;
    let names: Vec<NameSpan> = places.values().flat_map(NameSpan::of).collect();
    check_names(&names)?;
    Ok((places, names))
}

fn add<R: Row + DeserializeOwned>(places: &mut Places, table: Table, text: &str) -> Result<(), CodesError> {
    for row in csv::Reader::from_reader(text.as_bytes()).into_deserialize() {
        let row: R = row.map_err(|source| CodesError::Csv { table, source })?;
        let place = row.place().map_err(|fault| CodesError::Row {
            table,
            code: row.code().to_owned(),
            fault,
        })?;
        match places.entry(place.code) {
            Entry::Vacant(free) => free.insert(place),
            Entry::Occupied(_) => {
                return Err(CodesError::Row {
                    table,
                    code: row.code().to_owned(),
                    fault: Fault::Repeated,
                });
            }
        };
    }
    Ok(())
}

/// Every closed code must lead to an open province. A chain longer than the table goes round in a circle.
fn check_successors(places: &Places) -> Result<(), CodesError> {
    for place in places.values() {
        let mut at = place;
        for _ in 0..places.len() {
            let Some(code) = at.successor else { break };
            at = places
                .get(&code)
                .filter(|next| next.kind == PlaceKind::Province)
                .ok_or_else(|| fault(place.code, Fault::Successor))?;
        }
        if at.successor.is_some() {
            return Err(fault(place.code, Fault::Successor));
        }
    }
    Ok(())
}

fn check_names(names: &[NameSpan]) -> Result<(), CodesError> {
    for (index, span) in names.iter().enumerate() {
        if names[..index].iter().any(|earlier| earlier.clashes(span)) {
            return Err(fault(span.code, Fault::SameName));
        }
    }
    Ok(())
}

/// A fault that only the whole table of provinces shows.
fn fault(code: PlaceCode, fault: Fault) -> CodesError {
    CodesError::Row {
        table: Table::Provinces,
        code: code.to_string(),
        fault,
    }
}

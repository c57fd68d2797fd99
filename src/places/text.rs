//! The text in which a table is stored: CSV, the same for the same table.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::fault::Faults;
use super::kind::UnitKind;
use super::table::Units;
use super::unit::Unit;
use crate::number::{Codes, PlaceCode};

/// A stored text is not that of a table.
#[derive(Debug, thiserror::Error)]
pub enum TextError {
    /// It is not CSV of these columns.
    #[error(transparent)]
    Csv(#[from] csv::Error),
    /// A cell holds something else than its column does.
    #[error("row {row}: {column} is not readable")]
    Cell {
        /// The row, from 1, without the header.
        row: usize,
        /// The column.
        column: &'static str,
    },
    /// The rows do not keep the rules of a table.
    #[error(transparent)]
    Faults(#[from] Faults),
}

/// A row as text, in the columns of a file that an operator brings.
#[derive(Serialize, Deserialize)]
struct Row {
    code: String,
    name: String,
    kind: String,
    parent_code: String,
    place_code: String,
    from: String,
    until: String,
    successor_codes: String,
}

impl Units {
    /// The table as text.
    ///
    /// # Errors
    /// None that a table gives cause for: what the writer of CSV says.
    pub fn to_text(&self) -> Result<String, TextError> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        for unit in self.rows() {
            writer.serialize(Row {
                code: unit.code.clone(),
                name: unit.name.clone(),
                kind: unit.kind.name().to_owned(),
                parent_code: unit.parent.clone().unwrap_or_default(),
                place_code: unit.place.to_string(),
                from: unit.from.map(|day| day.to_string()).unwrap_or_default(),
                until: unit.until.map(|day| day.to_string()).unwrap_or_default(),
                successor_codes: unit.successors.join(";"),
            })?;
        }
        let bytes = writer
            .into_inner()
            .map_err(|error| csv::Error::from(error.into_error()))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The table of a text.
    ///
    /// # Errors
    /// [`TextError`], also where its rows do not keep the rules.
    pub fn from_text(text: &str, provinces: &Codes) -> Result<Self, TextError> {
        let rows = csv::Reader::from_reader(text.as_bytes()).into_deserialize();
        let units = rows.enumerate().map(|(index, row)| unit(row?, index + 1));
        Ok(Self::new(units.collect::<Result<_, TextError>>()?, provinces)?)
    }
}

fn unit(text: Row, row: usize) -> Result<Unit, TextError> {
    let cell = |column| TextError::Cell { row, column };
    let day = |column, text: &str| match text {
        "" => Ok(None),
        text => text.parse::<Date>().map(Some).map_err(|_| cell(column)),
    };
    let codes = text.successor_codes.split(';').filter(|code| !code.is_empty());
    Ok(Unit {
        kind: UnitKind::named(&text.kind).ok_or_else(|| cell("kind"))?,
        place: PlaceCode::parse(&text.place_code).map_err(|_| cell("place_code"))?,
        parent: Some(text.parent_code).filter(|code| !code.is_empty()),
        successors: codes.map(str::to_owned).collect(),
        from: day("from", &text.from)?,
        until: day("until", &text.until)?,
        code: text.code,
        name: text.name,
    })
}

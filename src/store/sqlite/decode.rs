//! Rows back into values. Whatever does not decode is [`StoreError::Corrupt`]: nothing is guessed.

use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, Row, Sqlite, Type};
use uuid::Uuid;

use crate::ledger::{Context, Entry, EntryKind, Frontier, Head, KeyId, KeySet, Position, RequestKey, Sealed};
use crate::number::{Number, Prefix, Slot};
use crate::protocol::{
    CaseCause, CaseKind, CaseRow, CaseState, Known, LifeStatus, NumberRow, NumberState, PrefixRow, Side,
};
use crate::store::{CaseFile, StoreError, Totals};

/// A column of a row, by its index.
pub fn column<'r, T>(row: &'r SqliteRow, index: usize) -> Result<T, StoreError>
where
    T: Decode<'r, Sqlite> + Type<Sqlite>,
{
    row.try_get(index)
        .map_err(|error| StoreError::Corrupt(format!("column {index}: {error}")))
}

fn corrupt(what: &'static str) -> impl FnOnce() -> StoreError {
    move || StoreError::Corrupt(what.to_owned())
}

fn bytes<const N: usize>(row: &SqliteRow, index: usize, what: &'static str) -> Result<[u8; N], StoreError> {
    column::<&[u8]>(row, index)?.try_into().map_err(|_| corrupt(what)())
}

fn uuid(row: &SqliteRow, index: usize) -> Result<Option<Uuid>, StoreError> {
    let bytes: Option<&[u8]> = column(row, index)?;
    bytes
        .map(|bytes| Uuid::from_slice(bytes).map_err(|_| corrupt("a case id")()))
        .transpose()
}

fn number(row: &SqliteRow, index: usize) -> Result<Option<Number>, StoreError> {
    let value: Option<i64> = column(row, index)?;
    value
        .map(|value| Number::from_value(value).map_err(|_| corrupt("a number")()))
        .transpose()
}

/// The head row.
pub fn head(row: &SqliteRow) -> Result<Head, StoreError> {
    Ok(Head {
        frontier: Frontier::decode(column(row, 0)?, column(row, 3)?)?,
        epoch: column(row, 1)?,
        schema: column(row, 2)?,
        keys: KeySet {
            index: KeyId(column(row, 4)?),
            picker: KeyId(column(row, 5)?),
            seal: KeyId(column(row, 6)?),
        },
        at: column(row, 7)?,
    })
}

/// Where [`known`] finds the columns of the number, and those of the case.
const NUMBER: usize = 16;
const CASE: usize = 23;
/// Where [`known`] finds the digits of the number.
const DIGITS: usize = 30;

/// A row of the columns named by `known!` in [`super::sql`]. A number or case that the entry names and the store does
/// not hold is left out: what to make of that is not for the store to say.
pub fn known(row: &SqliteRow) -> Result<Known, StoreError> {
    let entry = entry(row)?;
    let number = match (entry.number, number(row, DIGITS)?) {
        (Some((slot, _)), Some(digits)) => Some(number_row(row, NUMBER, slot, digits)?),
        _ => None,
    };
    let case = match (entry.case_id, column::<Option<i64>>(row, CASE)?) {
        (Some(case_id), Some(_)) => Some(case_row(row, CASE, case_id)?),
        _ => None,
    };
    Ok(Known { entry, number, case })
}

/// A row of [`super::sql::NUMBERS_AFTER`].
pub fn numbered(row: &SqliteRow) -> Result<NumberRow, StoreError> {
    let slot = Slot::from_value(column(row, 0)?).map_err(|_| corrupt("a slot")())?;
    let digits = number(row, 8)?.ok_or_else(corrupt("a number"))?;
    number_row(row, 1, slot, digits)
}

/// A row of [`super::sql::TOUCHED_AFTER`].
pub fn touched(row: &SqliteRow) -> Result<(Position, Slot), StoreError> {
    let slot = Slot::from_value(column(row, 1)?).map_err(|_| corrupt("a slot")())?;
    Ok((column(row, 0)?, slot))
}

/// A row of [`super::sql::CASES_AFTER`], without its matches.
pub fn case_file(row: &SqliteRow) -> Result<CaseFile, StoreError> {
    let case_id = uuid(row, 0)?.ok_or_else(corrupt("a case id"))?;
    let decided: Option<i64> = column(row, 8)?;
    let decided_side = decided
        .map(|side| Side::from_code(side).ok_or_else(corrupt("the side of a case")))
        .transpose()?;
    Ok(CaseFile {
        case: case_row(row, 1, case_id)?,
        decided_side,
    })
}

/// A row of [`super::sql::MATCHES`].
pub fn case_match(row: &SqliteRow) -> Result<(Uuid, Position), StoreError> {
    Ok((uuid(row, 0)?.ok_or_else(corrupt("a case id"))?, column(row, 1)?))
}

/// The row of [`super::sql::TOTALS`].
pub fn totals(row: &SqliteRow) -> Result<Totals, StoreError> {
    Ok(Totals {
        head: head(row)?,
        requests: column(row, 8)?,
        numbers: column(row, 9)?,
        strict_keys: column(row, 10)?,
        blocking_keys: column(row, 11)?,
        cases: column(row, 12)?,
        matches: column(row, 13)?,
    })
}

/// A row of [`super::sql::PREFIXES`].
pub fn prefix(row: &SqliteRow) -> Result<(Prefix, PrefixRow), StoreError> {
    let value: i64 = column(row, 0)?;
    let prefix = u32::try_from(value)
        .ok()
        .and_then(|value| Prefix::from_value(value).ok());
    let counter = |index| column::<u32>(row, index);
    let state = PrefixRow {
        next: counter(1)?,
        held: counter(2)?,
        picker: KeyId(column(row, 3)?),
        free: Vec::new(),
    };
    Ok((prefix.ok_or_else(corrupt("a prefix"))?, state))
}

fn entry(row: &SqliteRow) -> Result<Entry, StoreError> {
    let slot: Option<i64> = column(row, 9)?;
    let slot = slot
        .map(|slot| Slot::from_value(slot).map_err(|_| corrupt("a slot")()))
        .transpose()?;
    Ok(Entry {
        position: column(row, 0)?,
        epoch: column(row, 1)?,
        kind: EntryKind::from_code(column(row, 2)?).ok_or_else(corrupt("the kind of an entry"))?,
        decision: column(row, 3)?,
        request: RequestKey {
            office: column(row, 4)?,
            id: Uuid::from_bytes(bytes(row, 5, "a request id")?),
        },
        context: Context {
            officer: column(row, 6)?,
            purpose: column(row, 7)?,
        },
        digest: bytes(row, 8, "a content digest")?,
        number: slot.zip(number(row, 10)?),
        case_id: uuid(row, 11)?,
        at: column(row, 12)?,
        sealed: Sealed {
            key: KeyId(column(row, 13)?),
            bytes: column(row, 14)?,
        },
        leaf: bytes(row, 15, "a leaf")?,
    })
}

fn number_row(row: &SqliteRow, from: usize, slot: Slot, digits: Number) -> Result<NumberRow, StoreError> {
    Ok(NumberRow {
        slot,
        number: digits,
        state: NumberState::from_code(column(row, from)?).ok_or_else(corrupt("the state of a number"))?,
        life: LifeStatus::from_code(column(row, from + 1)?).ok_or_else(corrupt("a life status"))?,
        replaced_by: number(row, from + 2)?,
        replaces: number(row, from + 3)?,
        case_id: uuid(row, from + 4)?,
        issued_at: column(row, from + 5)?,
        decision: column(row, from + 6)?,
    })
}

fn case_row(row: &SqliteRow, from: usize, case_id: Uuid) -> Result<CaseRow, StoreError> {
    Ok(CaseRow {
        case_id,
        kind: CaseKind::from_code(column(row, from)?).ok_or_else(corrupt("the kind of a case"))?,
        state: CaseState::from_code(column(row, from + 1)?).ok_or_else(corrupt("the state of a case"))?,
        cause: CaseCause::from_code(column(row, from + 2)?).ok_or_else(corrupt("the cause of a case"))?,
        decision: column(row, from + 3)?,
        proposed_side: Side::from_code(column(row, from + 4)?).ok_or_else(corrupt("the side of a case"))?,
        opened_at: column(row, from + 5)?,
        version: column(row, from + 6)?,
        matches: Vec::new(),
    })
}

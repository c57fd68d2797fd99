//! Rows back into values, whatever database they come from. Whatever does not decode is [`StoreError::Corrupt`]: nothing
//! is guessed.

use sqlx::Row;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use super::{CaseFile, KeyPage, StoreError, Totals};
use crate::ledger::{Context, Entry, EntryKind, Frontier, Head, KeyId, KeySet, Position, RequestKey, Sealed};
use crate::number::{Number, Prefix, Slot};
use crate::protocol::{
    CaseCause, CaseKind, CaseRow, CaseState, Known, LifeStatus, NumberRow, NumberState, PrefixRow, Side,
};

/// A row's columns, by their index.
pub(super) trait Columns {
    /// An integer, or nothing.
    fn int_or_null(&self, index: usize) -> Result<Option<i64>, StoreError>;

    /// Bytes, or nothing.
    fn bytes_or_null(&self, index: usize) -> Result<Option<Vec<u8>>, StoreError>;

    /// Bytes of a known length, or nothing; `what` they are is told if they have another.
    fn fixed_or_null<const N: usize>(&self, index: usize, what: &'static str) -> Result<Option<[u8; N]>, StoreError>;

    /// A text.
    fn text(&self, index: usize) -> Result<String, StoreError>;

    /// An integer.
    fn int(&self, index: usize) -> Result<i64, StoreError> {
        self.int_or_null(index)?.ok_or_else(|| null(index))
    }

    /// Bytes.
    fn bytes(&self, index: usize) -> Result<Vec<u8>, StoreError> {
        self.bytes_or_null(index)?.ok_or_else(|| null(index))
    }

    /// Bytes of a known length.
    fn fixed<const N: usize>(&self, index: usize, what: &'static str) -> Result<[u8; N], StoreError> {
        self.fixed_or_null(index, what)?.ok_or_else(|| null(index))
    }
}

fn null(index: usize) -> StoreError {
    StoreError::Corrupt(format!("column {index} is empty"))
}

fn unreadable(index: usize) -> impl FnOnce(sqlx::Error) -> StoreError {
    move |error| StoreError::Corrupt(format!("column {index}: {error}"))
}

impl Columns for SqliteRow {
    fn int_or_null(&self, index: usize) -> Result<Option<i64>, StoreError> {
        self.try_get(index).map_err(unreadable(index))
    }

    fn bytes_or_null(&self, index: usize) -> Result<Option<Vec<u8>>, StoreError> {
        self.try_get(index).map_err(unreadable(index))
    }

    fn fixed_or_null<const N: usize>(&self, index: usize, what: &'static str) -> Result<Option<[u8; N]>, StoreError> {
        let bytes: Option<&[u8]> = self.try_get(index).map_err(unreadable(index))?;
        bytes
            .map(|bytes| bytes.try_into().map_err(|_| corrupt(what)()))
            .transpose()
    }

    fn text(&self, index: usize) -> Result<String, StoreError> {
        self.try_get(index).map_err(unreadable(index))
    }
}

/// Types are not compared: an integer may be of any width, and texts are kept as bytes. A simple query answers in text,
/// which decodes alike.
impl Columns for PgRow {
    fn int_or_null(&self, index: usize) -> Result<Option<i64>, StoreError> {
        self.try_get_unchecked(index).map_err(unreadable(index))
    }

    fn bytes_or_null(&self, index: usize) -> Result<Option<Vec<u8>>, StoreError> {
        self.try_get_unchecked(index).map_err(unreadable(index))
    }

    fn fixed_or_null<const N: usize>(&self, index: usize, what: &'static str) -> Result<Option<[u8; N]>, StoreError> {
        let bytes: Option<&[u8]> = self.try_get_unchecked(index).map_err(unreadable(index))?;
        bytes
            .map(|bytes| bytes.try_into().map_err(|_| corrupt(what)()))
            .transpose()
    }

    fn text(&self, index: usize) -> Result<String, StoreError> {
        String::from_utf8(self.bytes(index)?).map_err(|_| corrupt("a text")())
    }
}

fn corrupt(what: &'static str) -> impl FnOnce() -> StoreError {
    move || StoreError::Corrupt(what.to_owned())
}

/// A counter or a count of counters.
pub(super) fn counter(value: i64) -> Result<u32, StoreError> {
    u32::try_from(value).map_err(|_| corrupt("a prefix")())
}

/// A slot.
pub(super) fn slot(value: i64) -> Result<Slot, StoreError> {
    Slot::from_value(value).map_err(|_| corrupt("a slot")())
}

fn uuid(row: &impl Columns, index: usize) -> Result<Option<Uuid>, StoreError> {
    Ok(row.fixed_or_null(index, "a case id")?.map(Uuid::from_bytes))
}

fn number(row: &impl Columns, index: usize) -> Result<Option<Number>, StoreError> {
    row.int_or_null(index)?
        .map(|value| Number::from_value(value).map_err(|_| corrupt("a number")()))
        .transpose()
}

/// The head row.
pub(super) fn head(row: &impl Columns) -> Result<Head, StoreError> {
    Ok(Head {
        frontier: Frontier::decode(row.int(0)?, &row.bytes(3)?)?,
        epoch: row.int(1)?,
        schema: row.int(2)?,
        keys: KeySet {
            index: KeyId(row.int(4)?),
            picker: KeyId(row.int(5)?),
            seal: KeyId(row.int(6)?),
        },
        at: row.int(7)?,
    })
}

/// The head and the keys of [`super::sql::STRICT_KEYS_AFTER`] and its like, whose rows may come in any order.
pub(super) fn keys(rows: &[impl Columns]) -> Result<KeyPage, StoreError> {
    let (mut the_head, mut keys) = (None, Vec::with_capacity(rows.len()));
    for row in rows {
        match row.int_or_null(0)? {
            Some(_) => the_head = Some(head(row)?),
            None => keys.push(row.bytes(3)?),
        }
    }
    keys.sort_unstable();
    Ok(KeyPage {
        head: the_head.ok_or_else(corrupt("the head"))?,
        keys,
    })
}

/// Where [`known`] finds the columns of the number, and those of the case.
const NUMBER: usize = 16;
const CASE: usize = 23;
/// Where [`known`] finds the digits of the number.
const DIGITS: usize = 30;

/// A row of the columns named by `known!` in [`super::sql`]. A number or case that the entry names and the store does not
/// hold is left out: what to make of that is not for the store to say.
pub(super) fn known(row: &impl Columns) -> Result<Known, StoreError> {
    let entry = entry(row)?;
    let number = match (entry.number, number(row, DIGITS)?) {
        (Some((slot, _)), Some(digits)) => Some(number_row(row, NUMBER, slot, digits)?),
        _ => None,
    };
    let case = match (entry.case_id, row.int_or_null(CASE)?) {
        (Some(case_id), Some(_)) => Some(case_row(row, CASE, case_id)?),
        _ => None,
    };
    Ok(Known { entry, number, case })
}

/// A row of [`super::sql::NUMBERS_AFTER`].
pub(super) fn numbered(row: &impl Columns) -> Result<NumberRow, StoreError> {
    let slot = slot(row.int(0)?)?;
    let digits = number(row, 8)?.ok_or_else(corrupt("a number"))?;
    number_row(row, 1, slot, digits)
}

/// A row of [`super::sql::TOUCHED_AFTER`].
pub(super) fn touched(row: &impl Columns) -> Result<(Position, Slot), StoreError> {
    let slot = slot(row.int(1)?)?;
    Ok((row.int(0)?, slot))
}

/// A row of [`super::sql::CASES_AFTER`], without its matches.
pub(super) fn case_file(row: &impl Columns) -> Result<CaseFile, StoreError> {
    let case_id = uuid(row, 0)?.ok_or_else(corrupt("a case id"))?;
    let decided_side = row
        .int_or_null(8)?
        .map(|side| Side::from_code(side).ok_or_else(corrupt("the side of a case")))
        .transpose()?;
    Ok(CaseFile {
        case: case_row(row, 1, case_id)?,
        decided_side,
    })
}

/// Adds the rows of [`super::sql::MATCHES`] to the cases they belong to, which are in the order of ids.
pub(super) fn add_matches(files: &mut [CaseFile], rows: &[impl Columns]) -> Result<(), StoreError> {
    for row in rows {
        let case_id = uuid(row, 0)?.ok_or_else(corrupt("a case id"))?;
        if let Ok(at) = files.binary_search_by_key(&case_id, |file| file.case.case_id) {
            files[at].case.matches.push(row.int(1)?);
        }
    }
    Ok(())
}

/// The row of [`super::sql::TOTALS`].
pub(super) fn totals(row: &impl Columns) -> Result<Totals, StoreError> {
    Ok(Totals {
        head: head(row)?,
        requests: row.int(8)?,
        numbers: row.int(9)?,
        strict_keys: row.int(10)?,
        blocking_keys: row.int(11)?,
        cases: row.int(12)?,
        matches: row.int(13)?,
    })
}

/// A row of [`super::sql::PREFIXES`].
pub(super) fn prefix(row: &impl Columns) -> Result<(Prefix, PrefixRow), StoreError> {
    let value = row.int(0)?;
    let prefix = u32::try_from(value)
        .ok()
        .and_then(|value| Prefix::from_value(value).ok());
    let state = PrefixRow {
        next: counter(row.int(1)?)?,
        held: counter(row.int(2)?)?,
        picker: KeyId(row.int(3)?),
        free: Vec::new(),
    };
    Ok((prefix.ok_or_else(corrupt("a prefix"))?, state))
}

fn entry(row: &impl Columns) -> Result<Entry, StoreError> {
    let slot = row.int_or_null(9)?.map(slot).transpose()?;
    Ok(Entry {
        position: row.int(0)?,
        epoch: row.int(1)?,
        kind: EntryKind::from_code(row.int(2)?).ok_or_else(corrupt("the kind of an entry"))?,
        decision: row.int(3)?,
        request: RequestKey {
            office: row.text(4)?,
            id: Uuid::from_bytes(row.fixed(5, "a request id")?),
        },
        context: Context {
            officer: row.text(6)?,
            purpose: row.text(7)?,
        },
        digest: row.fixed(8, "a content digest")?,
        number: slot.zip(number(row, 10)?),
        case_id: uuid(row, 11)?,
        at: row.int(12)?,
        sealed: Sealed {
            key: KeyId(row.int(13)?),
            bytes: row.bytes(14)?,
        },
        leaf: row.fixed(15, "a leaf")?,
    })
}

fn number_row(row: &impl Columns, from: usize, slot: Slot, digits: Number) -> Result<NumberRow, StoreError> {
    Ok(NumberRow {
        slot,
        number: digits,
        state: NumberState::from_code(row.int(from)?).ok_or_else(corrupt("the state of a number"))?,
        life: LifeStatus::from_code(row.int(from + 1)?).ok_or_else(corrupt("a life status"))?,
        replaced_by: number(row, from + 2)?,
        replaces: number(row, from + 3)?,
        case_id: uuid(row, from + 4)?,
        issued_at: row.int(from + 5)?,
        decision: row.int(from + 6)?,
    })
}

fn case_row(row: &impl Columns, from: usize, case_id: Uuid) -> Result<CaseRow, StoreError> {
    Ok(CaseRow {
        case_id,
        kind: CaseKind::from_code(row.int(from)?).ok_or_else(corrupt("the kind of a case"))?,
        state: CaseState::from_code(row.int(from + 1)?).ok_or_else(corrupt("the state of a case"))?,
        cause: CaseCause::from_code(row.int(from + 2)?).ok_or_else(corrupt("the cause of a case"))?,
        decision: row.int(from + 3)?,
        proposed_side: Side::from_code(row.int(from + 4)?).ok_or_else(corrupt("the side of a case"))?,
        opened_at: row.int(from + 5)?,
        version: row.int(from + 6)?,
        matches: Vec::new(),
    })
}

//! Rows back into values, whatever database they come from. Whatever does not decode is [`StoreError::Corrupt`]: nothing
//! is guessed.

use sqlx::Row;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use super::{Access, KeyPage, PlaceTable, PlaceVersion, StoreError, Totals};
use crate::ledger::{
    Context, Entry, EntryKind, Frontier, Hash, Head, KeyId, KeySet, Position, Recovered, Reindexing, RequestKey,
    Resealing, Sealed,
};
use crate::number::{Number, Prefix, Slot};
use crate::protocol::{
    Attachment, BlockRow, CaseCause, CaseKind, CaseRow, CaseState, Known, LifeStatus, NumberRow, NumberState,
    PrefixRow, Side,
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

fn case_id(row: &impl Columns, index: usize) -> Result<Uuid, StoreError> {
    uuid(row, index)?.ok_or_else(corrupt("a case id"))
}

fn number(row: &impl Columns, index: usize) -> Result<Option<Number>, StoreError> {
    row.int_or_null(index)?
        .map(|value| Number::from_value(value).map_err(|_| corrupt("a number")()))
        .transpose()
}

/// A row of [`super::sql::RESEALED`] or [`super::sql::REINDEXED`].
pub(super) fn progress(rows: &[impl Columns]) -> Result<Position, StoreError> {
    rows.first().ok_or_else(corrupt("the head"))?.int(0)
}

/// The head row.
pub(super) fn head(row: &impl Columns) -> Result<Head, StoreError> {
    let resealing = match (row.int_or_null(13)?, row.int_or_null(14)?) {
        (None, None) => None,
        (Some(former), Some(changed)) => Some(Resealing {
            former: KeyId(former),
            changed,
        }),
        _ => return Err(corrupt("a change of the key of sealing")()),
    };
    let reindexing = match (row.int_or_null(15)?, row.int_or_null(16)?, row.int_or_null(17)?) {
        (None, None, None) => None,
        (Some(key), None, Some(since)) => Some(Reindexing::Adding { key: KeyId(key), since }),
        (None, Some(former), Some(since)) => Some(Reindexing::Dropping {
            former: KeyId(former),
            since,
        }),
        _ => return Err(corrupt("a change of the index key")()),
    };
    Ok(Head {
        frontier: Frontier::decode(row.int(0)?, &row.bytes(3)?)?,
        epoch: row.int(1)?,
        schema: row.int(2)?,
        keys: KeySet {
            index: KeyId(row.int(4)?),
            picker: KeyId(row.int(5)?),
            seal: KeyId(row.int(6)?),
        },
        resealing,
        reindexing,
        notes: row.int_or_null(18)?.map(KeyId),
        at: row.int(7)?,
        drawn: row.int(8)?,
        recovered: Recovered {
            skipped: counter(row.int(9)?)?,
            year: i16::try_from(row.int(10)?).map_err(|_| corrupt("a year")())?,
            size: row.int(11)?,
            drawn: row.int(12)?,
        },
    })
}

/// The columns of a change of the index key: the coming key, the former one, and since when.
pub(super) fn reindexing(head: &Head) -> (Option<i64>, Option<i64>, Option<i64>) {
    match head.reindexing {
        None => (None, None, None),
        Some(Reindexing::Adding { key, since }) => (Some(key.0), None, Some(since)),
        Some(Reindexing::Dropping { former, since }) => (None, Some(former.0), Some(since)),
    }
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

/// Where [`known`] finds the columns of the number, the former number, those of the case, and by what later entries any
/// of it may have been changed: the last one of the number's history, and the position up to which the ledger is seen.
const NUMBER: usize = 16;
const FORMER: usize = 27;
const CASE: usize = 28;
const CHANGED: usize = 40;
const ATTACHED: usize = 41;

/// A row of the columns named by `known_columns!` in [`super::sql`]. A number or case that the entry names and the store
/// does not hold is left out: what to make of that is not for the store to say.
pub(super) fn known(row: &impl Columns) -> Result<Known, StoreError> {
    Ok(Known {
        entry: entry(row)?,
        number: row.int_or_null(NUMBER)?.map(|_| number_row(row, NUMBER)).transpose()?,
        case: uuid(row, CASE)?.map(|_| case_row(row, CASE)).transpose()?,
        former: number(row, FORMER)?,
    })
}

/// The last position that a row of [`known`] shows something of: number and case may have been changed by later entries
/// than its own.
pub(super) fn seen(row: &impl Columns, known: &Known) -> Result<Position, StoreError> {
    let number = known.number.as_ref().map(|number| number.decision);
    let case = known.case.as_ref().map(|case| case.closed.unwrap_or(case.decision));
    let later = [number, case, row.int_or_null(CHANGED)?, row.int_or_null(ATTACHED)?];
    Ok(later.into_iter().flatten().fold(known.entry.position, Position::max))
}

/// A row of the columns named by `number!` in [`super::sql`].
pub(super) fn numbered(row: &impl Columns) -> Result<NumberRow, StoreError> {
    number_row(row, 0)
}

/// The same, or nothing where the row holds nothing.
pub(super) fn numbered_if_any(row: &impl Columns) -> Result<Option<NumberRow>, StoreError> {
    row.int_or_null(0)?.map(|_| numbered(row)).transpose()
}

/// A row of the history: the position, then the columns of the number.
pub(super) fn history(row: &impl Columns) -> Result<(Position, NumberRow), StoreError> {
    Ok((row.int(0)?, number_row(row, 1)?))
}

/// A row of [`super::sql::ATTACHMENTS_AFTER`].
pub(super) fn attachment(row: &impl Columns) -> Result<Attachment, StoreError> {
    Ok(Attachment {
        registration: row.int(0)?,
        slot: slot(row.int(1)?)?,
        former: number(row, 2)?,
    })
}

/// A row of the columns named by `case!` in [`super::sql`], without its matches.
pub(super) fn case(row: &impl Columns) -> Result<CaseRow, StoreError> {
    case_row(row, 0)
}

/// Adds the rows of [`super::sql::MATCHES`] to the cases they belong to, which are in the order of ids.
pub(super) fn add_matches(cases: &mut [CaseRow], rows: &[impl Columns]) -> Result<(), StoreError> {
    for row in rows {
        let case_id = case_id(row, 0)?;
        if let Ok(at) = cases.binary_search_by_key(&case_id, |case| case.case_id) {
            cases[at].matches.push(row.int(1)?);
        }
    }
    Ok(())
}

/// A decision, and a case raised against it.
pub(super) fn against(row: &impl Columns) -> Result<(Position, Uuid), StoreError> {
    Ok((row.int(0)?, case_id(row, 1)?))
}

/// A number's slot, and an entry that held the facts of its holder.
pub(super) fn version(row: &impl Columns) -> Result<(Slot, Position), StoreError> {
    Ok((slot(row.int(0)?)?, row.int(1)?))
}

/// An office, and the position at which a case that concerns it was opened.
pub(super) fn party(row: &impl Columns) -> Result<(String, Position), StoreError> {
    Ok((row.text(0)?, row.int(1)?))
}

/// A row of the columns named by `block!` in [`super::sql`].
pub(super) fn block(row: &impl Columns) -> Result<BlockRow, StoreError> {
    Ok(BlockRow {
        request: RequestKey::from_binding(&row.bytes(0)?).ok_or_else(corrupt("the request of a block"))?,
        opened: row.int(1)?,
        first: slot(row.int(2)?)?,
        last: slot(row.int(3)?)?,
        count: row.int(4)?,
        unused: row.int(5)?,
        expires_at: row.int(6)?,
        closed: row.int_or_null(7)?,
    })
}

/// The row of [`super::sql::TOTALS`].
pub(super) fn totals(row: &impl Columns) -> Result<Totals, StoreError> {
    Ok(Totals {
        head: head(row)?,
        requests: row.int(19)?,
        numbers: row.int(20)?,
        strict_keys: row.int(21)?,
        blocking_keys: row.int(22)?,
        cases: row.int(23)?,
        matches: row.int(24)?,
        history: row.int(25)?,
        attachments: row.int(26)?,
        blocks: row.int(27)?,
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

fn number_row(row: &impl Columns, from: usize) -> Result<NumberRow, StoreError> {
    Ok(NumberRow {
        slot: slot(row.int(from)?)?,
        number: number(row, from + 1)?.ok_or_else(corrupt("a number"))?,
        state: NumberState::from_code(row.int(from + 2)?).ok_or_else(corrupt("the state of a number"))?,
        life: LifeStatus::from_code(row.int(from + 3)?).ok_or_else(corrupt("a life status"))?,
        replaced_by: number(row, from + 4)?,
        replaces: number(row, from + 5)?,
        case_id: uuid(row, from + 6)?,
        issued_at: row.int(from + 7)?,
        decision: row.int(from + 8)?,
        registration: row.int(from + 9)?,
        facts: row.int(from + 10)?,
    })
}

fn case_row(row: &impl Columns, from: usize) -> Result<CaseRow, StoreError> {
    let side = |code| Side::from_code(code).ok_or_else(corrupt("the side of a case"));
    Ok(CaseRow {
        case_id: case_id(row, from)?,
        kind: CaseKind::from_code(row.int(from + 1)?).ok_or_else(corrupt("the kind of a case"))?,
        state: CaseState::from_code(row.int(from + 2)?).ok_or_else(corrupt("the state of a case"))?,
        cause: CaseCause::from_code(row.int(from + 3)?).ok_or_else(corrupt("the cause of a case"))?,
        decision: row.int(from + 4)?,
        proposed_side: side(row.int(from + 5)?)?,
        opened_at: row.int(from + 6)?,
        version: row.int(from + 7)?,
        slot: row.int_or_null(from + 8)?.map(slot).transpose()?,
        other: number(row, from + 9)?,
        closed: row.int_or_null(from + 10)?,
        decided_side: row.int_or_null(from + 11)?.map(side).transpose()?,
        matches: Vec::new(),
    })
}

/// An access.
pub(super) fn access(row: &impl Columns) -> Result<Access, StoreError> {
    Ok(Access {
        at: row.int(0)?,
        id: row.int(1)?,
        slot: row.int_or_null(2)?.map(slot).transpose()?,
        office: row.text(3)?,
        role: row.text(4)?,
        officer: row.text(5)?,
        purpose: row.text(6)?,
        call: row.text(7)?,
        code: row.int(8)?,
    })
}

/// A table of places.
pub(super) fn places(row: &impl Columns) -> Result<PlaceTable, StoreError> {
    let text = String::from_utf8(row.bytes(5)?);
    Ok(PlaceTable {
        version: PlaceVersion {
            number: row.int(0)?,
            digest: row.fixed(4, "a digest")?,
        },
        at: row.int(1)?,
        by: row.text(2)?,
        units: row.int(3)?,
        text: text.map_err(|_| StoreError::Corrupt("a table of places is no text".to_owned()))?,
    })
}

/// A leaf of the tree.
pub(super) fn leaf(row: &impl Columns) -> Result<Hash, StoreError> {
    row.fixed(0, "leaf")
}

/// Nodes of the tree that follow each other from a place on.
pub(super) fn nodes(from: i64, rows: &[impl Columns]) -> Result<Vec<Hash>, StoreError> {
    let mut hashes = Vec::with_capacity(rows.len());
    for (place, row) in (from..).zip(rows) {
        if row.int(0)? != place {
            break;
        }
        hashes.push(row.fixed(1, "hash")?);
    }
    Ok(hashes)
}

/// How many nodes of a level there are up to the last.
pub(super) fn kept_nodes(rows: &[impl Columns]) -> Result<i64, StoreError> {
    rows.first().map_or(Ok(0), |row| Ok(row.int(0)? + 1))
}

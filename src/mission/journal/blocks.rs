//! The blocks of a mission.

use prost::Message;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};
use uuid::Uuid;

use super::{Journal, MissionError};
use crate::mission::vault::Vault;
use crate::number::{Number, Prefix};
use crate::proto::v1;
use crate::protocol::read_block_text;

/// Where a block stands, as far as the journal knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockState {
    /// It is to be asked for, or was, without an answer.
    Asked,
    /// Its numbers may be handed out.
    Open,
    /// The service knows of numbers of it that this journal has not handed out: an old copy of the journal was put back.
    /// Nothing more is handed out of it.
    Doubted,
    /// It was closed.
    Closed,
}

impl BlockState {
    const ALL: [Self; 4] = [Self::Asked, Self::Open, Self::Doubted, Self::Closed];

    /// Its name, in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Open => "open",
            Self::Doubted => "doubted",
            Self::Closed => "closed",
        }
    }
}

/// A block that is to be reserved: request and prefix.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The request; its id is that of the block.
    pub request: v1::ReserveBlockRequest,
    /// The id of the request.
    pub id: Uuid,
    /// The first six digits of its numbers.
    pub prefix: Prefix,
    /// Until when they may be handed out, in microseconds since 1970-01-01 UTC.
    pub expires_at: i64,
}

/// A block as the journal has it.
#[derive(Clone, Debug)]
pub struct HeldBlock {
    /// The id of the request that reserves it.
    pub id: Uuid,
    /// Where it stands.
    pub state: BlockState,
    /// The first six digits of its numbers.
    pub prefix: Prefix,
    /// Until when they may be handed out, in microseconds since 1970-01-01 UTC.
    pub expires_at: i64,
    /// How many numbers it has.
    pub numbers: u32,
    /// How many of them were handed out.
    pub handed_out: u32,
    /// The id of the request that closes it, once it is to be closed.
    pub closing: Option<Uuid>,
    /// The request that reserves it, sealed.
    asked: Vec<u8>,
    /// Its signed note, sealed.
    note: Option<Vec<u8>>,
}

const COLUMNS: &str = "id, state, asked, prefix, expires_at, numbers, next, note, closing";

impl Journal {
    /// Notes that blocks are to be reserved. They may be asked for after this, not before: the answer must find its place.
    ///
    /// # Errors
    /// [`MissionError`].
    pub async fn want_blocks(&mut self, wanted: &[Wanted]) -> Result<(), MissionError> {
        let (mut transaction, vault) = self.begin().await?;
        for block in wanted {
            sqlx::query(
                "INSERT INTO blocks (id, state, asked, prefix, expires_at, numbers) VALUES (?1, 'asked', ?2, ?3, ?4, ?5)",
            )
            .bind(block.id.as_bytes().as_slice())
            .bind(vault.seal(block.id.as_bytes(), block.request.encode_to_vec())?)
            .bind(block.prefix.value())
            .bind(block.expires_at)
            .bind(block.request.count)
            .execute(&mut *transaction)
            .await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// Forgets a block that the service has refused to reserve.
    pub(in crate::mission) async fn drop_wanted(&mut self, id: Uuid) -> Result<(), MissionError> {
        let query = sqlx::query("DELETE FROM blocks WHERE id = ?1 AND state = 'asked'");
        query
            .bind(id.as_bytes().as_slice())
            .execute(&mut self.connection)
            .await?;
        Ok(())
    }

    /// Every block, those that expire first in front.
    ///
    /// # Errors
    /// [`MissionError`].
    pub async fn blocks(&mut self) -> Result<Vec<HeldBlock>, MissionError> {
        let query = format!("SELECT {COLUMNS} FROM blocks ORDER BY expires_at, id");
        let rows = sqlx::query(sqlx::AssertSqlSafe(query))
            .fetch_all(&mut self.connection)
            .await?;
        rows.iter().map(HeldBlock::read).collect()
    }

    /// The request by which a block is reserved.
    pub(in crate::mission) fn request_of(&self, block: &HeldBlock) -> Result<v1::ReserveBlockRequest, MissionError> {
        let bytes = self.vault.unseal(block.id.as_bytes(), block.asked.clone())?;
        v1::ReserveBlockRequest::decode(bytes.as_slice()).map_err(|_| MissionError::Tampered)
    }

    /// Takes in the note of a block that was reserved: from now on its numbers may be handed out.
    ///
    /// # Errors
    /// [`MissionError::Note`] or [`MissionError::OtherBlock`] where it is not the one that was asked for, signed.
    pub(in crate::mission) async fn reserved(&mut self, block: &HeldBlock, note: &str) -> Result<(), MissionError> {
        let text = self.setup.key.open(note)?;
        let said = read_block_text(text).map_err(|_| MissionError::OtherBlock)?;
        let asked_for = said.block_id == block.id
            && said.office == self.setup.office
            && said.prefix() == Some(block.prefix)
            && said.expires_at == block.expires_at
            && u32::try_from(said.numbers.len()) == Ok(block.numbers);
        if !asked_for {
            return Err(MissionError::OtherBlock);
        }
        let sealed = self.vault.seal(block.id.as_bytes(), note.as_bytes().to_vec())?;
        sqlx::query("UPDATE blocks SET state = 'open', note = ?2 WHERE id = ?1 AND state = 'asked'")
            .bind(block.id.as_bytes().as_slice())
            .bind(sealed)
            .execute(&mut self.connection)
            .await?;
        Ok(())
    }

    /// Notes that a block is to be closed, by the request of this id; nothing more is handed out of it.
    ///
    /// # Errors
    /// [`MissionError::NoBlock`].
    pub async fn want_closed(&mut self, id: Uuid, request_id: Uuid) -> Result<(), MissionError> {
        let query = "UPDATE blocks SET closing = coalesce(closing, ?2) WHERE id = ?1 AND state <> 'asked'";
        let query = sqlx::query(query)
            .bind(id.as_bytes().as_slice())
            .bind(request_id.as_bytes().as_slice());
        match query.execute(&mut self.connection).await?.rows_affected() {
            0 => Err(MissionError::NoBlock(id)),
            _ => Ok(()),
        }
    }

    /// Notes where a block stands with the service.
    pub(in crate::mission) async fn stands(&mut self, id: Uuid, state: BlockState) -> Result<(), MissionError> {
        let query = sqlx::query("UPDATE blocks SET state = ?2 WHERE id = ?1");
        let query = query.bind(id.as_bytes().as_slice()).bind(state.name());
        query.execute(&mut self.connection).await?;
        Ok(())
    }
}

/// The blocks of a prefix, as a transaction finds them; those that expire first in front.
pub(super) async fn of_prefix(
    connection: &mut SqliteConnection,
    prefix: Prefix,
) -> Result<Vec<HeldBlock>, MissionError> {
    let query = format!("SELECT {COLUMNS} FROM blocks WHERE prefix = ?1 ORDER BY expires_at, id");
    let query = sqlx::query(sqlx::AssertSqlSafe(query)).bind(prefix.value());
    query.fetch_all(connection).await?.iter().map(HeldBlock::read).collect()
}

/// Takes the next number of a block: the one at the place answered.
pub(super) async fn take_next(
    connection: &mut SqliteConnection,
    vault: &Vault,
    block: &HeldBlock,
) -> Result<(u32, Number), MissionError> {
    let place = block.handed_out;
    let sealed = block.note.clone().ok_or(MissionError::Tampered)?;
    let note = vault.unseal(block.id.as_bytes(), sealed)?;
    let note = String::from_utf8(note).map_err(|_| MissionError::Tampered)?;
    // The signature was looked at when the note came in, and the seal since.
    let (text, _) = note.rsplit_once("\n\n").ok_or(MissionError::Tampered)?;
    let said = read_block_text(text).map_err(|_| MissionError::Tampered)?;
    let number = said.numbers.get(place as usize).ok_or(MissionError::Tampered)?;
    let query = sqlx::query("UPDATE blocks SET next = next + 1 WHERE id = ?1");
    query.bind(block.id.as_bytes().as_slice()).execute(connection).await?;
    Ok((place, *number))
}

impl HeldBlock {
    fn read(row: &SqliteRow) -> Result<Self, MissionError> {
        let state: &str = row.try_get("state")?;
        let closing: Option<&[u8]> = row.try_get("closing")?;
        Ok(Self {
            id: uuid(row.try_get("id")?)?,
            state: BlockState::ALL
                .into_iter()
                .find(|known| known.name() == state)
                .ok_or(MissionError::Tampered)?,
            prefix: Prefix::from_value(row.try_get("prefix")?).map_err(|_| MissionError::Tampered)?,
            expires_at: row.try_get("expires_at")?,
            numbers: row.try_get("numbers")?,
            handed_out: row.try_get("next")?,
            closing: closing.map(uuid).transpose()?,
            asked: row.try_get("asked")?,
            note: row.try_get("note")?,
        })
    }

    /// How many numbers are left.
    pub fn left(&self) -> u32 {
        self.numbers - self.handed_out
    }

    /// Whether a number of it may be handed out at a time, in microseconds.
    pub fn may_hand_out(&self, now: i64) -> bool {
        self.state == BlockState::Open && self.closing.is_none() && now < self.expires_at && self.left() > 0
    }

    /// What keeps its numbers from being handed out, in words.
    pub(in crate::mission) fn wants(&self, now: i64) -> &'static str {
        match self.state {
            BlockState::Asked => "has not come yet: sync first",
            BlockState::Doubted => "was handed out of by another copy of this journal",
            BlockState::Closed => "is closed",
            BlockState::Open if self.closing.is_some() => "is being closed",
            BlockState::Open if self.left() == 0 => "is used up",
            BlockState::Open if now >= self.expires_at => "has expired",
            BlockState::Open => "has numbers",
        }
    }
}

/// An id as it is stored.
pub(super) fn uuid(bytes: &[u8]) -> Result<Uuid, MissionError> {
    Uuid::from_slice(bytes).map_err(|_| MissionError::Tampered)
}

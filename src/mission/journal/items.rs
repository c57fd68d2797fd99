//! What was handed out.

use prost::Message;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row, SqliteConnection};
use uuid::Uuid;

use super::blocks::{of_prefix, take_next, uuid};
use super::{Journal, MissionError};
use crate::mission::vault::Vault;
use crate::mission::{Item, ItemState, Told};
use crate::number::Prefix;
use crate::proto::v1;
use crate::registration::{Content, HandedText, Ref};

const COLUMNS: &str = "turn, request_id, state, content, answer";

/// A birth for which a number is to be handed out.
pub(in crate::mission) struct Birth<'a> {
    /// Its place in the book.
    pub entry: &'a Ref,
    /// The first six digits of its number.
    pub prefix: Prefix,
    /// What is registered.
    pub registration: &'a v1::BirthRegistration,
    /// When the number is printed; `None` where it is not.
    pub printed_at: Option<prost_types::Timestamp>,
    /// The id under which it will be settled.
    pub request_id: Uuid,
}

/// What the journal already has for an entry of a book.
pub(in crate::mission) enum Known {
    /// A number was handed out.
    Item(Box<Item>),
    /// One was, so long ago that nothing of it is kept.
    Purged,
}

impl Journal {
    /// What was handed out for an entry of a book; nothing where that was given up.
    pub(in crate::mission) async fn known(&mut self, entry: &Ref) -> Result<Option<Known>, MissionError> {
        let (mut transaction, vault) = self.begin().await?;
        known(&mut transaction, vault, entry).await
    }

    /// Hands out the next number of the block that expires first. Durable when it is answered.
    /// Nothing where no block of that prefix has a number to hand out.
    pub(in crate::mission) async fn hand_out(
        &mut self,
        birth: &Birth<'_>,
        now: i64,
    ) -> Result<Option<Content>, MissionError> {
        let (mut transaction, vault) = self.begin().await?;
        let blocks = of_prefix(&mut transaction, birth.prefix).await?;
        let Some(block) = blocks.into_iter().find(|block| block.may_hand_out(now)) else {
            return Ok(None);
        };
        let (place, number) = take_next(&mut transaction, vault, &block).await?;
        let (block_id, number) = (block.id.to_string(), number.to_string());
        let handed = HandedText::of(&block_id, &number, birth.printed_at);
        let content = Content::handed_out(birth.registration, handed);
        sqlx::query(
            "INSERT INTO items (request_id, entry, block_id, place, state, since, content)
             VALUES (?1, ?2, ?3, ?4, 'kept', ?5, ?6)",
        )
        .bind(birth.request_id.as_bytes().as_slice())
        .bind(vault.entry(birth.entry).as_bytes().as_slice())
        .bind(block.id.as_bytes().as_slice())
        .bind(place)
        .bind(now)
        .bind(vault.seal(birth.request_id.as_bytes(), content.encode())?)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(Some(content))
    }

    /// Puts other content in the place of an item's that the service does not know of; the number stays.
    pub(in crate::mission) async fn correct(
        &mut self,
        item: &Item,
        content: &Content,
        now: i64,
    ) -> Result<(), MissionError> {
        let sealed = self.vault.seal(item.request_id.as_bytes(), content.encode())?;
        let query = "UPDATE items SET content = ?2, state = 'kept', since = ?3, answer = NULL
                     WHERE request_id = ?1 AND state IN ('kept', 'refused')";
        let query = sqlx::query(query)
            .bind(item.request_id.as_bytes().as_slice())
            .bind(sealed)
            .bind(now);
        match query.execute(&mut self.connection).await?.rows_affected() {
            0 => Err(MissionError::NotToGiveUp(item.state.name())),
            _ => Ok(()),
        }
    }

    /// Gives up what was handed out for an entry, before the service knows of it. The number is not handed out again; the
    /// entry may be registered anew.
    ///
    /// # Errors
    /// [`MissionError::NoEntry`], [`MissionError::NotToGiveUp`], [`MissionError::SettledOtherwise`].
    pub async fn give_up(&mut self, entry: &Ref, now: i64) -> Result<(), MissionError> {
        let (mut transaction, vault) = self.begin().await?;
        let item = match known(&mut transaction, vault, entry).await? {
            Some(Known::Item(item)) => item,
            Some(Known::Purged) => return Err(MissionError::NotToGiveUp(ItemState::Purged.name())),
            None => return Err(MissionError::NoEntry),
        };
        if !item.state.may_be_given_up() {
            return Err(MissionError::NotToGiveUp(item.state.name()));
        }
        if item.told.as_ref().is_some_and(Told::says_sent_otherwise) {
            return Err(MissionError::SettledOtherwise);
        }
        sqlx::query("UPDATE items SET state = 'void', since = ?2 WHERE request_id = ?1")
            .bind(item.request_id.as_bytes().as_slice())
            .bind(now)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Everything that was handed out and not purged since, in the order in which it was.
    ///
    /// # Errors
    /// [`MissionError`].
    pub async fn items(&mut self) -> Result<Vec<Item>, MissionError> {
        let query = format!("SELECT {COLUMNS} FROM items WHERE state <> 'purged' ORDER BY turn");
        let rows = sqlx::query(AssertSqlSafe(query))
            .fetch_all(&mut self.connection)
            .await?;
        rows.iter().map(|row| read(row, &self.vault)).collect()
    }

    /// How many were handed out so long ago that nothing of them is kept.
    ///
    /// # Errors
    /// [`MissionError`].
    pub async fn purged(&mut self) -> Result<u64, MissionError> {
        let row = sqlx::query("SELECT count(*) AS items FROM items WHERE state = 'purged'");
        let count: i64 = row.fetch_one(&mut self.connection).await?.try_get("items")?;
        Ok(count.unsigned_abs())
    }

    /// The next items that the service must be asked about, after the one of that turn. From here on they stay as they are, on the
    /// disk, until there is an answer: they may be sent.
    pub(in crate::mission) async fn begin_sending(
        &mut self,
        after: i64,
        at_most: u32,
        now: i64,
    ) -> Result<Vec<Item>, MissionError> {
        let (mut transaction, vault) = self.begin().await?;
        let query = format!(
            "SELECT {COLUMNS} FROM items WHERE turn > ?1
             AND state IN ('kept', 'sent', 'under_review', 'waiting', 'refused') ORDER BY turn LIMIT ?2"
        );
        let rows = sqlx::query(AssertSqlSafe(query))
            .bind(after)
            .bind(at_most)
            .fetch_all(&mut *transaction)
            .await?;
        let items: Vec<Item> = rows.iter().map(|row| read(row, vault)).collect::<Result<_, _>>()?;
        for item in items.iter().filter(|item| !item.may_have_been_sent()) {
            sqlx::query("UPDATE items SET state = 'sent', since = ?2 WHERE request_id = ?1")
                .bind(item.request_id.as_bytes().as_slice())
                .bind(now)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(items)
    }

    /// Notes what the service answered.
    pub(in crate::mission) async fn answered(
        &mut self,
        item: &Item,
        (state, told): (ItemState, &Told),
        now: i64,
    ) -> Result<(), MissionError> {
        let answer = self.vault.seal(item.request_id.as_bytes(), told.encode_to_vec())?;
        let query =
            "UPDATE items SET since = iif(state = ?2, since, ?3), state = ?2, answer = ?4 WHERE request_id = ?1";
        sqlx::query(query)
            .bind(item.request_id.as_bytes().as_slice())
            .bind(state.name())
            .bind(now)
            .bind(answer)
            .execute(&mut self.connection)
            .await?;
        Ok(())
    }

    /// Wipes what has been settled, rejected or void since before a time, in microseconds. How many that were.
    pub(in crate::mission) async fn purge(&mut self, before: i64) -> Result<u64, MissionError> {
        let query = "UPDATE items SET state = 'purged', content = NULL, answer = NULL
                     WHERE state IN ('settled', 'rejected', 'void') AND since < ?1";
        let purged = sqlx::query(query).bind(before).execute(&mut self.connection).await?;
        // What stood in the log of changes goes too.
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
            .execute(&mut self.connection)
            .await?;
        Ok(purged.rows_affected())
    }
}

async fn known(connection: &mut SqliteConnection, vault: &Vault, entry: &Ref) -> Result<Option<Known>, MissionError> {
    let query = format!("SELECT {COLUMNS} FROM items WHERE entry = ?1 AND state <> 'void'");
    let query = sqlx::query(AssertSqlSafe(query)).bind(vault.entry(entry).as_bytes().as_slice());
    let Some(row) = query.fetch_optional(connection).await? else {
        return Ok(None);
    };
    Ok(Some(match state(&row)? {
        ItemState::Purged => Known::Purged,
        _ => Known::Item(Box::new(read(&row, vault)?)),
    }))
}

fn state(row: &SqliteRow) -> Result<ItemState, MissionError> {
    ItemState::named(row.try_get("state")?).ok_or(MissionError::Tampered)
}

fn read(row: &SqliteRow, vault: &Vault) -> Result<Item, MissionError> {
    let request_id = uuid(row.try_get("request_id")?)?;
    let unseal = |bytes: Vec<u8>| vault.unseal(request_id.as_bytes(), bytes);
    let answer: Option<Vec<u8>> = row.try_get("answer")?;
    let told = answer.map(|answer| Told::decode(unseal(answer)?.as_slice()).map_err(|_| MissionError::Tampered));
    Ok(Item {
        turn: row.try_get("turn")?,
        request_id,
        state: state(row)?,
        content: Content::decode(&unseal(row.try_get("content")?)?).map_err(|_| MissionError::Tampered)?,
        told: told.transpose()?,
    })
}

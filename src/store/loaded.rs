//! What a turn that has begun to decide finds that it must know besides: which pieces, whatever database they come from.

use std::future::Future;

use uuid::Uuid;

use super::StoreError;
use super::decode::{self, Columns};
use crate::ledger::{Position, RequestKey};
use crate::number::Slot;
use crate::protocol::{Loaded, Needs};

/// One query for a list of things.
pub(super) enum Piece<'a> {
    /// Decisions, with what they led to.
    Known(&'a [Position]),
    /// Numbers.
    Numbers(&'a [Slot]),
    /// Registrations attached to numbers, in the order of the ledger.
    Attached(&'a [Slot]),
    /// Cases, in the order of ids.
    Cases(&'a [Uuid]),
    /// What cases were raised against.
    Matches(&'a [Uuid]),
    /// Open cases raised against decisions.
    Against(&'a [Position]),
    /// Blocks, by the requests that reserved them.
    Blocks(&'a [RequestKey]),
    /// Blocks of offices that are not closed.
    OpenBlocks(&'a [String]),
    /// All numbers of blocks, by the entries that reserved these.
    Whole(&'a [Position]),
    /// Entries that held the facts of numbers' holders, in the order of the ledger.
    Versions(&'a [Slot]),
}

/// Where pieces come from: a turn, or a read that sees one moment.
pub(super) trait Pieces {
    /// The database's own rows.
    type Row: Columns;

    /// The rows of a piece.
    fn rows(&mut self, piece: Piece<'_>) -> impl Future<Output = Result<Vec<Self::Row>, StoreError>> + Send;
}

/// Loads all that is needed, asking for nothing else.
pub(super) async fn load(pieces: &mut impl Pieces, needs: &Needs) -> Result<Loaded, StoreError> {
    let mut loaded = Loaded::default();
    if !needs.positions.is_empty() {
        let rows = pieces.rows(Piece::Known(&needs.positions)).await?;
        loaded.known = each(&rows, decode::known)?;
    }
    if !needs.slots.is_empty() {
        let rows = pieces.rows(Piece::Numbers(&needs.slots)).await?;
        loaded.numbers = rows
            .iter()
            .filter_map(|row| decode::numbered_if_any(row).transpose())
            .collect::<Result<_, _>>()?;
        let rows = pieces.rows(Piece::Attached(&needs.slots)).await?;
        loaded.attached = each(&rows, decode::attachment)?;
    }
    if !needs.cases.is_empty() {
        let rows = pieces.rows(Piece::Cases(&needs.cases)).await?;
        loaded.cases = each(&rows, decode::case)?;
        let rows = pieces.rows(Piece::Matches(&needs.cases)).await?;
        decode::add_matches(&mut loaded.cases, &rows)?;
    }
    if !needs.against.is_empty() {
        let rows = pieces.rows(Piece::Against(&needs.against)).await?;
        loaded.against = each(&rows, decode::against)?;
    }
    if !needs.blocks.is_empty() {
        let rows = pieces.rows(Piece::Blocks(&needs.blocks)).await?;
        loaded.blocks = each(&rows, decode::block)?;
    }
    if !needs.offices.is_empty() {
        let rows = pieces.rows(Piece::OpenBlocks(&needs.offices)).await?;
        loaded.blocks.extend(each(&rows, decode::block)?);
    }
    if !needs.whole.is_empty() {
        let rows = pieces.rows(Piece::Whole(&needs.whole)).await?;
        loaded.whole = each(&rows, decode::numbered)?;
    }
    if !needs.versions.is_empty() {
        let rows = pieces.rows(Piece::Versions(&needs.versions)).await?;
        loaded.versions = each(&rows, decode::version)?;
    }
    Ok(loaded)
}

fn each<R, T>(rows: &[R], decode: impl Fn(&R) -> Result<T, StoreError>) -> Result<Vec<T>, StoreError> {
    rows.iter().map(decode).collect()
}

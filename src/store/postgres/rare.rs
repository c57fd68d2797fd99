//! What a turn writes beside births, as arguments.

use sqlx::postgres::PgBindIterExt;

use super::sql;
use super::write::{Writing, bind_numbers};
use crate::ledger::Position;
use crate::number::Number;
use crate::protocol::{Attachment, BlockRow, CaseRow, NumberRow, Side};

/// The statement that changes numbers known before.
pub(super) fn change_numbers(numbers: &[NumberRow]) -> Writing<'_> {
    bind_numbers(sqlx::query(sql::CHANGE_NUMBERS), numbers.iter())
}

/// The statement that changes cases known before.
pub(super) fn change_cases(cases: &[CaseRow]) -> Writing<'_> {
    sqlx::query(sql::CHANGE_CASES)
        .bind(cases.iter().map(|case| &case.case_id.as_bytes()[..]).bind_iter())
        .bind(cases.iter().map(|case| case.state.code()).bind_iter())
        .bind(cases.iter().map(|case| case.version).bind_iter())
        .bind(cases.iter().map(|case| case.closed).bind_iter())
        .bind(cases.iter().map(|case| case.decided_side.map(Side::code)).bind_iter())
}

/// The statement that writes the history of numbers.
pub(super) fn write_history(history: &[(Position, NumberRow)]) -> Writing<'_> {
    let query = bind_numbers(
        sqlx::query(sql::WRITE_HISTORY),
        history.iter().map(|(_, number)| number),
    );
    query.bind(history.iter().map(|(position, _)| *position).bind_iter())
}

/// The statement that attaches registrations to numbers.
pub(super) fn attach(attached: &[Attachment]) -> Writing<'_> {
    sqlx::query(sql::ATTACH)
        .bind(attached.iter().map(|attachment| attachment.registration).bind_iter())
        .bind(attached.iter().map(|attachment| attachment.slot.value()).bind_iter())
        .bind(
            attached
                .iter()
                .map(|attachment| attachment.former.map(Number::value))
                .bind_iter(),
        )
}

/// The statement that writes the offices that cases concern.
pub(super) fn write_offices(parties: &[(String, Position)]) -> Writing<'_> {
    sqlx::query(sql::WRITE_OFFICES)
        .bind(parties.iter().map(|(office, _)| office.as_bytes()).bind_iter())
        .bind(parties.iter().map(|(_, opened)| *opened).bind_iter())
}

/// The statement that writes blocks.
pub(super) fn write_blocks(blocks: &[BlockRow]) -> Writing<'_> {
    sqlx::query(sql::WRITE_BLOCKS)
        .bind(blocks.iter().map(|block| block.opened).bind_iter())
        .bind(blocks.iter().map(|block| block.first.value()).bind_iter())
        .bind(blocks.iter().map(|block| block.last.value()).bind_iter())
        .bind(blocks.iter().map(|block| block.count).bind_iter())
        .bind(blocks.iter().map(|block| block.unused).bind_iter())
        .bind(blocks.iter().map(|block| block.expires_at).bind_iter())
        .bind(blocks.iter().map(|block| block.closed).bind_iter())
        .bind(blocks.iter().map(|block| block.request.binding()).bind_iter())
        .bind(blocks.iter().map(|block| block.request.office.as_bytes()).bind_iter())
}

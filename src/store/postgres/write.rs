//! A turn's changes as arguments: one array for each column, written straight into the message.

use sqlx::Postgres;
use sqlx::postgres::{PgArguments, PgBindIterExt};
use sqlx::query::Query;
use uuid::Uuid;

use super::sql;
use crate::ledger::{Position, Sealed};
use crate::number::{Number, Slot};
use crate::protocol::{CaseRow, Changes, NumberRow, Side};
use crate::registration::Key;
use crate::store::{Access, TreeNode, decode};

/// The statement that writes everything but the keys that move.
pub(super) fn write(changes: &Changes) -> Query<'_, Postgres, PgArguments> {
    let query = sqlx::query(sql::WRITE);
    let query = bind_numbers(bind_entries(query, changes), changes.numbers.iter());
    let prefixes = &changes.prefixes;
    let query = query
        .bind(prefixes.iter().map(|(prefix, _)| i64::from(prefix.value())).bind_iter())
        .bind(prefixes.iter().map(|(_, row)| i64::from(row.next)).bind_iter())
        .bind(prefixes.iter().map(|(_, row)| i64::from(row.held)).bind_iter())
        .bind(prefixes.iter().map(|(_, row)| row.picker.0).bind_iter());
    let query = bind_keys(bind_keys(query, &changes.strict), &changes.blocking);
    let head = &changes.head;
    let (next, former, since) = decode::reindexing(head);
    bind_cases(query, &changes.cases)
        .bind(head.size())
        .bind(head.frontier.encode())
        .bind(head.at)
        .bind(head.epoch)
        .bind(head.drawn)
        .bind(i64::from(head.recovered.skipped))
        .bind(i64::from(head.recovered.year))
        .bind(head.recovered.size)
        .bind(head.recovered.drawn)
        .bind(head.keys.seal.0)
        .bind(head.resealing.map(|resealing| resealing.former.0))
        .bind(head.resealing.map(|resealing| resealing.changed))
        .bind(head.keys.index.0)
        .bind(next)
        .bind(former)
        .bind(since)
        .bind(changes.reindexed)
        .bind(head.notes.map(|key| key.0))
}

/// The statement that deletes keys, and notes how far the change of the index key has come.
pub(super) fn drop_keys<'q>(strict: &'q [Key], blocking: &'q [Key], up_to: i64) -> Query<'q, Postgres, PgArguments> {
    sqlx::query(sql::DROP_KEYS)
        .bind(strict.iter().map(|key| &key.as_bytes()[..]).bind_iter())
        .bind(blocking.iter().map(|key| &key.as_bytes()[..]).bind_iter())
        .bind(up_to)
}

/// The statement that moves strict keys.
pub(super) fn moves(keys: &[(Key, Position)]) -> Query<'_, Postgres, PgArguments> {
    bind_keys(sqlx::query(sql::MOVE), keys)
}

/// The statement that puts sealed content in the place of what is there.
pub(super) fn reseal(sealed: &[(Position, Sealed)], up_to: Position) -> Query<'_, Postgres, PgArguments> {
    sqlx::query(sql::RESEAL)
        .bind(sealed.iter().map(|(position, _)| *position).bind_iter())
        .bind(sealed.iter().map(|(_, sealed)| sealed.key.0).bind_iter())
        .bind(sealed.iter().map(|(_, sealed)| &sealed.bytes[..]).bind_iter())
        .bind(up_to)
}

/// The statement that keeps nodes of the tree.
pub(super) fn keep_nodes(nodes: &[TreeNode]) -> Query<'_, Postgres, PgArguments> {
    sqlx::query(sql::KEEP_NODES)
        .bind(nodes.iter().map(|node| i64::from(node.level)).bind_iter())
        .bind(nodes.iter().map(|node| node.place).bind_iter())
        .bind(nodes.iter().map(|node| &node.hash[..]).bind_iter())
}

/// The statement that records accesses.
pub(super) fn record(accesses: &[Access]) -> Query<'_, Postgres, PgArguments> {
    sqlx::query(sql::RECORD)
        .bind(accesses.iter().map(|access| access.at).bind_iter())
        .bind(accesses.iter().map(|access| access.id).bind_iter())
        .bind(accesses.iter().map(|access| access.slot.map(Slot::value)).bind_iter())
        .bind(accesses.iter().map(|access| access.code).bind_iter())
        .bind(accesses.iter().map(|access| access.office.as_bytes()).bind_iter())
        .bind(accesses.iter().map(|access| access.role.as_str()).bind_iter())
        .bind(accesses.iter().map(|access| access.officer.as_bytes()).bind_iter())
        .bind(accesses.iter().map(|access| access.purpose.as_bytes()).bind_iter())
        .bind(accesses.iter().map(|access| access.call.as_str()).bind_iter())
}

/// A statement being given its arguments.
pub(super) type Writing<'q> = Query<'q, Postgres, PgArguments>;

fn bind_entries<'q>(query: Writing<'q>, changes: &'q Changes) -> Writing<'q> {
    let entries = &changes.entries;
    let slot = |number: Option<(Slot, Number)>| number.map(|(slot, _)| slot.value());
    let digits = |number: Option<(Slot, Number)>| number.map(|(_, digits)| digits.value());
    query
        .bind(entries.iter().map(|entry| entry.position).bind_iter())
        .bind(entries.iter().map(|entry| entry.epoch).bind_iter())
        .bind(entries.iter().map(|entry| entry.decision).bind_iter())
        .bind(entries.iter().map(|entry| slot(entry.number)).bind_iter())
        .bind(entries.iter().map(|entry| digits(entry.number)).bind_iter())
        .bind(entries.iter().map(|entry| entry.at).bind_iter())
        .bind(entries.iter().map(|entry| entry.sealed.key.0).bind_iter())
        .bind(entries.iter().map(|entry| entry.kind.code()).bind_iter())
        .bind(entries.iter().map(|entry| &entry.request.id.as_bytes()[..]).bind_iter())
        .bind(entries.iter().map(|entry| &entry.digest[..]).bind_iter())
        .bind(
            entries
                .iter()
                .map(|entry| entry.case_id.map(Uuid::into_bytes))
                .bind_iter(),
        )
        .bind(entries.iter().map(|entry| &entry.leaf[..]).bind_iter())
        .bind(entries.iter().map(|entry| entry.request.office.as_bytes()).bind_iter())
        .bind(entries.iter().map(|entry| entry.context.officer.as_bytes()).bind_iter())
        .bind(entries.iter().map(|entry| entry.context.purpose.as_bytes()).bind_iter())
        .bind(entries.iter().map(|entry| &entry.sealed.bytes[..]).bind_iter())
        .bind(entries.iter().map(|entry| entry.request.binding()).bind_iter())
        .bind(entries.iter().map(|entry| entry.decision).bind_iter())
}

/// The columns of numbers. Entries that are the one that gave the number are left empty.
pub(super) fn bind_numbers<'q>(
    query: Writing<'q>,
    numbers: impl Iterator<Item = &'q NumberRow> + Clone + 'q,
) -> Writing<'q> {
    let of = || numbers.clone();
    let unless_given = |number: &NumberRow, position| (position != number.decision).then_some(position);
    query
        .bind(of().map(|number| number.slot.value()).bind_iter())
        .bind(of().map(|number| number.number.value()).bind_iter())
        .bind(of().map(|number| number.state.code()).bind_iter())
        .bind(of().map(|number| number.life.code()).bind_iter())
        .bind(of().map(|number| number.replaced_by.map(Number::value)).bind_iter())
        .bind(of().map(|number| number.replaces.map(Number::value)).bind_iter())
        .bind(of().map(|number| number.case_id.map(Uuid::into_bytes)).bind_iter())
        .bind(of().map(|number| number.issued_at).bind_iter())
        .bind(of().map(|number| number.decision).bind_iter())
        .bind(
            of().map(move |number| unless_given(number, number.registration))
                .bind_iter(),
        )
        .bind(of().map(move |number| unless_given(number, number.facts)).bind_iter())
}

fn bind_keys<'q>(query: Writing<'q>, keys: &'q [(Key, Position)]) -> Writing<'q> {
    query
        .bind(keys.iter().map(|(key, _)| &key.as_bytes()[..]).bind_iter())
        .bind(keys.iter().map(|(_, position)| *position).bind_iter())
}

fn bind_cases<'q>(query: Writing<'q>, cases: &'q [CaseRow]) -> Writing<'q> {
    let matches = || {
        cases
            .iter()
            .flat_map(|case| case.matches.iter().map(move |position| (case, *position)))
    };
    query
        .bind(cases.iter().map(|case| &case.case_id.as_bytes()[..]).bind_iter())
        .bind(cases.iter().map(|case| case.kind.code()).bind_iter())
        .bind(cases.iter().map(|case| case.state.code()).bind_iter())
        .bind(cases.iter().map(|case| case.cause.code()).bind_iter())
        .bind(cases.iter().map(|case| case.decision).bind_iter())
        .bind(cases.iter().map(|case| case.proposed_side.code()).bind_iter())
        .bind(cases.iter().map(|case| case.opened_at).bind_iter())
        .bind(cases.iter().map(|case| case.version).bind_iter())
        .bind(cases.iter().map(|case| case.slot.map(Slot::value)).bind_iter())
        .bind(cases.iter().map(|case| case.other.map(Number::value)).bind_iter())
        .bind(cases.iter().map(|case| case.closed).bind_iter())
        .bind(cases.iter().map(|case| case.decided_side.map(Side::code)).bind_iter())
        .bind(matches().map(|(case, _)| &case.case_id.as_bytes()[..]).bind_iter())
        .bind(matches().map(|(_, position)| position).bind_iter())
}

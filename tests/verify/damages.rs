//! Damages to the sample store, and the checks that must tell them.

use dinhdanh::verify::Check;
use dinhdanh::verify::Check::*;

/// What is done to a copy, and exactly which checks fail by it.
pub struct Damage {
    pub name: &'static str,
    pub sql: &'static str,
    pub told_by: &'static [Check],
}

const fn damage(name: &'static str, sql: &'static str, told_by: &'static [Check]) -> Damage {
    Damage { name, sql, told_by }
}

pub const DAMAGES: &[Damage] = &[
    damage(
        "two children's numbers swapped in the ledger",
        "CREATE TEMP TABLE old AS SELECT position, slot, number FROM entries WHERE position IN (2, 4);
         UPDATE entries SET (slot, number) = (SELECT slot, number FROM old WHERE old.position = 6 - entries.position)
         WHERE position IN (2, 4)",
        &[Leaves, GivenOnce],
    ),
    damage(
        "two children's numbers swapped everywhere",
        "CREATE TEMP TABLE old AS SELECT position, slot, number FROM entries WHERE position IN (2, 4);
         UPDATE entries SET (slot, number) = (SELECT slot, number FROM old WHERE old.position = 6 - entries.position)
         WHERE position IN (2, 4);
         UPDATE numbers SET decision = 6 - decision WHERE decision IN (2, 4);
         UPDATE numbers SET issued_at = (SELECT at FROM entries WHERE position = numbers.decision)",
        &[Leaves],
    ),
    damage("an entry deleted", "DELETE FROM entries WHERE position = 3", &[Positions, Tree, Bound, GivenOnce]),
    damage("the last entry deleted", "DELETE FROM entries WHERE position = 10", &[Positions, Tree]),
    damage("the first entry deleted", "DELETE FROM entries WHERE position = 1", &[Positions, Tree]),
    damage(
        "a time set back",
        "UPDATE entries SET at = at - 3600000000 WHERE position = 3",
        &[Times, Leaves, Numbers],
    ),
    damage("the head's time set on", "UPDATE head SET at = at + 1", &[Times]),
    damage("another epoch", "UPDATE entries SET epoch = 2 WHERE position = 5", &[Epochs, Leaves]),
    damage(
        "a sealed byte changed",
        "UPDATE entries SET sealed = CAST(substr(sealed, 1, 30)
            || CASE substr(sealed, 31, 1) WHEN x'00' THEN x'01' ELSE x'00' END || substr(sealed, 32) AS BLOB)
         WHERE position = 3",
        &[Sealed],
    ),
    damage(
        "two entries' contents exchanged",
        "CREATE TEMP TABLE old AS SELECT position, sealed FROM entries WHERE position IN (2, 4);
         UPDATE entries SET sealed = (SELECT sealed FROM old WHERE old.position = 6 - entries.position)
         WHERE position IN (2, 4)",
        &[Sealed],
    ),
    damage("an entry given to another office", "UPDATE entries SET office = '1' WHERE position = 4", &[Sealed, Requests]),
    damage("another officer", "UPDATE entries SET officer = 'x' WHERE position = 4", &[Leaves]),
    damage("a leaf wiped", "UPDATE entries SET leaf = zeroblob(32) WHERE position = 4", &[Leaves, Tree]),
    damage(
        "a bit of the frontier",
        "UPDATE head SET frontier = CAST(CASE substr(frontier, 1, 1) WHEN x'00' THEN x'01' ELSE x'00' END
            || substr(frontier, 2) AS BLOB)",
        &[Tree],
    ),
    damage("a head that does not fit itself", "UPDATE head SET size = 11", &[Readable]),
    damage("a head that is ahead", "UPDATE head SET size = 12", &[Positions, Tree]),
    damage(
        "a digest wiped",
        "UPDATE entries SET digest = zeroblob(16) WHERE position = 3",
        &[Digests, Leaves],
    ),
    damage(
        "a child with a number declared rejected",
        "UPDATE entries SET kind = 3 WHERE position = 4",
        &[Shapes, Leaves, Outcomes, GivenOnce, BlockingKeys],
    ),
    damage("an entry that is a second genesis", "UPDATE entries SET kind = 0 WHERE position = 10", &[Shapes, Leaves, Digests]),
    damage("an entry of an unknown kind", "UPDATE entries SET kind = 99 WHERE position = 10", &[Readable, Tree]),
    damage("a request id forgotten", "DELETE FROM requests WHERE decision = 4", &[Requests]),
    damage("a request id that leads elsewhere", "UPDATE requests SET decision = 2 WHERE decision = 4", &[Requests]),
    damage("a request id off the ledger", "INSERT INTO requests VALUES (x'00', 4)", &[Requests]),
    damage(
        "a request id bound to another child",
        "UPDATE entries SET decision = 2 WHERE position = 10;
         UPDATE requests SET decision = 2 WHERE substr(request, 1, 16) = (SELECT request_id FROM entries WHERE position = 10)",
        &[Bound, Leaves],
    ),
    damage("a number revoked off the ledger", "UPDATE numbers SET state = 5 WHERE decision = 2", &[Numbers]),
    damage("a number replaced off the ledger", "UPDATE numbers SET replaced_by = number WHERE decision = 2", &[Numbers]),
    damage("a number lost", "DELETE FROM numbers WHERE decision = 5", &[Numbers, GivenOnce, Prefixes]),
    damage(
        "a number off the ledger",
        "INSERT INTO numbers (slot, number, state, life, issued_at, decision)
         SELECT slot + 100, number, state, life, issued_at, decision FROM numbers WHERE decision = 2",
        &[GivenOnce, Prefixes],
    ),
    damage("other digits held", "UPDATE numbers SET number = number + 1 WHERE decision = 2", &[Numbers, GivenOnce]),
    damage(
        "other digits everywhere",
        "UPDATE numbers SET number = number + 1 WHERE decision = 2; UPDATE entries SET number = number + 1 WHERE position = 2",
        &[Digits, Leaves],
    ),
    damage(
        "a number of another prefix",
        "UPDATE numbers SET slot = slot - 31000000000, number = number - 31000000000 WHERE decision = 2;
         UPDATE entries SET slot = slot - 31000000000, number = number - 31000000000 WHERE position = 2",
        &[Digits, Leaves, Prefixes],
    ),
    damage("a reference or child let go", "DELETE FROM strict_keys WHERE decision = 2", &[StrictKeys]),
    damage("a reference held by another", "UPDATE strict_keys SET decision = 2 WHERE decision = 3", &[StrictKeys]),
    damage("a reference held by its past", "UPDATE strict_keys SET decision = 6 WHERE decision = 7", &[StrictKeys]),
    damage("a key held by nobody's registration", "INSERT INTO strict_keys VALUES (zeroblob(16), 4)", &[StrictKeys]),
    damage("likely doubles not found", "DELETE FROM blocking_keys WHERE decision = 8", &[BlockingKeys]),
    damage("doubles of nobody", "INSERT INTO blocking_keys VALUES (zeroblob(16), 4)", &[BlockingKeys]),
    damage("a case lost", "DELETE FROM cases WHERE decision = 8", &[Cases]),
    damage(
        "a case nobody waits for",
        "INSERT INTO cases (case_id, kind, state, cause, decision, proposed_side, opened_at, version)
         SELECT zeroblob(16), kind, state, cause, 4, proposed_side, opened_at, version FROM cases WHERE decision = 9",
        &[Cases],
    ),
    damage("a case opened at another time", "UPDATE cases SET opened_at = opened_at + 1 WHERE decision = 9", &[Cases]),
    damage("a case against nobody", "DELETE FROM case_matches", &[Cases]),
    damage("a case against a later child", "UPDATE case_matches SET decision = 10", &[Cases]),
    damage("a match of no case", "INSERT INTO case_matches VALUES (zeroblob(16), 2)", &[Cases]),
    damage("a case decided by its own side", "UPDATE cases SET decided_side = proposed_side WHERE decision = 8", &[Sides]),
    damage("an open case that is decided", "UPDATE cases SET decided_side = 2 WHERE decision = 8", &[Sides]),
    damage("a number that will be drawn again", "UPDATE prefixes SET next = next - 1", &[Prefixes]),
    damage("a number passed over", "UPDATE prefixes SET next = next + 1", &[Prefixes]),
    damage("a number said to be held", "UPDATE prefixes SET held = 1", &[Prefixes]),
    damage("another picker's prefix", "UPDATE prefixes SET picker_key = 7", &[Prefixes]),
    damage("a prefix lost", "DELETE FROM prefixes", &[Prefixes]),
    damage(
        "a block that nobody reserved",
        "INSERT INTO blocks VALUES (zeroblob(16), '1', 4, 0, 0, 1, 1, 0, NULL)",
        &[Blocks],
    ),
    damage("a unit renamed", "UPDATE place_tables SET content = CAST(replace(content, 'Phùng', 'Phung') AS BLOB)", &[Units]),
    damage("a table of units cut off", "UPDATE place_tables SET content = substr(content, 1, 69)", &[Units]),
    damage("a table of units that counts wrongly", "UPDATE place_tables SET units = units + 1", &[Units]),
    damage("a table of units that is no text", "UPDATE place_tables SET content = x'ff'", &[Readable]),
];

//! Every statement that is this backend's own. Arguments are written `$1`, `$2` …; rows arrive as one array for each
//! column.

use crate::store::sql::{
    against, attached_to, blocks_at, cases_at, cases_opened_after, head, known, last_changes, matches_of, numbers_at,
    numbers_of_blocks, open_blocks_of, parties, versions_of,
};

/// Release, not in recovery, fsync, full_page_writes, synchronous_commit, and whether there is a synchronous standby.
pub const LOOK_OVER: &str = "
SELECT current_setting('server_version_num')::bigint, (NOT pg_is_in_recovery())::int,
    (current_setting('fsync') = 'on')::int, (current_setting('full_page_writes') = 'on')::int,
    (current_setting('synchronous_commit') = 'on')::int, (current_setting('synchronous_standby_names') <> '')::int";

/// Release, time, whether commits wait for a standby, how many are in step, whether there are some that this role may not
/// look at, and whether the tables of a store are there.
pub const PROBE: &str = "
SELECT current_setting('server_version'), (extract(epoch FROM clock_timestamp()) * 1000000)::bigint,
    (current_setting('synchronous_standby_names') <> '')::int,
    (SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming' AND sync_state IN ('sync', 'quorum')),
    (SELECT count(*) FROM pg_stat_replication WHERE sync_state IS NULL),
    (to_regclass('head') IS NOT NULL)::int";

/// Migrations that were applied; fails where there never was one.
pub const MIGRATIONS: &str = "SELECT version, checksum FROM _sqlx_migrations WHERE success ORDER BY version";

/// Lets a migration wait for another server's, however long it takes.
pub const WAIT_FOR_MIGRATION: &str = "SET lock_timeout = 0";

/// How many heads there are.
pub const HEADS: &str = "SELECT count(*) FROM head";

/// Makes the head of an empty ledger, if there is none.
pub const FIRST_HEAD: &str =
    "INSERT INTO head VALUES (1, 0, $1, $2, '', $3, $4, $5, 0, 0, 0, 0, 0, 0, NULL, NULL, 0, NULL, NULL, NULL, 0, NULL)
    ON CONFLICT DO NOTHING";

/// Begins a turn: locks the head and reads it. The lock must be a statement of its own, and everything else the turn
/// loads a later one: a statement sees what was committed when it began, and so a statement that waits for the lock does
/// not see what the turn it waited for has written. (Save the locked row itself, which is read anew.)
pub const BEGIN: &str = concat!(
    "BEGIN ISOLATION LEVEL READ COMMITTED; SELECT ",
    head!(),
    ", (current_setting('synchronous_standby_names') <> '')::int FROM head FOR UPDATE"
);

/// Ends a turn that wrote nothing.
pub const ROLLBACK: &str = "ROLLBACK";

/// Commits a turn.
pub const COMMIT: &str = "COMMIT";

/// Makes a commit that waits for disk and standby, though nothing is changed.
pub const SETTLE: &str = "SELECT pg_logical_emit_message(true, 'dinhdanh', '')";

/// Does so and ends the turn it is made in.
pub const SETTLE_AND_COMMIT: &str = "SELECT pg_logical_emit_message(true, 'dinhdanh', ''); COMMIT";

/// Looks up a turn's requests ($1), strict keys ($2), blocking keys ($3) and prefixes ($4): rows of (what, index into the
/// list, and up to three values).
pub const FIND: &str = "
SELECT 0, w.i - 1, r.decision, 0::bigint, 0::bigint
    FROM unnest($1::bytea[]) WITH ORDINALITY w(request, i) JOIN requests r ON r.request = w.request
UNION ALL SELECT 1, w.i - 1, k.decision, 0, 0
    FROM unnest($2::bytea[]) WITH ORDINALITY w(key, i) JOIN strict_keys k ON k.key = w.key
UNION ALL SELECT 2, w.i - 1, k.decision, 0, 0
    FROM unnest($3::bytea[]) WITH ORDINALITY w(key, i) JOIN blocking_keys k ON k.key = w.key
UNION ALL SELECT 3, w.i - 1, p.next, p.held, p.picker_key
    FROM unnest($4::bigint[]) WITH ORDINALITY w(prefix, i) JOIN prefixes p ON p.prefix = w.prefix
ORDER BY 1, 2, 3";

/// Begins a read whose statements all see the store as of the first of them.
pub const BEGIN_MOMENT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// Decisions by position ($1), in the order asked.
pub const KNOWN: &str = known!(
    "unnest($1::bigint[]) WITH ORDINALITY w(position, i) JOIN entries e ON e.position = w.position",
    "ORDER BY w.i"
);

/// Numbers by slot ($1).
pub const NUMBERS_AT: &str = numbers_at!("unnest($1::bigint[]) w(value)");

/// Registrations attached to numbers, by slot ($1).
pub const ATTACHED_TO: &str = attached_to!("unnest($1::bigint[]) w(value)");

/// Cases by id ($1).
pub const CASES_AT: &str = cases_at!("unnest($1::bytea[]) w(value)");

/// What cases were raised against, by id ($1).
pub const MATCHES_OF: &str = matches_of!("unnest($1::bytea[]) w(value)");

/// Open cases by the decisions they were raised against ($1).
pub const AGAINST: &str = against!("unnest($1::bigint[]) w(value)");

/// Blocks by the requests that reserved them ($1).
pub const BLOCKS_AT: &str = blocks_at!("unnest($1::bytea[]) w(value)");

/// Blocks of offices ($1) that are not closed.
pub const OPEN_BLOCKS_OF: &str = open_blocks_of!("unnest($1::bytea[]) w(value)");

/// All numbers of blocks, by the entries that reserved these ($1).
pub const NUMBERS_OF_BLOCKS: &str = numbers_of_blocks!("unnest($1::bigint[]) w(value)");

/// The entries that held the facts of numbers' holders, by slot.
pub const VERSIONS_OF: &str = versions_of!("unnest($1::bigint[]) w(value)");

/// The offices that cases concern, by the positions at which they were opened ($1).
pub const PARTIES: &str = parties!("unnest($1::bigint[]) w(value)");

/// The last rows of the history of numbers, by slot ($1).
pub const LAST_CHANGES: &str = last_changes!("unnest($1::bigint[]) w(value)");

/// Cases that concern one of some offices ($6); the other arguments as the text says.
pub const CASES_OF_OFFICES: &str = cases_opened_after!(
    "(SELECT DISTINCT o.opened FROM unnest($6::bytea[]) w(office) JOIN case_offices o ON o.office = w.office
        WHERE o.opened > $1) p CROSS JOIN cases c",
    "= p.opened"
);

/// Writes a whole turn, save keys that move. Columns of entries ($1 to $16), of requests ($17, $18), numbers ($19 to $29),
/// prefixes ($30 to $33), strict keys ($34, $35), blocking keys ($36, $37), cases ($38 to $49) and matches ($50, $51), then
/// the head's size, frontier, time and epoch ($52 to $55).
pub const WRITE: &str = "
WITH new_entries AS (
    INSERT INTO entries (position, epoch, decision, slot, number, at, seal_key, kind, request_id, digest, case_id, leaf,
        office, officer, purpose, sealed)
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
        $7::bigint[], $8::bigint[], $9::bytea[], $10::bytea[], $11::bytea[], $12::bytea[], $13::bytea[], $14::bytea[],
        $15::bytea[], $16::bytea[])
), new_requests AS (
    INSERT INTO requests (request, decision) SELECT * FROM unnest($17::bytea[], $18::bigint[])
), new_numbers AS (
    INSERT INTO numbers (slot, number, state, life, replaced_by, replaces, case_id, issued_at, decision, registration, facts)
    SELECT * FROM unnest($19::bigint[], $20::bigint[], $21::bigint[], $22::bigint[], $23::bigint[], $24::bigint[],
        $25::bytea[], $26::bigint[], $27::bigint[], $28::bigint[], $29::bigint[])
), moved_prefixes AS (
    INSERT INTO prefixes (prefix, next, held, picker_key)
    SELECT * FROM unnest($30::bigint[], $31::bigint[], $32::bigint[], $33::bigint[])
    ON CONFLICT (prefix) DO UPDATE SET next = excluded.next, held = excluded.held
), new_strict_keys AS (
    INSERT INTO strict_keys (key, decision) SELECT * FROM unnest($34::bytea[], $35::bigint[])
), new_blocking_keys AS (
    INSERT INTO blocking_keys (key, decision) SELECT * FROM unnest($36::bytea[], $37::bigint[])
    ON CONFLICT DO NOTHING
), new_cases AS (
    INSERT INTO cases (case_id, kind, state, cause, decision, proposed_side, opened_at, version, slot, other, closed,
        decided_side)
    SELECT * FROM unnest($38::bytea[], $39::bigint[], $40::bigint[], $41::bigint[], $42::bigint[], $43::bigint[],
        $44::bigint[], $45::bigint[], $46::bigint[], $47::bigint[], $48::bigint[], $49::bigint[])
), new_matches AS (
    INSERT INTO case_matches (case_id, decision) SELECT * FROM unnest($50::bytea[], $51::bigint[])
)
UPDATE head SET size = $52, frontier = $53, at = $54, epoch = $55, drawn = $56, skipped = $57, skipped_year = $58,
    covered_size = $59, covered_drawn = $60, seal_key = $61, former_seal_key = $62, seal_changed = $63,
    resealed = CASE WHEN former_seal_key IS NULL THEN 0 ELSE resealed END, index_key = $64, next_index_key = $65,
    former_index_key = $66, index_since = $67, reindexed = COALESCE($68, reindexed), notes_key = $69";

/// Moves strict keys ($1) to later decisions ($2); of several moves of one key the last holds. A statement of its own: a
/// key may be taken and moved in one turn, and a statement does not see what it writes itself.
pub const MOVE: &str = "
INSERT INTO strict_keys (key, decision)
SELECT DISTINCT ON (w.key) w.key, w.decision FROM unnest($1::bytea[], $2::bigint[]) WITH ORDINALITY w(key, decision, i)
ORDER BY w.key, w.i DESC
ON CONFLICT (key) DO UPDATE SET decision = excluded.decision";

/// Puts sealed content ($3), with the ids of its keys ($2), in the place of that of entries ($1), and notes up to which entry
/// everything was sealed anew ($4). A row for each entry.
pub const RESEAL: &str = "
WITH progress AS (UPDATE head SET resealed = $4)
UPDATE entries e SET seal_key = w.seal_key, sealed = w.sealed
FROM unnest($1::bigint[], $2::bigint[], $3::bytea[]) w(position, seal_key, sealed)
WHERE e.position = w.position RETURNING e.position";

/// Deletes strict keys ($1) and blocking keys ($2), and notes how far the change of the index key has come ($3).
pub const DROP_KEYS: &str = "
WITH progress AS (UPDATE head SET reindexed = $3),
    strict AS (DELETE FROM strict_keys WHERE key = ANY($1::bytea[]))
DELETE FROM blocking_keys WHERE key = ANY($2::bytea[])";

/// Sets the mark named $1 at the time $2, unless it is set.
pub const MARK: &str = "INSERT INTO marks (name, at) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";

/// Keeps nodes of the tree that are not kept yet: levels, places and hashes.
pub const KEEP_NODES: &str = "
INSERT INTO tree_nodes (level, place, hash) SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bytea[])
ON CONFLICT DO NOTHING";

/// Records accesses that are not there yet, a column in each argument.
pub const RECORD: &str = "
INSERT INTO accesses (at, id, slot, code, office, role, officer, purpose, call)
SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bytea[], $6::text[], $7::bytea[],
    $8::bytea[], $9::text[]) ON CONFLICT DO NOTHING";

/// Changes numbers known before, and only such: columns as those of a new number ($1 to $11). A row for each.
pub const CHANGE_NUMBERS: &str = "
UPDATE numbers n SET state = w.state, life = w.life, replaced_by = w.replaced_by, replaces = w.replaces,
    case_id = w.case_id, issued_at = w.issued_at, decision = w.decision, registration = w.registration, facts = w.facts
FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bytea[], $8::bigint[],
    $9::bigint[], $10::bigint[], $11::bigint[])
    w(slot, number, state, life, replaced_by, replaces, case_id, issued_at, decision, registration, facts)
WHERE n.slot = w.slot AND n.number = w.number RETURNING n.slot";

/// Changes cases known before, and only such: id, state, version, closing entry and deciding side ($1 to $5). A row for
/// each.
pub const CHANGE_CASES: &str = "
UPDATE cases c SET state = w.state, version = w.version, closed = w.closed, decided_side = w.decided_side
FROM unnest($1::bytea[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])
    w(case_id, state, version, closed, decided_side)
WHERE c.case_id = w.case_id RETURNING c.case_id";

/// Writes the history of numbers: the columns of a number ($1 to $11), then the positions ($12).
pub const WRITE_HISTORY: &str = "
INSERT INTO number_history (slot, number, state, life, replaced_by, replaces, case_id, issued_at, decision, registration,
    facts, position)
SELECT w.slot, w.number, w.state, w.life, w.replaced_by, w.replaces, w.case_id, w.issued_at, w.decision,
    COALESCE(w.registration, w.decision), COALESCE(w.facts, w.decision), w.position
FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bytea[], $8::bigint[],
    $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[])
    w(slot, number, state, life, replaced_by, replaces, case_id, issued_at, decision, registration, facts, position)";

/// Attaches registrations ($1) to numbers ($2), with their former ones ($3); of several for one registration the last
/// holds.
pub const ATTACH: &str = "
INSERT INTO attachments (registration, slot, former)
SELECT DISTINCT ON (w.registration) w.registration, w.slot, w.former
FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) WITH ORDINALITY w(registration, slot, former, i)
ORDER BY w.registration, w.i DESC
ON CONFLICT (registration) DO UPDATE SET slot = excluded.slot, former = excluded.former";

/// Writes the offices ($1) that cases concern, by the positions at which they were opened ($2).
pub const WRITE_OFFICES: &str = "
INSERT INTO case_offices (office, opened) SELECT * FROM unnest($1::bytea[], $2::bigint[]) ON CONFLICT DO NOTHING";

/// Writes blocks, new or changed: opened, first and last slot, count, unused, expiry, closing entry, request and office ($1 to
/// $9).
pub const WRITE_BLOCKS: &str = "
INSERT INTO blocks (opened, first_slot, last_slot, count, unused, expires_at, closed, request, office)
SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
    $8::bytea[], $9::bytea[])
ON CONFLICT (request) DO UPDATE SET unused = excluded.unused, closed = excluded.closed";

/// Keeps a table of places: version ($1), time, rows, who brought it, digest and content.
pub const KEEP_PLACES: &str =
    "INSERT INTO place_tables (version, at, units, by_whom, digest, content) VALUES ($1, $2, $3, $4, $5, $6)";

//! Every statement that is this backend's own. Arguments are written `$1`, `$2` …; rows arrive as one array for each
//! column.

use crate::store::sql::known;

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
pub const FIRST_HEAD: &str = "INSERT INTO head VALUES (1, 0, $1, $2, '', $3, $4, $5, 0) ON CONFLICT DO NOTHING";

/// Begins a turn: locks the head and reads it. The lock must be a statement of its own, and everything else the turn
/// loads a later one: a statement sees what was committed when it began, and so a statement that waits for the lock does
/// not see what the turn it waited for has written. (Save the locked row itself, which is read anew.)
pub const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED;
SELECT size, epoch, schema, frontier, index_key, picker_key, seal_key, at,
    (current_setting('synchronous_standby_names') <> '')::int FROM head FOR UPDATE";

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

/// Decisions by position ($1), in the order asked.
pub const KNOWN: &str = known!(
    "unnest($1::bigint[]) WITH ORDINALITY w(position, i) JOIN entries e ON e.position = w.position
     LEFT JOIN numbers n ON n.slot = e.slot LEFT JOIN cases c ON c.case_id = e.case_id ORDER BY w.i"
);

/// Writes a whole turn, save keys that move. Columns of entries ($1 to $16), of requests ($17, $18), numbers ($19 to $27),
/// prefixes ($28 to $31), strict keys ($32, $33), blocking keys ($34, $35), cases ($36 to $43) and matches ($44, $45), then
/// the head's size, frontier, time and epoch ($46 to $49).
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
    INSERT INTO numbers (slot, number, state, life, replaced_by, replaces, case_id, issued_at, decision)
    SELECT * FROM unnest($19::bigint[], $20::bigint[], $21::bigint[], $22::bigint[], $23::bigint[], $24::bigint[],
        $25::bytea[], $26::bigint[], $27::bigint[])
), moved_prefixes AS (
    INSERT INTO prefixes (prefix, next, held, picker_key)
    SELECT * FROM unnest($28::bigint[], $29::bigint[], $30::bigint[], $31::bigint[])
    ON CONFLICT (prefix) DO UPDATE SET next = excluded.next, held = excluded.held
), new_strict_keys AS (
    INSERT INTO strict_keys (key, decision) SELECT * FROM unnest($32::bytea[], $33::bigint[])
), new_blocking_keys AS (
    INSERT INTO blocking_keys (key, decision) SELECT * FROM unnest($34::bytea[], $35::bigint[])
    ON CONFLICT DO NOTHING
), new_cases AS (
    INSERT INTO cases (case_id, kind, state, cause, decision, proposed_side, opened_at, version)
    SELECT * FROM unnest($36::bytea[], $37::bigint[], $38::bigint[], $39::bigint[], $40::bigint[], $41::bigint[],
        $42::bigint[], $43::bigint[])
), new_matches AS (
    INSERT INTO case_matches (case_id, decision) SELECT * FROM unnest($44::bytea[], $45::bigint[])
)
UPDATE head SET size = $46, frontier = $47, at = $48, epoch = $49";

/// Moves strict keys ($1) to later decisions ($2); of several moves of one key the last holds. A statement of its own: a
/// key may be taken and moved in one turn, and a statement does not see what it writes itself.
pub const MOVE: &str = "
INSERT INTO strict_keys (key, decision)
SELECT DISTINCT ON (w.key) w.key, w.decision FROM unnest($1::bytea[], $2::bigint[]) WITH ORDINALITY w(key, decision, i)
ORDER BY w.key, w.i DESC
ON CONFLICT (key) DO UPDATE SET decision = excluded.decision";

/// Sets the mark named $1 at the time $2, unless it is set.
pub const MARK: &str = "INSERT INTO marks (name, at) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";

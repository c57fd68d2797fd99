//! Every statement that is this backend's own. Arguments are written `$1`, `$2` …; rows are packed as [`super::pack`] says.

use crate::store::sql::{
    against, attached_to, blocks_at, cases_at, cases_opened_after, head, known, last_changes, matches_of, numbers_at,
    numbers_of_blocks, open_blocks_of, parties, versions_of,
};

/// Takes the write lock, then reads the head: the lock comes first, so the head cannot be an old one.
pub const BEGIN: &str = concat!("BEGIN IMMEDIATE; SELECT ", head!(), " FROM head");

/// Makes the head of an empty ledger, if there is none.
pub const FIRST_HEAD: &str = "INSERT OR IGNORE INTO head VALUES (1, 0, $1, $2, x'', $3, $4, $5, 0, 0, 0, 0, 0, 0, NULL, NULL, 0, NULL, NULL, NULL, 0, NULL)";

/// Ends a turn without a trace.
pub const ROLLBACK: &str = "ROLLBACK";

/// Looks up a turn's requests ($1 count, $2 records, $3 heap), strict keys ($4, $5), blocking keys ($6, $7) and
/// prefixes ($8, $9): rows of (what, index into the list, and up to three values).
pub const FIND: &str = "
WITH RECURSIVE n(i) AS (SELECT 0 WHERE $1 > 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $1)
SELECT 0, n.i, r.decision, 0, 0 FROM n CROSS JOIN requests r
    ON r.request = substr($3, CAST(substr($2, n.i * 40 + 1, 20) AS INTEGER), CAST(substr($2, n.i * 40 + 21, 20) AS INTEGER));
WITH RECURSIVE n(i) AS (SELECT 0 WHERE $4 > 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $4)
SELECT 1, n.i, k.decision, 0, 0 FROM n CROSS JOIN strict_keys k ON k.key = substr($5, n.i * 16 + 1, 16);
WITH RECURSIVE n(i) AS (SELECT 0 WHERE $6 > 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $6)
SELECT 2, n.i, k.decision, 0, 0 FROM n CROSS JOIN blocking_keys k ON k.key = substr($7, n.i * 16 + 1, 16);
WITH RECURSIVE n(i) AS (SELECT 0 WHERE $8 > 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $8)
SELECT 3, n.i, p.next, p.held, p.picker_key FROM n CROSS JOIN prefixes p
    ON p.prefix = CAST(substr($9, n.i * 20 + 1, 20) AS INTEGER)";

/// A list of integers as a table: $1 count, $2 records.
macro_rules! integers {
    () => {
        "(WITH RECURSIVE n(i) AS (SELECT 0 WHERE $1 > 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $1)
          SELECT CAST(substr($2, i * 20 + 1, 20) AS INTEGER) AS value FROM n) w"
    };
}

/// A list of ids as a table: $1 count, $2 records.
macro_rules! ids {
    () => {
        "(WITH RECURSIVE n(i) AS (SELECT 0 WHERE $1 > 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $1)
          SELECT substr($2, i * 16 + 1, 16) AS value FROM n) w"
    };
}

/// A list of values of any length as a table, as blobs or cast to texts: $1 count, $2 records, $3 heap.
macro_rules! values {
    ($open:literal, $close:literal) => {
        concat!(
            "(WITH RECURSIVE n(i) AS (SELECT 0 WHERE $1 > 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $1)
              SELECT ",
            $open,
            "substr($3, CAST(substr($2, i * 40 + 1, 20) AS INTEGER), CAST(substr($2, i * 40 + 21, 20) AS INTEGER))",
            $close,
            " AS value FROM n) w"
        )
    };
}

/// Decisions by position.
pub const KNOWN: &str = known!(
    concat!(integers!(), " CROSS JOIN entries e ON e.position = w.value"),
    ""
);

/// Numbers by slot.
pub const NUMBERS_AT: &str = numbers_at!(integers!());

/// Registrations attached to numbers, by slot.
pub const ATTACHED_TO: &str = attached_to!(integers!());

/// Cases by id.
pub const CASES_AT: &str = cases_at!(ids!());

/// What cases were raised against, by id.
pub const MATCHES_OF: &str = matches_of!(ids!());

/// Open cases by the decisions they were raised against.
pub const AGAINST: &str = against!(integers!());

/// Blocks by the requests that reserved them.
pub const BLOCKS_AT: &str = blocks_at!(values!("", ""));

/// Blocks of offices that are not closed.
pub const OPEN_BLOCKS_OF: &str = open_blocks_of!(values!("CAST(", " AS TEXT)"));

/// All numbers of blocks, by the entries that reserved these.
pub const NUMBERS_OF_BLOCKS: &str = numbers_of_blocks!(integers!());

/// The entries that held the facts of numbers' holders, by slot.
pub const VERSIONS_OF: &str = versions_of!(integers!());

/// The offices that cases concern, by the positions at which they were opened.
pub const PARTIES: &str = parties!(integers!());

/// The last rows of the history of numbers, by slot.
pub const LAST_CHANGES: &str = last_changes!(integers!());

/// Cases that concern one of some offices ($6 count, $7 records, $8 heap); the other arguments as the text says.
pub const CASES_OF_OFFICES: &str = cases_opened_after!(
    "(SELECT DISTINCT o.opened FROM
        (WITH RECURSIVE n(i) AS (SELECT 0 WHERE $6 > 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $6)
         SELECT CAST(substr($8, CAST(substr($7, i * 40 + 1, 20) AS INTEGER), CAST(substr($7, i * 40 + 21, 20) AS INTEGER))
            AS TEXT) AS office FROM n) w
        CROSS JOIN case_offices o WHERE o.office = w.office AND o.opened > $1) p
    CROSS JOIN cases c",
    "= p.opened"
);

/// Changes numbers known before, and only such: $1 count, $2 records as of a new number.
pub const CHANGE_NUMBERS: &str = "
WITH RECURSIVE n(i, o) AS (SELECT 0, 1 WHERE $1 > 0 UNION ALL SELECT i + 1, o + 216 FROM n WHERE i + 1 < $1)
UPDATE OR ROLLBACK numbers SET state = w.state, life = w.life, replaced_by = w.replaced_by, replaces = w.replaces,
    case_id = w.case_id, issued_at = w.issued_at, decision = w.decision, registration = NULLIF(w.registration, w.decision),
    facts = NULLIF(w.facts, w.decision)
FROM (SELECT
    CAST(substr($2, o, 20) AS INTEGER) AS slot,
    CAST(substr($2, o + 20, 20) AS INTEGER) AS number,
    CAST(substr($2, o + 40, 20) AS INTEGER) AS state,
    CAST(substr($2, o + 60, 20) AS INTEGER) AS life,
    NULLIF(CAST(substr($2, o + 80, 20) AS INTEGER), -1) AS replaced_by,
    NULLIF(CAST(substr($2, o + 100, 20) AS INTEGER), -1) AS replaces,
    CAST(substr($2, o + 120, 20) AS INTEGER) AS issued_at,
    CAST(substr($2, o + 140, 20) AS INTEGER) AS decision,
    CAST(substr($2, o + 160, 20) AS INTEGER) AS registration,
    CAST(substr($2, o + 180, 20) AS INTEGER) AS facts,
    NULLIF(substr($2, o + 200, 16), zeroblob(16)) AS case_id FROM n) w
WHERE numbers.slot = w.slot AND numbers.number = w.number";

/// Changes cases known before, and only such: $1 count, $2 records as of a new case.
pub const CHANGE_CASES: &str = "
WITH RECURSIVE n(i, o) AS (SELECT 0, 1 WHERE $1 > 0 UNION ALL SELECT i + 1, o + 236 FROM n WHERE i + 1 < $1)
UPDATE OR ROLLBACK cases SET state = w.state, version = w.version, closed = w.closed, decided_side = w.decided_side
FROM (SELECT
    substr($2, o, 16) AS case_id,
    CAST(substr($2, o + 36, 20) AS INTEGER) AS state,
    CAST(substr($2, o + 136, 20) AS INTEGER) AS version,
    NULLIF(CAST(substr($2, o + 196, 20) AS INTEGER), -1) AS closed,
    NULLIF(CAST(substr($2, o + 216, 20) AS INTEGER), -1) AS decided_side FROM n) w
WHERE cases.case_id = w.case_id";

/// Writes the history of numbers ($1 count, $2 records: the position, then the number), attachments ($3, $4), the offices that
/// cases concern ($5, $6, $7 heap), and blocks ($8, $9, $10 heap).
pub const WRITE_RARE: &str = "
WITH RECURSIVE n(i, o) AS (SELECT 0, 1 WHERE $1 > 0 UNION ALL SELECT i + 1, o + 236 FROM n WHERE i + 1 < $1)
INSERT OR ROLLBACK INTO number_history SELECT
    CAST(substr($2, o, 20) AS INTEGER),
    CAST(substr($2, o + 20, 20) AS INTEGER),
    CAST(substr($2, o + 40, 20) AS INTEGER),
    CAST(substr($2, o + 60, 20) AS INTEGER),
    CAST(substr($2, o + 80, 20) AS INTEGER),
    NULLIF(CAST(substr($2, o + 100, 20) AS INTEGER), -1),
    NULLIF(CAST(substr($2, o + 120, 20) AS INTEGER), -1),
    NULLIF(substr($2, o + 220, 16), zeroblob(16)),
    CAST(substr($2, o + 140, 20) AS INTEGER),
    CAST(substr($2, o + 160, 20) AS INTEGER),
    CAST(substr($2, o + 180, 20) AS INTEGER),
    CAST(substr($2, o + 200, 20) AS INTEGER) FROM n;
WITH RECURSIVE n(i, o) AS (SELECT 0, 1 WHERE $3 > 0 UNION ALL SELECT i + 1, o + 60 FROM n WHERE i + 1 < $3)
INSERT OR ROLLBACK INTO attachments SELECT
    CAST(substr($4, o, 20) AS INTEGER),
    CAST(substr($4, o + 20, 20) AS INTEGER),
    NULLIF(CAST(substr($4, o + 40, 20) AS INTEGER), -1) FROM n WHERE true
    ON CONFLICT (registration) DO UPDATE SET slot = excluded.slot, former = excluded.former;
WITH RECURSIVE n(i, o) AS (SELECT 0, 1 WHERE $5 > 0 UNION ALL SELECT i + 1, o + 60 FROM n WHERE i + 1 < $5)
INSERT OR IGNORE INTO case_offices SELECT
    CAST(substr($7, CAST(substr($6, o, 20) AS INTEGER), CAST(substr($6, o + 20, 20) AS INTEGER)) AS TEXT),
    CAST(substr($6, o + 40, 20) AS INTEGER) FROM n;
WITH RECURSIVE n(i, o) AS (SELECT 0, 1 WHERE $8 > 0 UNION ALL SELECT i + 1, o + 220 FROM n WHERE i + 1 < $8)
INSERT OR ROLLBACK INTO blocks SELECT
    substr($10, CAST(substr($9, o, 20) AS INTEGER), CAST(substr($9, o + 20, 20) AS INTEGER)),
    CAST(substr($10, CAST(substr($9, o + 40, 20) AS INTEGER), CAST(substr($9, o + 60, 20) AS INTEGER)) AS TEXT),
    CAST(substr($9, o + 80, 20) AS INTEGER),
    CAST(substr($9, o + 100, 20) AS INTEGER),
    CAST(substr($9, o + 120, 20) AS INTEGER),
    CAST(substr($9, o + 140, 20) AS INTEGER),
    CAST(substr($9, o + 160, 20) AS INTEGER),
    CAST(substr($9, o + 180, 20) AS INTEGER),
    NULLIF(CAST(substr($9, o + 200, 20) AS INTEGER), -1) FROM n WHERE true
    ON CONFLICT (request) DO UPDATE SET unused = excluded.unused, closed = excluded.closed";

/// Writes a whole turn and commits. A constraint that refuses a row rolls everything back (`OR ROLLBACK`): the default
/// would have SQLite keep a journal of each statement, to undo it alone, which costs a third of the turn.
///
/// Entries: $1 count, $2 records, $3 heap, $4 first position, $5 epoch, $6 time. Record: kind, decision, slot and number as
/// integers, the places and lengths of office, officer, purpose and sealed content, then request id, digest, case id (zeros
/// for none) and leaf, and the seal key. The seal key of the head is $7. The other tables follow in the order of their statements.
pub const COMMIT: &str = "
WITH RECURSIVE n(i, o) AS (SELECT 0, 1 WHERE $1 > 0 UNION ALL SELECT i + 1, o + 340 FROM n WHERE i + 1 < $1)
INSERT OR ROLLBACK INTO entries SELECT $4 + i, $5,
    CAST(substr($2, o, 20) AS INTEGER),
    CAST(substr($2, o + 20, 20) AS INTEGER),
    CAST(substr($3, CAST(substr($2, o + 80, 20) AS INTEGER), CAST(substr($2, o + 100, 20) AS INTEGER)) AS TEXT),
    substr($2, o + 240, 16),
    CAST(substr($3, CAST(substr($2, o + 120, 20) AS INTEGER), CAST(substr($2, o + 140, 20) AS INTEGER)) AS TEXT),
    CAST(substr($3, CAST(substr($2, o + 160, 20) AS INTEGER), CAST(substr($2, o + 180, 20) AS INTEGER)) AS TEXT),
    substr($2, o + 256, 16),
    NULLIF(CAST(substr($2, o + 40, 20) AS INTEGER), -1),
    NULLIF(CAST(substr($2, o + 60, 20) AS INTEGER), -1),
    NULLIF(substr($2, o + 272, 16), zeroblob(16)),
    $6,
    CAST(substr($2, o + 320, 20) AS INTEGER),
    substr($3, CAST(substr($2, o + 200, 20) AS INTEGER), CAST(substr($2, o + 220, 20) AS INTEGER)),
    substr($2, o + 288, 32) FROM n;
WITH RECURSIVE n(i, o) AS (SELECT 0, 1 WHERE $8 > 0 UNION ALL SELECT i + 1, o + 60 FROM n WHERE i + 1 < $8)
INSERT OR ROLLBACK INTO requests SELECT
    substr($10, CAST(substr($9, o, 20) AS INTEGER), CAST(substr($9, o + 20, 20) AS INTEGER)),
    CAST(substr($9, o + 40, 20) AS INTEGER) FROM n;
WITH RECURSIVE n(i, o) AS (SELECT 0, 1 WHERE $11 > 0 UNION ALL SELECT i + 1, o + 216 FROM n WHERE i + 1 < $11)
INSERT OR ROLLBACK INTO numbers SELECT
    CAST(substr($12, o, 20) AS INTEGER),
    CAST(substr($12, o + 20, 20) AS INTEGER),
    CAST(substr($12, o + 40, 20) AS INTEGER),
    CAST(substr($12, o + 60, 20) AS INTEGER),
    NULLIF(CAST(substr($12, o + 80, 20) AS INTEGER), -1),
    NULLIF(CAST(substr($12, o + 100, 20) AS INTEGER), -1),
    NULLIF(substr($12, o + 200, 16), zeroblob(16)),
    CAST(substr($12, o + 120, 20) AS INTEGER),
    CAST(substr($12, o + 140, 20) AS INTEGER),
    NULLIF(CAST(substr($12, o + 160, 20) AS INTEGER), CAST(substr($12, o + 140, 20) AS INTEGER)),
    NULLIF(CAST(substr($12, o + 180, 20) AS INTEGER), CAST(substr($12, o + 140, 20) AS INTEGER)) FROM n;
WITH RECURSIVE n(i, o) AS (SELECT 0, 1 WHERE $13 > 0 UNION ALL SELECT i + 1, o + 80 FROM n WHERE i + 1 < $13)
INSERT OR ROLLBACK INTO prefixes SELECT
    CAST(substr($14, o, 20) AS INTEGER),
    CAST(substr($14, o + 20, 20) AS INTEGER),
    CAST(substr($14, o + 40, 20) AS INTEGER),
    CAST(substr($14, o + 60, 20) AS INTEGER) FROM n WHERE true
    ON CONFLICT (prefix) DO UPDATE SET next = excluded.next, held = excluded.held;
WITH RECURSIVE n(i, o) AS (SELECT 0, 1 WHERE $15 > 0 UNION ALL SELECT i + 1, o + 36 FROM n WHERE i + 1 < $15)
INSERT OR ROLLBACK INTO strict_keys SELECT substr($16, o, 16), CAST(substr($16, o + 16, 20) AS INTEGER) FROM n;
WITH RECURSIVE n(i, o) AS (SELECT 0, 1 WHERE $17 > 0 UNION ALL SELECT i + 1, o + 36 FROM n WHERE i + 1 < $17)
INSERT OR ROLLBACK INTO strict_keys SELECT substr($18, o, 16), CAST(substr($18, o + 16, 20) AS INTEGER) FROM n WHERE true
    ON CONFLICT (key) DO UPDATE SET decision = excluded.decision;
WITH RECURSIVE n(i, o) AS (SELECT 0, 1 WHERE $19 > 0 UNION ALL SELECT i + 1, o + 36 FROM n WHERE i + 1 < $19)
INSERT OR IGNORE INTO blocking_keys SELECT substr($20, o, 16), CAST(substr($20, o + 16, 20) AS INTEGER) FROM n;
WITH RECURSIVE n(i, o) AS (SELECT 0, 1 WHERE $21 > 0 UNION ALL SELECT i + 1, o + 236 FROM n WHERE i + 1 < $21)
INSERT OR ROLLBACK INTO cases SELECT substr($22, o, 16),
    CAST(substr($22, o + 16, 20) AS INTEGER),
    CAST(substr($22, o + 36, 20) AS INTEGER),
    CAST(substr($22, o + 56, 20) AS INTEGER),
    CAST(substr($22, o + 76, 20) AS INTEGER),
    CAST(substr($22, o + 96, 20) AS INTEGER),
    NULLIF(CAST(substr($22, o + 216, 20) AS INTEGER), -1),
    CAST(substr($22, o + 116, 20) AS INTEGER),
    CAST(substr($22, o + 136, 20) AS INTEGER),
    NULLIF(CAST(substr($22, o + 156, 20) AS INTEGER), -1),
    NULLIF(CAST(substr($22, o + 176, 20) AS INTEGER), -1),
    NULLIF(CAST(substr($22, o + 196, 20) AS INTEGER), -1) FROM n;
WITH RECURSIVE n(i, o) AS (SELECT 0, 1 WHERE $23 > 0 UNION ALL SELECT i + 1, o + 36 FROM n WHERE i + 1 < $23)
INSERT OR ROLLBACK INTO case_matches SELECT substr($24, o, 16), CAST(substr($24, o + 16, 20) AS INTEGER) FROM n;
UPDATE head SET size = $25, frontier = $26, at = $27, epoch = $28, drawn = $29, skipped = $30, skipped_year = $31,
    covered_size = $32, covered_drawn = $33, seal_key = $7, former_seal_key = $34, seal_changed = $35,
    resealed = CASE WHEN former_seal_key IS NULL THEN 0 ELSE resealed END, index_key = $36, next_index_key = $37,
    former_index_key = $38, index_since = $39, reindexed = COALESCE($40, reindexed), notes_key = $41;
COMMIT";

/// Puts sealed content in the place of that of entries: $1 count, $2 records (position, seal key, and the place and length of
/// the content), $3 heap.
pub const RESEAL: &str = "
WITH RECURSIVE n(i, o) AS (SELECT 0, 1 WHERE $1 > 0 UNION ALL SELECT i + 1, o + 80 FROM n WHERE i + 1 < $1)
UPDATE OR ROLLBACK entries SET seal_key = w.seal_key, sealed = w.sealed
FROM (SELECT
    CAST(substr($2, o, 20) AS INTEGER) AS position,
    CAST(substr($2, o + 20, 20) AS INTEGER) AS seal_key,
    substr($3, CAST(substr($2, o + 40, 20) AS INTEGER), CAST(substr($2, o + 60, 20) AS INTEGER)) AS sealed FROM n) w
WHERE entries.position = w.position";

/// Notes up to which entry everything was sealed anew ($1), and commits.
pub const NOTE_RESEALED: &str = "UPDATE head SET resealed = $1; COMMIT";

/// Deletes strict keys ($1 count, $2 records) and blocking keys ($3, $4), notes how far the change of the index key has come
/// ($5), and commits.
pub const DROP_KEYS: &str = "
WITH RECURSIVE n(i) AS (SELECT 0 WHERE $1 > 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $1)
DELETE FROM strict_keys WHERE key IN (SELECT substr($2, i * 16 + 1, 16) FROM n);
WITH RECURSIVE n(i) AS (SELECT 0 WHERE $3 > 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $3)
DELETE FROM blocking_keys WHERE key IN (SELECT substr($4, i * 16 + 1, 16) FROM n);
UPDATE head SET reindexed = $5;
COMMIT";

/// Sets the mark named $1 at the time $2 unless it is set, and commits.
pub const MARK: &str = "INSERT OR IGNORE INTO marks VALUES ($1, $2); COMMIT";

/// Keeps nodes of the tree ($1 count, $2 records) that are not kept yet, and commits.
pub const KEEP_NODES: &str = "
WITH RECURSIVE n(i, o) AS (SELECT 0, 1 WHERE $1 > 0 UNION ALL SELECT i + 1, o + 72 FROM n WHERE i + 1 < $1)
INSERT OR IGNORE INTO tree_nodes SELECT
    CAST(substr($2, o, 20) AS INTEGER),
    CAST(substr($2, o + 20, 20) AS INTEGER),
    substr($2, o + 40, 32) FROM n;
COMMIT";

/// Records accesses ($1 count, $2 records, $3 heap) that are not there yet, and commits.
pub const RECORD: &str = "
WITH RECURSIVE n(i, o) AS (SELECT 0, 1 WHERE $1 > 0 UNION ALL SELECT i + 1, o + 280 FROM n WHERE i + 1 < $1)
INSERT OR IGNORE INTO accesses SELECT
    CAST(substr($2, o, 20) AS INTEGER),
    CAST(substr($2, o + 20, 20) AS INTEGER),
    NULLIF(CAST(substr($2, o + 40, 20) AS INTEGER), -1),
    CAST(substr($3, CAST(substr($2, o + 80, 20) AS INTEGER), CAST(substr($2, o + 100, 20) AS INTEGER)) AS TEXT),
    CAST(substr($3, CAST(substr($2, o + 120, 20) AS INTEGER), CAST(substr($2, o + 140, 20) AS INTEGER)) AS TEXT),
    CAST(substr($3, CAST(substr($2, o + 160, 20) AS INTEGER), CAST(substr($2, o + 180, 20) AS INTEGER)) AS TEXT),
    CAST(substr($3, CAST(substr($2, o + 200, 20) AS INTEGER), CAST(substr($2, o + 220, 20) AS INTEGER)) AS TEXT),
    CAST(substr($3, CAST(substr($2, o + 240, 20) AS INTEGER), CAST(substr($2, o + 260, 20) AS INTEGER)) AS TEXT),
    CAST(substr($2, o + 60, 20) AS INTEGER) FROM n;
COMMIT";

/// Keeps a table of places: version ($1), time, who brought it, rows, digest and content.
pub const KEEP_PLACES: &str =
    "INSERT INTO place_tables (version, at, by_whom, units, digest, content) VALUES ($1, $2, $3, $4, $5, $6)";

/// Moves the write-ahead log into the tables as far as readers allow, without holding up the writer.
pub const CHECKPOINT: &str = "PRAGMA wal_checkpoint(PASSIVE)";

/// Flushes the log, moves all of it into the tables and flushes those.
pub const SETTLE: &str = "PRAGMA wal_checkpoint(TRUNCATE)";

/// Changes nothing, yet makes a commit.
pub const TOUCH: &str = "UPDATE head SET at = at";

/// A consistent copy of the whole store into the file $1.
pub const COPY: &str = "VACUUM INTO $1";

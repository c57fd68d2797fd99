//! Every statement that is this backend's own. Arguments are written `$1`, `$2` …; rows are packed as [`super::pack`] says.

use crate::store::sql::known;

/// Takes the write lock, then reads the head: the lock comes first, so the head cannot be an old one.
pub const BEGIN: &str =
    "BEGIN IMMEDIATE; SELECT size, epoch, schema, frontier, index_key, picker_key, seal_key, at FROM head";

/// Makes the head of an empty ledger, if there is none.
pub const FIRST_HEAD: &str = "INSERT OR IGNORE INTO head VALUES (1, 0, $1, $2, x'', $3, $4, $5, 0)";

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

/// Decisions by position: $1 count, $2 records of one integer.
pub const KNOWN: &str = known!(
    "(WITH RECURSIVE n(i) AS (SELECT 0 WHERE $1 > 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $1)
      SELECT CAST(substr($2, i * 20 + 1, 20) AS INTEGER) AS position FROM n) w
     CROSS JOIN entries e ON e.position = w.position
     LEFT JOIN numbers n ON n.slot = e.slot LEFT JOIN cases c ON c.case_id = e.case_id"
);

/// Writes a whole turn and commits. A constraint that refuses a row rolls everything back (`OR ROLLBACK`): the default
/// would have SQLite keep a journal of each statement, to undo it alone, which costs a third of the turn.
///
/// Entries: $1 count, $2 records, $3 heap, $4 first position, $5 epoch, $6 time, $7 seal key. Record: kind, decision, slot and
/// number as integers, the places and lengths of office, officer, purpose and sealed content, then request id, digest,
/// case id (zeros for none) and leaf. The other tables follow in the order of their statements.
pub const COMMIT: &str = "
WITH RECURSIVE n(i, o) AS (SELECT 0, 1 WHERE $1 > 0 UNION ALL SELECT i + 1, o + 320 FROM n WHERE i + 1 < $1)
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
    $6, $7,
    substr($3, CAST(substr($2, o + 200, 20) AS INTEGER), CAST(substr($2, o + 220, 20) AS INTEGER)),
    substr($2, o + 288, 32) FROM n;
WITH RECURSIVE n(i, o) AS (SELECT 0, 1 WHERE $8 > 0 UNION ALL SELECT i + 1, o + 60 FROM n WHERE i + 1 < $8)
INSERT OR ROLLBACK INTO requests SELECT
    substr($10, CAST(substr($9, o, 20) AS INTEGER), CAST(substr($9, o + 20, 20) AS INTEGER)),
    CAST(substr($9, o + 40, 20) AS INTEGER) FROM n;
WITH RECURSIVE n(i, o) AS (SELECT 0, 1 WHERE $11 > 0 UNION ALL SELECT i + 1, o + 176 FROM n WHERE i + 1 < $11)
INSERT OR ROLLBACK INTO numbers SELECT
    CAST(substr($12, o, 20) AS INTEGER),
    CAST(substr($12, o + 20, 20) AS INTEGER),
    CAST(substr($12, o + 40, 20) AS INTEGER),
    CAST(substr($12, o + 60, 20) AS INTEGER),
    NULLIF(CAST(substr($12, o + 80, 20) AS INTEGER), -1),
    NULLIF(CAST(substr($12, o + 100, 20) AS INTEGER), -1),
    NULLIF(substr($12, o + 160, 16), zeroblob(16)),
    CAST(substr($12, o + 120, 20) AS INTEGER),
    CAST(substr($12, o + 140, 20) AS INTEGER) FROM n;
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
WITH RECURSIVE n(i, o) AS (SELECT 0, 1 WHERE $21 > 0 UNION ALL SELECT i + 1, o + 156 FROM n WHERE i + 1 < $21)
INSERT OR ROLLBACK INTO cases SELECT substr($22, o, 16),
    CAST(substr($22, o + 16, 20) AS INTEGER),
    CAST(substr($22, o + 36, 20) AS INTEGER),
    CAST(substr($22, o + 56, 20) AS INTEGER),
    CAST(substr($22, o + 76, 20) AS INTEGER),
    CAST(substr($22, o + 96, 20) AS INTEGER),
    NULL,
    CAST(substr($22, o + 116, 20) AS INTEGER),
    CAST(substr($22, o + 136, 20) AS INTEGER) FROM n;
WITH RECURSIVE n(i, o) AS (SELECT 0, 1 WHERE $23 > 0 UNION ALL SELECT i + 1, o + 36 FROM n WHERE i + 1 < $23)
INSERT OR ROLLBACK INTO case_matches SELECT substr($24, o, 16), CAST(substr($24, o + 16, 20) AS INTEGER) FROM n;
UPDATE head SET size = $25, frontier = $26, at = $27, epoch = $28;
COMMIT";

/// Sets the mark named $1 at the time $2 unless it is set, and commits.
pub const MARK: &str = "INSERT OR IGNORE INTO marks VALUES ($1, $2); COMMIT";

/// Moves the write-ahead log into the tables as far as readers allow, without holding up the writer.
pub const CHECKPOINT: &str = "PRAGMA wal_checkpoint(PASSIVE)";

/// Flushes the log, moves all of it into the tables and flushes those.
pub const SETTLE: &str = "PRAGMA wal_checkpoint(TRUNCATE)";

/// Changes nothing, yet makes a commit.
pub const TOUCH: &str = "UPDATE head SET at = at";

/// A consistent copy of the whole store into the file $1.
pub const COPY: &str = "VACUUM INTO $1";

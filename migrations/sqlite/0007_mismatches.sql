-- Cases about mismatches with another registry (causes 12 to 14): they leave the number as it is, so there may be another
-- about the same number, and a change of its holder's facts or its confirmation may close them by itself. SQLite changes no
-- check of a table, so the table is made anew. Servers of before know nothing of their entries: the schema keeps these out.
CREATE TABLE cases_anew (
    case_id       BLOB    NOT NULL PRIMARY KEY CHECK (length(case_id) = 16),
    kind          INTEGER NOT NULL,
    state         INTEGER NOT NULL,
    cause         INTEGER NOT NULL,
    decision      INTEGER NOT NULL,
    proposed_side INTEGER NOT NULL,
    decided_side  INTEGER,
    opened_at     INTEGER NOT NULL,
    version       INTEGER NOT NULL,
    slot          INTEGER,
    other         INTEGER,
    closed        INTEGER,
    CHECK (decided_side IS NULL OR decided_side <> proposed_side),
    CHECK ((closed IS NULL) = (state = 1)
        AND (state IN (2, 3) OR decided_side IS NULL)
        AND (state NOT IN (2, 3) OR decided_side IS NOT NULL OR kind = 3 OR cause IN (12, 14)))
) STRICT, WITHOUT ROWID;
INSERT INTO cases_anew
SELECT case_id, kind, state, cause, decision, proposed_side, decided_side, opened_at, version, slot, other, closed FROM cases;
DROP TABLE cases;
ALTER TABLE cases_anew RENAME TO cases;
CREATE UNIQUE INDEX cases_by_opening ON cases (decision);
-- One open case a number, beside those.
CREATE UNIQUE INDEX cases_one_open_a_number ON cases (slot)
    WHERE state = 1 AND slot IS NOT NULL AND cause NOT IN (12, 13, 14);

UPDATE head SET schema = 4;

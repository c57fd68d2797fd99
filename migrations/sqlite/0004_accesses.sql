-- Who asked for personal data, when and what for: a row for each number a call was about, and one for a call that was about
-- none. Nothing is decided by it, and nothing in it ever changes.
CREATE TABLE accesses (
    at      INTEGER NOT NULL,
    id      INTEGER NOT NULL,
    slot    INTEGER,
    office  TEXT    NOT NULL,
    role    TEXT    NOT NULL,
    officer TEXT    NOT NULL,
    purpose TEXT    NOT NULL,
    call    TEXT    NOT NULL,
    code    INTEGER NOT NULL,
    PRIMARY KEY (at, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX accesses_by_slot ON accesses (slot, at, id) WHERE slot IS NOT NULL;
CREATE INDEX accesses_by_office ON accesses (office, at, id);

CREATE TRIGGER accesses_are_never_deleted BEFORE DELETE ON accesses
BEGIN
    SELECT RAISE(ABORT, 'accesses are never deleted');
END;

CREATE TRIGGER accesses_are_never_changed BEFORE UPDATE ON accesses
BEGIN
    SELECT RAISE(ABORT, 'accesses are never changed');
END;

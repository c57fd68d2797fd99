-- The ledger and the state derived from it. Times are microseconds since 1970-01-01 UTC; codes are those of the
-- enumerations of the same name in the program.

-- One row: where the ledger stands, and which keys and forms it was written with (the fence).
CREATE TABLE head (
    id         INTEGER PRIMARY KEY CHECK (id = 1),
    size       INTEGER NOT NULL,
    epoch      INTEGER NOT NULL,
    schema     INTEGER NOT NULL,
    frontier   BLOB    NOT NULL,
    index_key  INTEGER NOT NULL,
    picker_key INTEGER NOT NULL,
    seal_key   INTEGER NOT NULL,
    at         INTEGER NOT NULL
) STRICT;

-- The record of all decisions. `decision` is the entry that decided the registration: this one, or for a further
-- request id bound to a known registration, the first.
CREATE TABLE entries (
    position   INTEGER PRIMARY KEY,
    epoch      INTEGER NOT NULL,
    kind       INTEGER NOT NULL,
    decision   INTEGER NOT NULL,
    office     TEXT    NOT NULL,
    request_id BLOB    NOT NULL CHECK (length(request_id) = 16),
    officer    TEXT    NOT NULL,
    purpose    TEXT    NOT NULL,
    digest     BLOB    NOT NULL CHECK (length(digest) = 16),
    slot       INTEGER,
    number     INTEGER,
    case_id    BLOB    CHECK (length(case_id) = 16),
    at         INTEGER NOT NULL,
    seal_key   INTEGER NOT NULL,
    sealed     BLOB    NOT NULL,
    leaf       BLOB    NOT NULL CHECK (length(leaf) = 32),
    CHECK ((slot IS NULL) = (number IS NULL))
) STRICT;

CREATE TRIGGER entries_are_never_deleted BEFORE DELETE ON entries
BEGIN
    SELECT RAISE(ABORT, 'ledger entries are never deleted');
END;

-- Sealed content may be sealed anew under another key; nothing else of an entry ever changes.
CREATE TRIGGER entries_are_never_changed
BEFORE UPDATE OF position, epoch, kind, decision, office, request_id, officer, purpose, digest, slot, number, case_id,
    at, leaf ON entries
BEGIN
    SELECT RAISE(ABORT, 'ledger entries are never changed');
END;

-- Request ids ever decided: the id, then the office's code. The id leads, so that ids made in the order of time
-- (UUID version 7) arrive at one end of the index.
CREATE TABLE requests (
    request  BLOB    NOT NULL PRIMARY KEY,
    decision INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Numbers ever given, reserved or heard of, by slot: their place in the order of the picker.
CREATE TABLE numbers (
    slot        INTEGER PRIMARY KEY,
    number      INTEGER NOT NULL,
    state       INTEGER NOT NULL,
    life        INTEGER NOT NULL,
    replaced_by INTEGER,
    replaces    INTEGER,
    case_id     BLOB,
    issued_at   INTEGER NOT NULL,
    decision    INTEGER NOT NULL
) STRICT;

CREATE TRIGGER numbers_are_never_deleted BEFORE DELETE ON numbers
BEGIN
    SELECT RAISE(ABORT, 'numbers are never deleted');
END;

CREATE TRIGGER numbers_keep_their_digits BEFORE UPDATE OF slot, number ON numbers
BEGIN
    SELECT RAISE(ABORT, 'the digits of a number never change');
END;

-- For each prefix: the picker's next counter, and how many numbers at or past it came from elsewhere.
CREATE TABLE prefixes (
    prefix     INTEGER PRIMARY KEY,
    next       INTEGER NOT NULL CHECK (next BETWEEN 0 AND 1000000),
    held       INTEGER NOT NULL CHECK (held >= 0),
    picker_key INTEGER NOT NULL
) STRICT;

-- Keys that only one registration can hold: its reference, and the child while its number stands.
CREATE TABLE strict_keys (
    key      BLOB    NOT NULL PRIMARY KEY,
    decision INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Keys by which likely doubles are found; several registrations may share one.
CREATE TABLE blocking_keys (
    key      BLOB    NOT NULL,
    decision INTEGER NOT NULL,
    PRIMARY KEY (key, decision)
) STRICT, WITHOUT ROWID;

-- Matters that the two sides must settle. `decision` is the entry that waits for it.
CREATE TABLE cases (
    case_id       BLOB    NOT NULL PRIMARY KEY CHECK (length(case_id) = 16),
    kind          INTEGER NOT NULL,
    state         INTEGER NOT NULL,
    cause         INTEGER NOT NULL,
    decision      INTEGER NOT NULL,
    proposed_side INTEGER NOT NULL,
    decided_side  INTEGER,
    opened_at     INTEGER NOT NULL,
    version       INTEGER NOT NULL,
    CHECK (decided_side IS NULL OR decided_side <> proposed_side)
) STRICT, WITHOUT ROWID;

-- The decisions a case was raised against.
CREATE TABLE case_matches (
    case_id  BLOB    NOT NULL,
    decision INTEGER NOT NULL,
    PRIMARY KEY (case_id, decision)
) STRICT, WITHOUT ROWID;

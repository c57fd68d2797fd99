-- Numbers set apart for missions.

-- By the request that reserved it (its id, then the office's code). All numbers of a block lie between its first and its last
-- slot, and name the entry that reserved it as their decision. `unused`: how many are neither settled nor under review.
CREATE TABLE blocks (
    request    BLOB    NOT NULL PRIMARY KEY,
    office     TEXT    NOT NULL,
    opened     INTEGER NOT NULL UNIQUE,
    first_slot INTEGER NOT NULL,
    last_slot  INTEGER NOT NULL,
    count      INTEGER NOT NULL,
    unused     INTEGER NOT NULL CHECK (unused BETWEEN 0 AND count),
    expires_at INTEGER NOT NULL,
    closed     INTEGER,
    CHECK (closed IS NULL OR unused = 0)
) STRICT, WITHOUT ROWID;
CREATE INDEX blocks_open_by_office ON blocks (office) WHERE closed IS NULL;

CREATE TRIGGER blocks_are_never_deleted BEFORE DELETE ON blocks
BEGIN
    SELECT RAISE(ABORT, 'blocks are never deleted');
END;

CREATE TRIGGER blocks_keep_their_numbers
BEFORE UPDATE OF request, office, opened, first_slot, last_slot, count, expires_at ON blocks
WHEN (OLD.request, OLD.office, OLD.opened, OLD.first_slot, OLD.last_slot, OLD.count, OLD.expires_at)
    IS NOT (NEW.request, NEW.office, NEW.opened, NEW.first_slot, NEW.last_slot, NEW.count, NEW.expires_at)
BEGIN
    SELECT RAISE(ABORT, 'the numbers of a block never change');
END;

CREATE TRIGGER closed_blocks_stay_closed BEFORE UPDATE OF closed ON blocks
WHEN OLD.closed IS NOT NULL AND NEW.closed IS NOT OLD.closed
BEGIN
    SELECT RAISE(ABORT, 'a closed block stays closed');
END;

-- What a mission was given is never set apart again once somebody holds it.
CREATE TRIGGER numbers_are_reserved_once BEFORE UPDATE OF state ON numbers
WHEN OLD.state <> 1 AND NEW.state = 1
BEGIN
    SELECT RAISE(ABORT, 'a number is reserved only before it is given');
END;

UPDATE head SET schema = 3;

-- The journal of one mission: its blocks and what was handed out of them. Everything that tells of a person is sealed.

-- How the passphrase becomes a key, and what the mission is.
CREATE TABLE setup (
    one        INTEGER PRIMARY KEY CHECK (one = 1),
    salt       BLOB    NOT NULL CHECK (length(salt) = 16),
    memory_kib INTEGER NOT NULL,
    passes     INTEGER NOT NULL,
    -- Sealed: office, public key, days to keep.
    content    BLOB    NOT NULL,
    -- The latest time seen, in microseconds since 1970-01-01 UTC: a clock that is set back moves nothing back.
    latest     INTEGER NOT NULL
) STRICT;

-- A block, from the moment it is to be asked for.
CREATE TABLE blocks (
    -- The id of the request that reserves it.
    id         BLOB    PRIMARY KEY CHECK (length(id) = 16),
    -- asked, open, doubted (an old copy of this journal was put back), closed.
    state      TEXT    NOT NULL CHECK (state IN ('asked', 'open', 'doubted', 'closed')),
    -- The request, sealed.
    asked      BLOB    NOT NULL,
    -- The first six digits of its numbers.
    prefix     INTEGER NOT NULL,
    -- Until when they may be handed out, in microseconds.
    expires_at INTEGER NOT NULL,
    numbers    INTEGER NOT NULL,
    -- How many were handed out: the next is at this place.
    next       INTEGER NOT NULL DEFAULT 0 CHECK (next BETWEEN 0 AND numbers),
    -- The signed note, sealed; from the answer on.
    note       BLOB,
    -- The id of the request that closes it, once it is to be closed.
    closing    BLOB CHECK (length(closing) = 16)
) STRICT, WITHOUT ROWID;

CREATE INDEX blocks_by_prefix ON blocks (prefix, expires_at);

-- A number that was handed out.
CREATE TABLE items (
    -- The order in which they were.
    turn       INTEGER PRIMARY KEY,
    -- The id under which it is settled, for ever.
    request_id BLOB    NOT NULL UNIQUE CHECK (length(request_id) = 16),
    -- A keyed digest of its place in the book.
    entry      BLOB    NOT NULL,
    block_id   BLOB    NOT NULL REFERENCES blocks (id),
    place      INTEGER NOT NULL,
    state      TEXT    NOT NULL CHECK (state IN
        ('kept', 'sent', 'under_review', 'waiting', 'refused', 'settled', 'rejected', 'void', 'purged')),
    -- When it came to that state, in microseconds.
    since      INTEGER NOT NULL,
    -- The birth and the number, sealed; not there once purged.
    content    BLOB,
    -- What the service answered last, sealed.
    answer     BLOB,
    CHECK ((state = 'purged') = (content IS NULL)),
    -- No number is handed out twice.
    UNIQUE (block_id, place)
) STRICT;

-- No entry of a book has two numbers.
CREATE UNIQUE INDEX one_number_an_entry ON items (entry) WHERE state NOT IN ('void');

CREATE TRIGGER numbers_are_not_taken_back BEFORE UPDATE OF next ON blocks
WHEN new.next < old.next
BEGIN
    SELECT RAISE (ABORT, 'a number that was handed out stays so');
END;

CREATE TRIGGER items_stay BEFORE DELETE ON items
BEGIN
    SELECT RAISE (ABORT, 'what was handed out stays known');
END;

CREATE TRIGGER numbers_stay BEFORE UPDATE OF request_id, block_id, place ON items
BEGIN
    SELECT RAISE (ABORT, 'a number stays with its request');
END;

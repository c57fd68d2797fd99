-- The ledger and the state derived from it. Times are microseconds since 1970-01-01 UTC; codes are those of the
-- enumerations of the same name in the program. Texts that callers chose are kept as the bytes of their UTF-8, because
-- TEXT cannot hold every string: read them with convert_from(office, 'UTF8').

-- One row: where the ledger stands, and which keys and forms it was written with (the fence). Every turn locks it and
-- changes it; the room left on its page keeps each new version there (HOT), so that no index is touched.
CREATE TABLE head (
    id         SMALLINT PRIMARY KEY CHECK (id = 1),
    size       BIGINT   NOT NULL,
    epoch      BIGINT   NOT NULL,
    schema     BIGINT   NOT NULL,
    frontier   BYTEA    NOT NULL,
    index_key  BIGINT   NOT NULL,
    picker_key BIGINT   NOT NULL,
    seal_key   BIGINT   NOT NULL,
    at         BIGINT   NOT NULL
) WITH (fillfactor = 10);

-- The record of all decisions. `decision` is the entry that decided the registration: this one, or for a further
-- request id bound to a known registration, the first.
CREATE TABLE entries (
    position   BIGINT   NOT NULL PRIMARY KEY,
    epoch      BIGINT   NOT NULL,
    decision   BIGINT   NOT NULL,
    slot       BIGINT,
    number     BIGINT,
    at         BIGINT   NOT NULL,
    seal_key   BIGINT   NOT NULL,
    kind       SMALLINT NOT NULL,
    request_id BYTEA    NOT NULL CHECK (octet_length(request_id) = 16),
    digest     BYTEA    NOT NULL CHECK (octet_length(digest) = 16),
    case_id    BYTEA    CHECK (octet_length(case_id) = 16),
    leaf       BYTEA    NOT NULL CHECK (octet_length(leaf) = 32),
    office     BYTEA    NOT NULL,
    officer    BYTEA    NOT NULL,
    purpose    BYTEA    NOT NULL,
    -- Ciphertext: it does not compress.
    sealed     BYTEA    NOT NULL,
    CHECK ((slot IS NULL) = (number IS NULL))
);
ALTER TABLE entries ALTER COLUMN sealed SET STORAGE EXTERNAL;

-- Refuses what a trigger guards, in the words it is given.
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE = TG_ARGV[0];
END
$$;

CREATE TRIGGER entries_are_never_deleted BEFORE DELETE ON entries
FOR EACH ROW EXECUTE FUNCTION refuse('ledger entries are never deleted');

CREATE TRIGGER entries_are_never_emptied BEFORE TRUNCATE ON entries
FOR EACH STATEMENT EXECUTE FUNCTION refuse('ledger entries are never deleted');

-- Sealed content may be sealed anew under another key; nothing else of an entry ever changes.
CREATE TRIGGER entries_are_never_changed
BEFORE UPDATE OF position, epoch, decision, slot, number, at, kind, request_id, digest, case_id, leaf, office, officer,
    purpose ON entries
FOR EACH ROW EXECUTE FUNCTION refuse('ledger entries are never changed');

-- Request ids ever decided: the id, then the office's code. The id leads, so that ids made in the order of time
-- (UUID version 7) arrive at one end of the index.
CREATE TABLE requests (
    decision BIGINT NOT NULL,
    request  BYTEA  NOT NULL PRIMARY KEY
);

-- Numbers ever given, reserved or heard of, by slot: their place in the order of the picker.
CREATE TABLE numbers (
    slot        BIGINT   NOT NULL PRIMARY KEY,
    number      BIGINT   NOT NULL,
    replaced_by BIGINT,
    replaces    BIGINT,
    issued_at   BIGINT   NOT NULL,
    decision    BIGINT   NOT NULL,
    state       SMALLINT NOT NULL,
    life        SMALLINT NOT NULL,
    case_id     BYTEA
);

CREATE TRIGGER numbers_are_never_deleted BEFORE DELETE ON numbers
FOR EACH ROW EXECUTE FUNCTION refuse('numbers are never deleted');

CREATE TRIGGER numbers_are_never_emptied BEFORE TRUNCATE ON numbers
FOR EACH STATEMENT EXECUTE FUNCTION refuse('numbers are never deleted');

CREATE TRIGGER numbers_keep_their_digits BEFORE UPDATE OF slot, number ON numbers
FOR EACH ROW EXECUTE FUNCTION refuse('the digits of a number never change');

-- For each prefix: the picker's next counter, and how many numbers at or past it came from elsewhere. A row changes with
-- every turn that draws from it, so its page has room, as that of the head.
CREATE TABLE prefixes (
    prefix     BIGINT  NOT NULL PRIMARY KEY,
    next       INTEGER NOT NULL CHECK (next BETWEEN 0 AND 1000000),
    held       INTEGER NOT NULL CHECK (held >= 0),
    picker_key BIGINT  NOT NULL
) WITH (fillfactor = 20);

-- Keys that only one registration can hold: its reference, and the child while its number stands.
CREATE TABLE strict_keys (
    decision BIGINT NOT NULL,
    key      BYTEA  NOT NULL PRIMARY KEY
);

-- Keys by which likely doubles are found; several registrations may share one.
CREATE TABLE blocking_keys (
    decision BIGINT NOT NULL,
    key      BYTEA  NOT NULL,
    PRIMARY KEY (key, decision)
);

-- Matters that the two sides must settle. `decision` is the entry that waits for it.
CREATE TABLE cases (
    case_id       BYTEA    NOT NULL PRIMARY KEY CHECK (octet_length(case_id) = 16),
    decision      BIGINT   NOT NULL,
    opened_at     BIGINT   NOT NULL,
    version       BIGINT   NOT NULL,
    kind          SMALLINT NOT NULL,
    state         SMALLINT NOT NULL,
    cause         SMALLINT NOT NULL,
    proposed_side SMALLINT NOT NULL,
    decided_side  SMALLINT,
    CHECK (decided_side IS NULL OR decided_side <> proposed_side)
);

-- The decisions a case was raised against.
CREATE TABLE case_matches (
    case_id  BYTEA  NOT NULL,
    decision BIGINT NOT NULL,
    PRIMARY KEY (case_id, decision)
);

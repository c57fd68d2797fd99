-- Who asked for personal data, when and what for: a row for each number a call was about, and one for a call that was about
-- none. Nothing is decided by it, and nothing in it ever changes.
CREATE TABLE accesses (
    at      BIGINT   NOT NULL,
    id      BIGINT   NOT NULL,
    slot    BIGINT,
    code    SMALLINT NOT NULL,
    office  BYTEA    NOT NULL,
    role    TEXT     NOT NULL,
    officer BYTEA    NOT NULL,
    purpose BYTEA    NOT NULL,
    call    TEXT     NOT NULL,
    PRIMARY KEY (at, id)
);
CREATE INDEX accesses_by_slot ON accesses (slot, at, id) WHERE slot IS NOT NULL;
CREATE INDEX accesses_by_office ON accesses (office, at, id);

CREATE TRIGGER accesses_are_never_deleted BEFORE DELETE ON accesses
FOR EACH ROW EXECUTE FUNCTION refuse('accesses are never deleted');

CREATE TRIGGER accesses_are_never_emptied BEFORE TRUNCATE ON accesses
FOR EACH STATEMENT EXECUTE FUNCTION refuse('accesses are never deleted');

CREATE TRIGGER accesses_are_never_changed BEFORE UPDATE ON accesses
FOR EACH ROW EXECUTE FUNCTION refuse('accesses are never changed');

-- Numbers set apart for missions.

-- By the request that reserved it (its id, then the office's code). All numbers of a block lie between its first and its last
-- slot, and name the entry that reserved it as their decision. `unused`: how many are neither settled nor under review.
CREATE TABLE blocks (
    opened     BIGINT NOT NULL UNIQUE,
    first_slot BIGINT NOT NULL,
    last_slot  BIGINT NOT NULL,
    count      BIGINT NOT NULL,
    unused     BIGINT NOT NULL CHECK (unused BETWEEN 0 AND count),
    expires_at BIGINT NOT NULL,
    closed     BIGINT,
    request    BYTEA  NOT NULL PRIMARY KEY,
    office     BYTEA  NOT NULL,
    CHECK (closed IS NULL OR unused = 0)
);
CREATE INDEX blocks_open_by_office ON blocks (office) WHERE closed IS NULL;

CREATE TRIGGER blocks_are_never_deleted BEFORE DELETE ON blocks
FOR EACH ROW EXECUTE FUNCTION refuse('blocks are never deleted');

CREATE TRIGGER blocks_are_never_emptied BEFORE TRUNCATE ON blocks
FOR EACH STATEMENT EXECUTE FUNCTION refuse('blocks are never deleted');

CREATE TRIGGER blocks_keep_their_numbers BEFORE UPDATE ON blocks
FOR EACH ROW WHEN (
    (OLD.request, OLD.office, OLD.opened, OLD.first_slot, OLD.last_slot, OLD.count, OLD.expires_at)
    IS DISTINCT FROM
    (NEW.request, NEW.office, NEW.opened, NEW.first_slot, NEW.last_slot, NEW.count, NEW.expires_at)
) EXECUTE FUNCTION refuse('the numbers of a block never change');

CREATE TRIGGER closed_blocks_stay_closed BEFORE UPDATE ON blocks
FOR EACH ROW WHEN (OLD.closed IS NOT NULL AND NEW.closed IS DISTINCT FROM OLD.closed)
EXECUTE FUNCTION refuse('a closed block stays closed');

-- What a mission was given is never set apart again once somebody holds it.
CREATE TRIGGER numbers_are_reserved_once BEFORE UPDATE OF state ON numbers
FOR EACH ROW WHEN (OLD.state <> 1 AND NEW.state = 1)
EXECUTE FUNCTION refuse('a number is reserved only before it is given');

UPDATE head SET schema = 3;

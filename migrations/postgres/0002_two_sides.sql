-- What the two sides do with numbers after they were given: cases of every kind, further registrations of one number, and
-- the history of each number.

-- The entry that holds the registration a number was given for, and the one that holds its holder's present facts; empty
-- where it is the entry that gave it. Empty columns take no room, so that a birth stays as small as it was.
ALTER TABLE numbers ADD COLUMN registration BIGINT;
ALTER TABLE numbers ADD COLUMN facts BIGINT;

-- Every number that an entry changed, or gave otherwise than to its own registration, as that entry left it.
CREATE TABLE number_history (
    position     BIGINT   NOT NULL,
    slot         BIGINT   NOT NULL,
    number       BIGINT   NOT NULL,
    replaced_by  BIGINT,
    replaces     BIGINT,
    issued_at    BIGINT   NOT NULL,
    decision     BIGINT   NOT NULL,
    registration BIGINT   NOT NULL,
    facts        BIGINT   NOT NULL,
    state        SMALLINT NOT NULL,
    life         SMALLINT NOT NULL,
    case_id      BYTEA,
    PRIMARY KEY (position, slot)
);
CREATE INDEX number_history_by_slot ON number_history (slot, position);

CREATE TRIGGER number_history_is_never_deleted BEFORE DELETE ON number_history
FOR EACH ROW EXECUTE FUNCTION refuse('the history of numbers is never deleted');

CREATE TRIGGER number_history_is_never_emptied BEFORE TRUNCATE ON number_history
FOR EACH STATEMENT EXECUTE FUNCTION refuse('the history of numbers is never deleted');

CREATE TRIGGER number_history_is_never_changed BEFORE UPDATE ON number_history
FOR EACH ROW EXECUTE FUNCTION refuse('the history of numbers is never changed');

-- A number once revoked stays so: nothing gives it back.
CREATE TRIGGER revoked_numbers_stay_revoked BEFORE UPDATE OF state ON numbers
FOR EACH ROW WHEN (OLD.state = 5 AND NEW.state <> 5) EXECUTE FUNCTION refuse('a revoked number stays revoked');

-- Registrations that have a number by a later decision than their own. `former`: the number they were told of before, where
-- another person keeps that one.
CREATE TABLE attachments (
    registration BIGINT NOT NULL PRIMARY KEY,
    slot         BIGINT NOT NULL,
    former       BIGINT
);
CREATE INDEX attachments_by_slot ON attachments (slot);

-- The number a case is about, the other number of a pair, and the entry that closed it. Who decides is never on the side
-- that proposed; only a case that the service opened for a registration may close by itself.
ALTER TABLE cases ADD COLUMN slot BIGINT;
ALTER TABLE cases ADD COLUMN other BIGINT;
ALTER TABLE cases ADD COLUMN closed BIGINT
    CHECK ((closed IS NULL) = (state = 1)
        AND (state IN (2, 3) OR decided_side IS NULL)
        AND (state NOT IN (2, 3) OR decided_side IS NOT NULL OR kind = 3));
CREATE UNIQUE INDEX cases_by_opening ON cases (decision);
-- One open case a number.
CREATE UNIQUE INDEX cases_one_open_a_number ON cases (slot) WHERE state = 1 AND slot IS NOT NULL;
CREATE INDEX case_matches_by_decision ON case_matches (decision);

-- The offices that a case concerns, by the entry that opened it.
CREATE TABLE case_offices (
    opened BIGINT NOT NULL,
    office BYTEA  NOT NULL,
    PRIMARY KEY (office, opened)
);
CREATE INDEX case_offices_by_opening ON case_offices (opened);
INSERT INTO case_offices (office, opened)
    SELECT e.office, c.decision FROM cases c JOIN entries e ON e.position = c.decision;

UPDATE head SET schema = 2;

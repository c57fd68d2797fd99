-- Tables of districts and communes, as operators brought them: each version whole, the last one in force. Nothing is decided
-- by them, and what was in force before stays.
CREATE TABLE place_tables (
    version BIGINT NOT NULL PRIMARY KEY CHECK (version > 0),
    at      BIGINT NOT NULL,
    units   BIGINT NOT NULL,
    by_whom BYTEA  NOT NULL,
    digest  BYTEA  NOT NULL,
    content BYTEA  NOT NULL
);

CREATE TRIGGER place_tables_are_never_deleted BEFORE DELETE ON place_tables
FOR EACH ROW EXECUTE FUNCTION refuse('tables of places are never deleted');

CREATE TRIGGER place_tables_are_never_emptied BEFORE TRUNCATE ON place_tables
FOR EACH STATEMENT EXECUTE FUNCTION refuse('tables of places are never deleted');

CREATE TRIGGER place_tables_are_never_changed BEFORE UPDATE ON place_tables
FOR EACH ROW EXECUTE FUNCTION refuse('tables of places are never changed');

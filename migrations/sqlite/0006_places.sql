-- Tables of districts and communes, as operators brought them: each version whole, the last one in force. Nothing is decided
-- by them, and what was in force before stays.
CREATE TABLE place_tables (
    version INTEGER NOT NULL PRIMARY KEY CHECK (version > 0),
    at      INTEGER NOT NULL,
    by_whom TEXT    NOT NULL,
    units   INTEGER NOT NULL,
    digest  BLOB    NOT NULL,
    content BLOB    NOT NULL
) STRICT;

CREATE TRIGGER place_tables_are_never_deleted BEFORE DELETE ON place_tables
BEGIN
    SELECT RAISE(ABORT, 'tables of places are never deleted');
END;

CREATE TRIGGER place_tables_are_never_changed BEFORE UPDATE ON place_tables
BEGIN
    SELECT RAISE(ABORT, 'tables of places are never changed');
END;

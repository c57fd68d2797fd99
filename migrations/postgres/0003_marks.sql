-- What is to be remembered of a store for ever, once it has happened, with the time of the first time.
CREATE TABLE marks (
    name TEXT   NOT NULL PRIMARY KEY,
    at   BIGINT NOT NULL
);

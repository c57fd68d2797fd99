-- Fills the tables of a store just begun as :rows births of past years would have, at a million a year, so that the rate
-- on a large store can be measured without waiting for millions of births. Keys are led as the real ones are: by the day
-- of birth, the half-year of the mother, the book year, each a lead of three bytes that look random.
--
-- For measuring only. The entries are not sealed and their tree is not theirs: `verify` finds such a store broken. The
-- number of rows is a power of two, so that the tree over them has one root, which can be anything.
CREATE FUNCTION pg_temp.lead(what text) RETURNS bytea LANGUAGE sql IMMUTABLE AS
    $$ SELECT substr(sha256(convert_to(what, 'UTF8')), 1, 3) $$;
CREATE FUNCTION pg_temp.tail(what text, i bigint) RETURNS bytea LANGUAGE sql IMMUTABLE AS
    $$ SELECT substr(sha256(convert_to(what || i, 'UTF8')), 1, 13) $$;
CREATE TEMPORARY TABLE leads AS
    SELECT 'day' AS kind, day, pg_temp.lead('day' || day) AS lead FROM generate_series(0, :rows / 2740) day
    UNION ALL SELECT 'half', half, pg_temp.lead('half' || half) FROM generate_series(0, :rows / 500000) half
    UNION ALL SELECT 'year', year, pg_temp.lead('year' || year) FROM generate_series(0, :rows / 1000000) year;
CREATE TEMPORARY TABLE births AS
    SELECT i, d.lead AS of_day, h.lead AS of_half, y.lead AS of_year
    FROM generate_series(2, :rows) i
    JOIN leads d ON d.kind = 'day' AND d.day = i / 2740
    JOIN leads h ON h.kind = 'half' AND h.day = i / 500000
    JOIN leads y ON y.kind = 'year' AND y.day = i / 1000000;
ANALYZE births;

ALTER TABLE requests DROP CONSTRAINT requests_pkey;
INSERT INTO requests (decision, request)
    SELECT i, int8send(1700000000000000 + i) || substr(pg_temp.tail('request', i), 1, 8) || convert_to('26734', 'UTF8')
    FROM births;
ALTER TABLE requests ADD PRIMARY KEY (request);

ALTER TABLE strict_keys DROP CONSTRAINT strict_keys_pkey;
INSERT INTO strict_keys (decision, key) SELECT i, of_year || pg_temp.tail('reference', i) FROM births;
INSERT INTO strict_keys (decision, key) SELECT i, of_day || pg_temp.tail('subject', i) FROM births;
ALTER TABLE strict_keys ADD PRIMARY KEY (key);

ALTER TABLE blocking_keys DROP CONSTRAINT blocking_keys_pkey;
INSERT INTO blocking_keys (decision, key) SELECT i, of_day || pg_temp.tail('child', i) FROM births;
INSERT INTO blocking_keys (decision, key) SELECT i, of_half || pg_temp.tail('mother by number', i) FROM births;
INSERT INTO blocking_keys (decision, key) SELECT i, of_half || pg_temp.tail('mother by name', i) FROM births;
ALTER TABLE blocking_keys ADD PRIMARY KEY (key, decision);

-- Half a million numbers a prefix, in prefixes from which no birth of today draws.
INSERT INTO numbers (slot, number, issued_at, decision, state, life)
    SELECT 1000000000000 + (i / 500000) * 1000000 + i % 500000, i, 0, i, 2, 1 FROM births ORDER BY i;
INSERT INTO entries (position, epoch, decision, slot, number, at, seal_key, kind, request_id, digest, leaf, office,
        officer, purpose, sealed)
    SELECT i, 1, i, 1000000000000 + (i / 500000) * 1000000 + i % 500000, i, 0, 0, 1,
        substr(pg_temp.tail('id', i) || '\x000000', 1, 16), substr(pg_temp.tail('digest', i) || '\x000000', 1, 16),
        sha256(int8send(i)), '26734', '', '', sha256(int8send(i)) || sha256(int8send(-i))
    FROM births ORDER BY i;
UPDATE head SET size = :rows, frontier = sha256('any');
DROP TABLE births, leads;
VACUUM (ANALYZE);
CHECKPOINT

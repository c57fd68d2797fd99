-- What the rollback guard goes by: how many counters were ever drawn, and what recoveries have made sure of: how many counters
-- are skipped at the beginning of a prefix up to which birth year, and the largest ledger of an earlier epoch, by its entries
-- and its draws, that they reckoned with. Servers of before keep no account of what is drawn: the schema keeps them out.
ALTER TABLE head ADD COLUMN drawn BIGINT NOT NULL DEFAULT 0;
ALTER TABLE head ADD COLUMN skipped BIGINT NOT NULL DEFAULT 0;
ALTER TABLE head ADD COLUMN skipped_year BIGINT NOT NULL DEFAULT 0;
ALTER TABLE head ADD COLUMN covered_size BIGINT NOT NULL DEFAULT 0;
ALTER TABLE head ADD COLUMN covered_drawn BIGINT NOT NULL DEFAULT 0;
UPDATE head SET drawn = (SELECT COALESCE(sum(next), 0) FROM prefixes), schema = 5;

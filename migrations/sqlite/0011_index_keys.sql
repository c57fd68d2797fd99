-- The key of look-up digests is changed while servers run: under which other key every row is to be there as well, or the rows
-- under which other key are to go (none while there is one key), from which entry on, and how far that has come. And
-- which key signs notes, once it is not derived from the index key any more. Servers of before write rows under one key alone: the
-- schema keeps them out.
ALTER TABLE head ADD COLUMN next_index_key INTEGER;
ALTER TABLE head ADD COLUMN former_index_key INTEGER;
ALTER TABLE head ADD COLUMN index_since INTEGER;
ALTER TABLE head ADD COLUMN reindexed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE head ADD COLUMN notes_key INTEGER;
UPDATE head SET schema = 7;

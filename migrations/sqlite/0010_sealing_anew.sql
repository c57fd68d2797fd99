-- The key of sealing is changed while servers run: which key was in use before and the entry that made the change (neither
-- while everything is sealed with the key in use), and up to which entry everything was sealed anew. Servers of before know
-- one key of sealing, and nothing of such entries: the schema keeps them out.
ALTER TABLE head ADD COLUMN former_seal_key INTEGER;
ALTER TABLE head ADD COLUMN seal_changed INTEGER;
ALTER TABLE head ADD COLUMN resealed INTEGER NOT NULL DEFAULT 0;
UPDATE head SET schema = 6;

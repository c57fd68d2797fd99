-- Cases about mismatches with another registry (causes 12 to 14): they leave the number as it is, so there may be another
-- about the same number, and a change of its holder's facts or its confirmation may close them by itself. Servers of before
-- know nothing of their entries: the schema keeps these out.
DO $$
DECLARE
    former NAME;
BEGIN
    SELECT conname INTO STRICT former FROM pg_constraint
    WHERE conrelid = 'cases'::regclass AND contype = 'c' AND pg_get_constraintdef(oid) LIKE '%closed IS NULL%';
    EXECUTE format('ALTER TABLE cases DROP CONSTRAINT %I', former);
END $$;
ALTER TABLE cases ADD CONSTRAINT cases_closed CHECK (
    (closed IS NULL) = (state = 1)
    AND (state IN (2, 3) OR decided_side IS NULL)
    AND (state NOT IN (2, 3) OR decided_side IS NOT NULL OR kind = 3 OR cause IN (12, 14)));
-- One open case a number, beside those.
DROP INDEX cases_one_open_a_number;
CREATE UNIQUE INDEX cases_one_open_a_number ON cases (slot)
    WHERE state = 1 AND slot IS NOT NULL AND cause NOT IN (12, 13, 14);

UPDATE head SET schema = 4;

-- How urgent a notice is among those that wait on its channel: 2 for whom somebody waits or worries, 1 of one person's own, 0 told to a
-- crowd. What an older version writes is of one person's own; what the table has already is looked at by a later file, while others write.
ALTER TABLE outbox ADD COLUMN urgency smallint NOT NULL DEFAULT 1;
ALTER TABLE outbox ADD CONSTRAINT outbox_urgency_check CHECK (urgency BETWEEN 0 AND 2) NOT VALID;

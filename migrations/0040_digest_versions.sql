-- By which list a campaign's digest was worked out (app/campaigns/digesting.py). Servers of the version before do not name it, and mean the first.
ALTER TABLE campaigns ADD COLUMN digest_version smallint NOT NULL DEFAULT 1 CHECK (digest_version > 0);

-- What lives long can end early: how lists come to say so, and when. The lists themselves are of 0018.

-- Which key signed it, so that those can be told whose papers a withdrawn key takes with it; whether a list says by now that
-- it was revoked; whether its holder was told that it ends soon.
ALTER TABLE paper_codes ADD COLUMN kid bytea;
ALTER TABLE paper_codes ADD COLUMN listed_at timestamptz;
ALTER TABLE paper_codes ADD COLUMN reminded_at timestamptz;
CREATE INDEX paper_codes_unlisted ON paper_codes (subject_no, paper_id) WHERE revoked_at IS NOT NULL AND listed_at IS NULL;
CREATE INDEX paper_codes_by_key ON paper_codes (kid, subject_no, paper_id) WHERE revoked_at IS NULL;

ALTER TABLE certificate_batches ADD COLUMN kid bytea;
ALTER TABLE certificate_batches ADD COLUMN listed_at timestamptz;
CREATE INDEX certificate_batches_unlisted ON certificate_batches (subject_no, batch_id)
    WHERE revoked_at IS NOT NULL AND listed_at IS NULL;

-- The worker asks every few seconds which subjects ended since; few ever do, so these are small.
CREATE INDEX subjects_by_end_of_papers ON subjects (papers_valid_from) WHERE papers_valid_from > '-infinity';
CREATE INDEX subjects_by_end ON subjects (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX subjects_by_suspension ON subjects (suspended_at) WHERE suspended_at IS NOT NULL;
CREATE INDEX subjects_by_end_date ON subjects (ends_at) WHERE ends_at IS NOT NULL;

-- A list as it was signed: read by every server, written by the worker. Of those before the newest the bits' digest alone is
-- kept, from which a delta leads on; `covers_until` is the newest revocation that a publication has.
CREATE TABLE status_publications (
    list_no bigint NOT NULL,
    issued_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    covers_until timestamptz NOT NULL,
    digest bytea NOT NULL,
    jwt bytea,
    cwt bytea,
    PRIMARY KEY (list_no, issued_at)
);
SELECT cluster.reference('status_publications');

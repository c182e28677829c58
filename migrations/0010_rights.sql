-- A resident's rights: consents with their history, leaving with its days of grace, and what law has kept of those who left.

-- What was given by an act of its own. That the terms were accepted shows in the account being there, and that an identity may be
-- held in its being proven: those stand here once they are withdrawn.
CREATE TABLE consents (
    resident_id uuid NOT NULL REFERENCES residents,
    consent_id uuid NOT NULL,
    kind text NOT NULL,
    version smallint NOT NULL,          -- of the words that were shown
    granted_at timestamptz NOT NULL,
    withdrawn_at timestamptz,
    PRIMARY KEY (resident_id, consent_id)
);
SELECT cluster.distribute('consents', 'resident_id', 'residents');
CREATE UNIQUE INDEX consents_living ON consents (resident_id, kind) WHERE withdrawn_at IS NULL;

-- What no scan may answer, whatever the purpose asks for. It stands where the scan looks anyway.
ALTER TABLE subjects ADD COLUMN withheld text[] NOT NULL DEFAULT '{}';

CREATE TABLE deletions (
    resident_id uuid PRIMARY KEY REFERENCES residents,
    requested_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    key_destroyed_at timestamptz,       -- from here on there is no way back
    erased_at timestamptz
);
SELECT cluster.distribute('deletions', 'resident_id', 'residents');
CREATE INDEX deletions_due ON deletions (due_at) WHERE erased_at IS NULL;

-- Each is sealed under a key of its own, and found only by who knows the phone or the ID number already.
CREATE TABLE retained_records (
    record_id uuid PRIMARY KEY,
    wrapped_key bytea NOT NULL,
    sealed_record bytea NOT NULL,
    kept_since timestamptz NOT NULL,
    kept_until timestamptz NOT NULL
);
SELECT cluster.distribute('retained_records', 'record_id');
CREATE INDEX retained_records_by_end ON retained_records (kept_until);

CREATE TABLE retained_lookups (
    person_index bytea NOT NULL,
    record_id uuid NOT NULL,
    kept_until timestamptz NOT NULL,
    PRIMARY KEY (person_index, record_id)
);
SELECT cluster.distribute('retained_lookups', 'person_index');
CREATE INDEX retained_lookups_by_end ON retained_lookups (kept_until);

-- Whoever leaves is taken out of the lookups by their id: the numbers themselves cannot be read any more by then.
CREATE INDEX phone_lookups_of_resident ON phone_lookups (resident_id);
CREATE INDEX login_lookups_of_resident ON login_lookups (resident_id);
CREATE INDEX identity_lookups_of_resident ON identity_lookups (resident_id);
CREATE INDEX guardian_consent_lookups_of_guardian ON guardian_consent_lookups (guardian_id);

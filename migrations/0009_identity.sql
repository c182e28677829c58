-- Checks of identity that were started here, and the consent of guardians.

-- What somebody started, so that evidence counts for whom and where it was started, once, and for minutes. Name and number stand here
-- as one keyed index: enough to see that they are the same when the check is used.
CREATE TABLE identity_checks (
    resident_id uuid NOT NULL REFERENCES residents,
    check_id uuid NOT NULL,
    installation_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('face', 'network-credential')),
    person_index bytea,                 -- of the name and number that a face is compared with; a network credential has neither
    reference text NOT NULL,            -- what the authority calls the check
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    PRIMARY KEY (resident_id, check_id),
    CHECK ((kind = 'face') = (person_index IS NOT NULL))
);
SELECT cluster.distribute('identity_checks', 'resident_id', 'residents');
CREATE INDEX identity_checks_by_expiry ON identity_checks (expires_at);

-- A guardian's consent to an account of a child under 14. Who the child is stands sealed under the guardian's key.
CREATE TABLE guardian_consents (
    guardian_id uuid NOT NULL REFERENCES residents (resident_id),
    consent_id uuid NOT NULL,
    relation text NOT NULL CHECK (relation IN ('parent', 'guardian')),
    sealed_child bytea NOT NULL,
    person_index bytea NOT NULL,        -- of the child's name and number; guardian_consent_lookups leads from it to here
    given_at timestamptz NOT NULL,
    withdrawn_at timestamptz,
    used_at timestamptz,
    child_id uuid,                      -- the resident whose identity was proven by it
    PRIMARY KEY (guardian_id, consent_id)
);
SELECT cluster.distribute('guardian_consents', 'guardian_id', 'residents');
CREATE UNIQUE INDEX guardian_consents_living ON guardian_consents (guardian_id, person_index) WHERE withdrawn_at IS NULL;

CREATE TABLE guardian_consent_lookups (
    person_index bytea NOT NULL,
    guardian_id uuid NOT NULL,
    consent_id uuid NOT NULL,
    PRIMARY KEY (person_index, guardian_id, consent_id)
);
SELECT cluster.distribute('guardian_consent_lookups', 'person_index');

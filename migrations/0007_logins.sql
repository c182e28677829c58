-- statement_timeout: 60s
-- Logins: the accounts by which a resident comes in, found by keyed indexes; claims on an identity that has a resident already.

-- A phone is one kind of login among three. An account is sealed under its resident's key.
CREATE TABLE logins (
    resident_id uuid NOT NULL REFERENCES residents,
    login_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('phone', 'wechat', 'alipay')),
    app_id text,                        -- the mini-program in which it was linked; a phone has none
    sealed_account bytea NOT NULL,
    linked_at timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    PRIMARY KEY (resident_id, login_id),
    CHECK ((kind = 'phone') = (app_id IS NULL))
);
SELECT cluster.distribute('logins', 'resident_id', 'residents');

-- One row for each name under which a platform knows the account: that of each app, and that of the platform's operator.
CREATE TABLE login_lookups (
    login_index bytea PRIMARY KEY,
    resident_id uuid NOT NULL,
    login_id uuid NOT NULL,
    created_at timestamptz NOT NULL
);
SELECT cluster.distribute('login_lookups', 'login_index');

-- The phone by which a resident came first bears the resident's own id as a login, here null; so it is for rows that a server of the
-- version before, or an import, writes without knowing of logins.
ALTER TABLE phone_lookups ADD COLUMN login_id uuid;
INSERT INTO logins (resident_id, login_id, kind, sealed_account, linked_at, last_used_at)
SELECT r.resident_id, r.resident_id, 'phone', r.sealed_phone, r.created_at, r.created_at FROM residents AS r
WHERE r.sealed_phone IS NOT NULL AND r.erased_at IS NULL;

ALTER TABLE sessions ADD COLUMN login_id uuid;  -- by which it was opened; null: by the phone of the beginning
ALTER TABLE sessions DROP CONSTRAINT sessions_ended_for_check;
ALTER TABLE sessions ADD CONSTRAINT sessions_ended_for_check
    CHECK (ended_for IN ('closed', 'locked', 'reused', 'replaced', 'unlinked', 'proven', 'merged', 'erased'));

ALTER TABLE residents ADD COLUMN verified_by text CHECK (verified_by IN ('face', 'network-credential', 'carrier'));
ALTER TABLE residents ADD COLUMN sealed_masked_name bytea;  -- where an authority tells no more than this of a name
ALTER TABLE residents ADD COLUMN merged_into uuid;          -- whose account this one became a part of; nobody comes in here any more

-- A claim on an identity that has a resident: by another account of the same person, or by a new installation of the resident's own.
CREATE TABLE identity_claims (
    resident_id uuid NOT NULL REFERENCES residents,     -- whose identity it is
    claim_id uuid NOT NULL,
    claimant_id uuid NOT NULL,
    installation_id uuid NOT NULL,                      -- where the evidence was given, and where alone the claim can be completed
    evidence text NOT NULL CHECK (evidence IN ('face', 'network-credential', 'carrier')),
    opened_at timestamptz NOT NULL,
    due_at timestamptz,                                 -- from when on it holds without an approval; null: never
    expires_at timestamptz NOT NULL,
    state text NOT NULL CHECK (state IN ('open', 'approved', 'denied', 'locked', 'completed', 'expired')),
    decided_at timestamptz,
    decided_by uuid,                                    -- the installation that approved or denied
    PRIMARY KEY (resident_id, claim_id),
    CHECK ((state = 'open') = (decided_at IS NULL))
);
SELECT cluster.distribute('identity_claims', 'resident_id', 'residents');
CREATE UNIQUE INDEX identity_claims_under_way ON identity_claims (resident_id, claimant_id, installation_id)
    WHERE state IN ('open', 'approved');

-- From whoever claims to the claim.
CREATE TABLE claim_lookups (
    claimant_id uuid NOT NULL REFERENCES residents (resident_id),
    claim_id uuid NOT NULL,
    resident_id uuid NOT NULL,
    PRIMARY KEY (claimant_id, claim_id)
);
SELECT cluster.distribute('claim_lookups', 'claimant_id', 'residents');

-- From a resident to the accounts that became a part of theirs.
CREATE TABLE mergers (
    resident_id uuid NOT NULL REFERENCES residents,
    merged_id uuid NOT NULL,
    merged_subject_no bigint NOT NULL,
    merged_at timestamptz NOT NULL,
    PRIMARY KEY (resident_id, merged_id)
);
SELECT cluster.distribute('mergers', 'resident_id', 'residents');
CREATE INDEX mergers_by_time ON mergers (merged_at);

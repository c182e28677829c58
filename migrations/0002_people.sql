-- Residents and how they come in. What is personal is sealed under a key of the resident's own (wrapped_key, itself sealed by a
-- master key), and looked up by keyed blind indexes in tables of their own.

CREATE TABLE residents (
    resident_id uuid PRIMARY KEY,
    subject_no bigint NOT NULL,
    wrapped_key bytea,                  -- destroyed at erasure, and all that is sealed under it is gone with it
    sealed_phone bytea,
    sealed_name bytea,
    sealed_id_number bytea,
    created_at timestamptz NOT NULL,
    verified_at timestamptz,
    locked_at timestamptz,
    erased_at timestamptz
);
SELECT cluster.distribute('residents', 'resident_id');

CREATE TABLE phone_lookups (
    phone_index bytea PRIMARY KEY,
    resident_id uuid NOT NULL,
    created_at timestamptz NOT NULL
);
SELECT cluster.distribute('phone_lookups', 'phone_index');

CREATE TABLE identity_lookups (
    identity_index bytea PRIMARY KEY,
    resident_id uuid NOT NULL,
    created_at timestamptz NOT NULL
);
SELECT cluster.distribute('identity_lookups', 'identity_index');

CREATE TABLE installations (
    resident_id uuid NOT NULL REFERENCES residents,
    installation_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    trusted_at timestamptz,
    approved_by uuid,                   -- the installation that let it in, where one did
    PRIMARY KEY (resident_id, installation_id)
);
SELECT cluster.distribute('installations', 'resident_id', 'residents');

CREATE TABLE sessions (
    resident_id uuid NOT NULL REFERENCES residents,
    session_id uuid NOT NULL,
    installation_id uuid NOT NULL,
    generation integer NOT NULL,        -- of the refresh token that is good now
    created_at timestamptz NOT NULL,
    refreshed_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    ended_for text CHECK (ended_for IN ('closed', 'locked', 'reused', 'replaced')),
    PRIMARY KEY (resident_id, session_id)
);
SELECT cluster.distribute('sessions', 'resident_id', 'residents');
CREATE INDEX sessions_of_installation ON sessions (resident_id, installation_id) WHERE ended_at IS NULL;

-- Every server reads the latest of these each second and keeps them in memory for as long as an access token may live.
CREATE TABLE session_endings (
    session_id uuid PRIMARY KEY,
    ended_at timestamptz NOT NULL
);
SELECT cluster.reference('session_endings');
CREATE INDEX session_endings_by_time ON session_endings (ended_at);

CREATE TABLE roles (
    resident_id uuid NOT NULL REFERENCES residents,
    role text NOT NULL CHECK (role IN ('operator', 'manager')),
    granted_at timestamptz NOT NULL,
    PRIMARY KEY (resident_id, role)
);
SELECT cluster.distribute('roles', 'resident_id', 'residents');

CREATE TABLE otp_challenges (
    challenge_id uuid PRIMARY KEY,
    phone_index bytea NOT NULL,
    sealed_phone bytea NOT NULL,
    otp_hash bytea NOT NULL,
    attempts smallint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
SELECT cluster.distribute('otp_challenges', 'challenge_id');
CREATE INDEX otp_challenges_by_expiry ON otp_challenges (expires_at);

-- What a phone, an address or an installation has already had within a span, for limits that hold across servers and restarts.
CREATE TABLE quotas (
    bucket bytea PRIMARY KEY,           -- a keyed hash: neither phone nor address stands here
    claimed_at timestamptz[] NOT NULL,
    expires_at timestamptz NOT NULL
);
SELECT cluster.distribute('quotas', 'bucket');
CREATE INDEX quotas_by_expiry ON quotas (expires_at);

-- Takes one of `most` places within `span` and answers null, or answers when the next place is free.
CREATE FUNCTION claim_quota(p_bucket bytea, p_most integer, p_span interval, p_now timestamptz) RETURNS timestamptz
LANGUAGE plpgsql AS $$
DECLARE
    held timestamptz[];
BEGIN
    INSERT INTO quotas (bucket, claimed_at, expires_at) VALUES (p_bucket, '{}', p_now + p_span)
    ON CONFLICT (bucket) DO NOTHING;
    SELECT q.claimed_at INTO held FROM quotas AS q WHERE q.bucket = p_bucket FOR UPDATE;
    SELECT array_agg(t ORDER BY t) INTO held FROM unnest(held) AS t WHERE t > p_now - p_span;
    IF coalesce(cardinality(held), 0) >= p_most THEN
        RETURN held[cardinality(held) - p_most + 1] + p_span;
    END IF;
    UPDATE quotas SET claimed_at = coalesce(held, '{}') || p_now, expires_at = p_now + p_span WHERE bucket = p_bucket;
    RETURN NULL;
END
$$;
SELECT cluster.delegate('claim_quota(bytea, integer, interval, timestamptz)', 'p_bucket', 'quotas');

-- A wrong guess counts before it is answered, so that parallel guesses cannot share one attempt.
CREATE FUNCTION claim_otp(p_challenge_id uuid, p_otp_hash bytea, p_attempts integer, p_now timestamptz)
RETURNS TABLE (outcome text, phone_index bytea, sealed_phone bytea)
LANGUAGE plpgsql AS $$
DECLARE
    held otp_challenges;
BEGIN
    SELECT c.* INTO held FROM otp_challenges AS c WHERE c.challenge_id = p_challenge_id FOR UPDATE;
    IF NOT FOUND OR held.used_at IS NOT NULL OR held.expires_at <= p_now OR held.attempts >= p_attempts THEN
        RETURN QUERY SELECT 'expired', NULL::bytea, NULL::bytea;
    ELSIF held.otp_hash <> p_otp_hash THEN
        UPDATE otp_challenges AS c SET attempts = c.attempts + 1 WHERE c.challenge_id = p_challenge_id;
        RETURN QUERY SELECT 'wrong', NULL::bytea, NULL::bytea;
    ELSE
        UPDATE otp_challenges AS c SET used_at = p_now WHERE c.challenge_id = p_challenge_id;
        RETURN QUERY SELECT 'right', held.phone_index, held.sealed_phone;
    END IF;
END
$$;
SELECT cluster.delegate('claim_otp(uuid, bytea, integer, timestamptz)', 'p_challenge_id', 'otp_challenges');

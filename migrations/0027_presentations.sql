-- Asking for a licence: requests of venues and of verifiers elsewhere, what residents answered, credentials handed out.

-- Verifiers of other deployments that may ask this wallet by OpenID4VP, each standing here for a venue: its name and its purpose are
-- what residents are shown, and what bounds the fields. Proposed by one operator, let in by another.
CREATE TABLE verifiers (
    verifier_id uuid PRIMARY KEY,
    client_id text NOT NULL UNIQUE,
    name text NOT NULL,
    venue_id uuid NOT NULL REFERENCES venues,
    keys jsonb NOT NULL,                    -- JWKs that its request objects may be signed by; none where client_id is a certificate's hash
    origins text[] NOT NULL,                -- where its requests are fetched from, and answers go to
    registered_at timestamptz NOT NULL,
    proposed_by uuid NOT NULL,
    withdrawn_at timestamptz
);
SELECT cluster.reference('verifiers');

-- One question to one resident. It is answered once: `state` leaves 'pending' by one statement, and one that is pending past
-- `expires_at` has timed out. What was told lies in `sealed_result` under a key of its own until it was fetched, or minutes.
CREATE TABLE presentations (
    presentation_id uuid PRIMARY KEY,
    venue_id uuid NOT NULL,
    scanner_id uuid,                        -- NULL: a verifier elsewhere asks
    verifier_id uuid,
    purpose text NOT NULL,
    queries jsonb NOT NULL,                 -- app/wallet/presentation_model.py's Query, one a licence
    nonce text NOT NULL,
    audience text NOT NULL,                 -- whom the holder's signature must name
    state text NOT NULL CHECK (state IN ('pending', 'granted', 'refused', 'withdrawn')),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    resident_id uuid,                       -- whose answer it waits for; NULL while it is open to whoever reads it first
    wallet_state text,                      -- what a wallet elsewhere has to say back; NULL: such are not asked
    response_uri text,                      -- where the answer goes to a verifier elsewhere, and with which state
    response_state text,
    delivered_at timestamptz,
    answered_at timestamptz,
    wrapped_key bytea,
    sealed_result bytea,
    result_until timestamptz,
    CHECK ((scanner_id IS NULL) = (verifier_id IS NOT NULL)),
    CHECK ((sealed_result IS NULL) = (wrapped_key IS NULL)),
    CHECK ((sealed_result IS NULL) = (result_until IS NULL))
);
SELECT cluster.distribute('presentations', 'presentation_id');
CREATE INDEX presentations_by_result ON presentations (result_until) WHERE result_until IS NOT NULL;
CREATE INDEX presentations_by_creation ON presentations (created_at);

-- From a resident to what they were asked.
CREATE TABLE presentation_inbox (
    resident_id uuid NOT NULL,
    presentation_id uuid NOT NULL,
    asked_at timestamptz NOT NULL,
    PRIMARY KEY (resident_id, presentation_id)
);
SELECT cluster.distribute('presentation_inbox', 'resident_id');
CREATE INDEX presentation_inbox_by_time ON presentation_inbox (asked_at);

-- A licence's credentials that live long enough to be revoked: those of a phone's keys, and those that a venue was handed.
-- `shown_at` claims the one showing that each is for.
CREATE TABLE licence_credentials (
    holder_id uuid NOT NULL,
    credential_id uuid NOT NULL,
    licence_id uuid NOT NULL,
    licence_type text NOT NULL,
    subject_no bigint NOT NULL,             -- as whom it is shown: a lock of theirs ends it, and so does the end of a delegation
    kind text NOT NULL,
    session_id uuid,                        -- that it was handed to; NULL: made for one showing, whose session may end
    list_no bigint NOT NULL,
    place bigint NOT NULL,
    thumbprint bytea NOT NULL,              -- of the key that it is bound to
    issued_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    kid bytea NOT NULL,
    shown_at timestamptz,
    revoked_at timestamptz,
    listed_at timestamptz,
    PRIMARY KEY (holder_id, credential_id)
);
SELECT cluster.distribute('licence_credentials', 'holder_id', 'wallets');
CREATE INDEX licence_credentials_by_place ON licence_credentials (list_no, place);
CREATE INDEX licence_credentials_of_subject ON licence_credentials (subject_no) WHERE revoked_at IS NULL;
CREATE INDEX licence_credentials_of_session ON licence_credentials (session_id) WHERE revoked_at IS NULL;
CREATE INDEX licence_credentials_by_expiry ON licence_credentials (expires_at);
CREATE INDEX licence_credentials_unlisted ON licence_credentials (holder_id, credential_id)
    WHERE revoked_at IS NOT NULL AND listed_at IS NULL;

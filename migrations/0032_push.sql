-- Where people are reached beside their inbox, what they want to hear of there, and what a provider may be sent.

-- One address: a phone's installation at Apple or Firebase, or an account at WeChat or Alipay. The provider's own name for it is
-- sealed under the deployment's master key, so that a copy of this database reaches nobody.
CREATE TABLE push_addresses (
    recipient uuid NOT NULL,
    channel text NOT NULL CHECK (channel IN ('apns', 'fcm', 'wechat', 'alipay')),
    app_id text NOT NULL,
    -- The installation at which it was registered, of a mini-program too: what ends with a session is found by it.
    address_id uuid NOT NULL,
    environment text NOT NULL CHECK (environment IN ('', 'production', 'sandbox')),
    sealed_address bytea NOT NULL,
    -- Of the sealed address: by it a phone that changed hands is found.
    address_index bytea NOT NULL,
    locale text NOT NULL,
    registered_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    PRIMARY KEY (recipient, channel, app_id, address_id)
);
SELECT cluster.distribute('push_addresses', 'recipient', 'messages');

-- Whose an address is now: a phone tells its new owner's messages to nobody else.
CREATE TABLE push_address_lookups (
    address_index bytea PRIMARY KEY,
    recipient uuid NOT NULL,
    channel text NOT NULL,
    app_id text NOT NULL,
    address_id uuid NOT NULL,
    claimed_at timestamptz NOT NULL
);
SELECT cluster.distribute('push_address_lookups', 'address_index');
CREATE INDEX push_address_lookups_of_recipient ON push_address_lookups (recipient);

-- The ledger of what somebody agreed to be sent by a mini-program's template: one consent is one message, unless it lasts.
CREATE TABLE push_allowances (
    recipient uuid NOT NULL,
    channel text NOT NULL CHECK (channel IN ('wechat', 'alipay')),
    app_id text NOT NULL,
    template_id text NOT NULL,
    remaining integer NOT NULL CHECK (remaining >= 0),
    lasts boolean NOT NULL,
    granted_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (recipient, channel, app_id, template_id)
);
SELECT cluster.distribute('push_allowances', 'recipient', 'messages');

-- What somebody wants to hear of, where and when. Who has no row has the defaults.
CREATE TABLE push_preferences (
    recipient uuid PRIMARY KEY,
    locale text NOT NULL,
    -- IANA's name, and the quiet hours in minutes after midnight there; none where both are NULL.
    time_zone text NOT NULL,
    quiet_from smallint CHECK (quiet_from BETWEEN 0 AND 1439),
    quiet_until smallint CHECK (quiet_until BETWEEN 0 AND 1439),
    -- "category:channel", each switched off.
    muted text[] NOT NULL,
    is_elder_view boolean NOT NULL,
    changed_at timestamptz NOT NULL,
    CHECK ((quiet_from IS NULL) = (quiet_until IS NULL))
);
SELECT cluster.distribute('push_preferences', 'recipient', 'messages');

-- A notice goes from channel to channel until one takes it: those that have not are in `tried`. Where an attempt may have arrived, the
-- next one goes to the same address, under the same id: `pinned`.
ALTER TABLE outbox ADD COLUMN tried text[] NOT NULL DEFAULT '{}';
ALTER TABLE outbox ADD COLUMN pinned uuid;
ALTER TABLE outbox DROP CONSTRAINT outbox_outcome_check;
-- withheld: its recipient does not want it there; unknown: perhaps it arrived, and it is not said twice.
-- What is there already is looked at by the next file, while others write.
ALTER TABLE outbox ADD CONSTRAINT outbox_outcome_check
    CHECK (outcome IN ('delivered', 'refused', 'expired', 'given-up', 'withheld', 'unknown')) NOT VALID;
DROP FUNCTION claim_notices(text, integer, timestamptz, timestamptz);
CREATE FUNCTION claim_notices(p_channel text, p_limit integer, p_now timestamptz, p_leased_until timestamptz)
RETURNS TABLE (routing_key bigint, notice_id uuid, recipient uuid, channel text, topic text, dedupe_key text, data jsonb, sealed bytea,
               created_at timestamptz, due_at timestamptz, expires_at timestamptz, attempts smallint, tried text[], pinned uuid)
LANGUAGE sql AS $$
    WITH due AS MATERIALIZED (
        SELECT c.routing_key, c.notice_id FROM outbox AS c
        WHERE c.settled_at IS NULL AND c.channel = p_channel AND c.due_at <= p_now
          AND (c.leased_until IS NULL OR c.leased_until <= p_now)
        ORDER BY c.due_at LIMIT p_limit FOR UPDATE SKIP LOCKED
    )
    UPDATE outbox AS o SET leased_until = p_leased_until, attempts = o.attempts + 1
    FROM due WHERE o.routing_key = due.routing_key AND o.notice_id = due.notice_id
    RETURNING o.routing_key, o.notice_id, o.recipient, o.channel, o.topic, o.dedupe_key, o.data, o.sealed, o.created_at, o.due_at,
              o.expires_at, o.attempts, o.tried, o.pinned
$$;

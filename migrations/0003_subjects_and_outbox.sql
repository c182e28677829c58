-- A subject is a binding that codes can be issued for: a resident's own, an enterprise delegation, a care relation. Its number
-- follows from the code alone, so a scan, its access row and its notices always meet on one shard.

CREATE TABLE subjects (
    subject_no bigint PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('personal', 'enterprise', 'care')),
    resident_id uuid NOT NULL,          -- who shows the code, and is told of its use
    codes_valid_from timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    ended_at timestamptz
);
SELECT cluster.distribute('subjects', 'subject_no');

-- What is to leave the machine. The row is written by the transaction that causes it and settled by a worker afterwards. Half of each
-- page is left free, so that a lease rewrites the row within its page and touches no index.
CREATE TABLE outbox (
    routing_key bigint NOT NULL,        -- the subject whose act caused it, so that both are written on one shard
    notice_id uuid NOT NULL,
    recipient uuid NOT NULL,
    channel text NOT NULL,
    topic text NOT NULL,
    dedupe_key text NOT NULL,
    data jsonb NOT NULL,                -- ids and times; words are chosen when it is sent or read
    sealed bytea,                       -- what ids cannot say (a phone number, a one-time password); gone once settled
    created_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    leased_until timestamptz,
    attempts smallint NOT NULL DEFAULT 0,
    settled_at timestamptz,
    outcome text CHECK (outcome IN ('delivered', 'refused', 'expired', 'given-up')),
    reason text,
    PRIMARY KEY (routing_key, notice_id),
    UNIQUE (routing_key, dedupe_key),
    CHECK ((settled_at IS NULL) = (outcome IS NULL)),
    CHECK (settled_at IS NULL OR sealed IS NULL)
) WITH (fillfactor = 50);
SELECT cluster.distribute('outbox', 'routing_key', 'subjects');
CREATE INDEX outbox_due ON outbox (channel, due_at) WHERE settled_at IS NULL;
CREATE INDEX outbox_settled ON outbox (settled_at) WHERE settled_at IS NOT NULL;

-- Claims a channel's due rows for a worker until its lease ends. `attempts` numbers the claims, so that a worker whose lease ran out
-- can be told from the one that came after it. The candidates are MATERIALIZED lest a plan run them, and lock, twice. On Citus, where
-- SKIP LOCKED does not reach across shards, candidates would be read without locks and claimed key by key: this function is the
-- only place to change.
CREATE FUNCTION claim_notices(p_channel text, p_limit integer, p_now timestamptz, p_leased_until timestamptz)
RETURNS TABLE (routing_key bigint, notice_id uuid, recipient uuid, channel text, topic text, dedupe_key text, data jsonb,
               sealed bytea, created_at timestamptz, due_at timestamptz, expires_at timestamptz, attempts smallint)
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
              o.expires_at, o.attempts
$$;

CREATE TABLE messages (
    recipient uuid NOT NULL,
    message_id uuid NOT NULL,           -- the notice's id: a notice delivered twice is one message
    topic text NOT NULL,
    data jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    delivered_at timestamptz NOT NULL,
    read_at timestamptz,
    PRIMARY KEY (recipient, message_id)
);
SELECT cluster.distribute('messages', 'recipient');
CREATE INDEX messages_by_delivery ON messages (recipient, delivered_at, message_id);

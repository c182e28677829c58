-- statement_timeout: 30min
-- Whoever claims a notice that another worker claimed and never spoke of again learns so: perhaps it was sent already, and then it
-- is sent once more under the same id, or not at all, and never on another channel.
DROP FUNCTION claim_notices(text, integer, timestamptz, timestamptz);
CREATE FUNCTION claim_notices(p_channel text, p_limit integer, p_now timestamptz, p_leased_until timestamptz)
RETURNS TABLE (routing_key bigint, notice_id uuid, recipient uuid, channel text, topic text, dedupe_key text, data jsonb, sealed bytea,
               created_at timestamptz, due_at timestamptz, expires_at timestamptz, attempts smallint, tried text[], pinned uuid,
               is_abandoned boolean)
LANGUAGE sql AS $$
    WITH due AS MATERIALIZED (
        SELECT c.routing_key, c.notice_id, c.leased_until IS NOT NULL AS is_abandoned FROM outbox AS c
        WHERE c.settled_at IS NULL AND c.channel = p_channel AND c.due_at <= p_now
          AND (c.leased_until IS NULL OR c.leased_until <= p_now)
        ORDER BY c.due_at LIMIT p_limit FOR UPDATE SKIP LOCKED
    )
    UPDATE outbox AS o SET leased_until = p_leased_until, attempts = o.attempts + 1
    FROM due WHERE o.routing_key = due.routing_key AND o.notice_id = due.notice_id
    RETURNING o.routing_key, o.notice_id, o.recipient, o.channel, o.topic, o.dedupe_key, o.data, o.sealed, o.created_at, o.due_at,
              o.expires_at, o.attempts, o.tried, o.pinned, due.is_abandoned
$$;

-- What 0032 asks of new rows holds of all there were, which is read through while others write.
ALTER TABLE outbox VALIDATE CONSTRAINT outbox_outcome_check;

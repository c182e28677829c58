-- The most urgent is claimed first. So that nothing waits for ever, an eighth of each claim is set aside for each of the less urgent kinds,
-- as far as so much of it waits. Each kind is read by itself, in the order of its index: what waits for another hour is not read through.
-- The plan is the index's whatever the statistics say, which the queue outruns; so it is made once a connection, and not at every claim.
DROP FUNCTION claim_notices(text, integer, timestamptz, timestamptz);
CREATE FUNCTION claim_notices(p_channel text, p_limit integer, p_now timestamptz, p_leased_until timestamptz)
RETURNS TABLE (routing_key bigint, notice_id uuid, recipient uuid, channel text, topic text, dedupe_key text, data jsonb, sealed bytea,
               created_at timestamptz, due_at timestamptz, expires_at timestamptz, attempts smallint, tried text[], pinned uuid,
               is_abandoned boolean, urgency smallint)
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
DECLARE
    v_share CONSTANT integer := (p_limit + 4) / 8;
    v_left integer := p_limit;
    v_aside integer;
    v_claimed integer;
BEGIN
    FOR v_urgency IN REVERSE 2..0 LOOP
        -- Where nothing of a kind is due, nothing is set aside from it either.
        CONTINUE WHEN (
            SELECT c.due_at FROM outbox AS c
            WHERE c.settled_at IS NULL AND c.channel = p_channel AND c.urgency = v_urgency AND c.due_at <= p_now
            ORDER BY c.due_at LIMIT 1
        ) IS NULL;
        v_aside := 0;
        FOR v_less IN 0..v_urgency - 1 LOOP
            v_aside := v_aside + (
                SELECT count(*) FROM (
                    SELECT FROM outbox AS c
                    WHERE c.settled_at IS NULL AND c.channel = p_channel AND c.urgency = v_less AND c.due_at <= p_now
                      AND (c.leased_until IS NULL OR c.leased_until <= p_now)
                    ORDER BY c.due_at LIMIT v_share
                ) AS waiting
            );
        END LOOP;
        RETURN QUERY
            WITH due AS MATERIALIZED (
                SELECT c.routing_key, c.notice_id, c.leased_until IS NOT NULL AS is_abandoned FROM outbox AS c
                WHERE c.settled_at IS NULL AND c.channel = p_channel AND c.urgency = v_urgency AND c.due_at <= p_now
                  AND (c.leased_until IS NULL OR c.leased_until <= p_now)
                ORDER BY c.due_at LIMIT greatest(v_left - v_aside, 0) FOR UPDATE SKIP LOCKED
            )
            UPDATE outbox AS o SET leased_until = p_leased_until, attempts = o.attempts + 1
            FROM due WHERE o.routing_key = due.routing_key AND o.notice_id = due.notice_id
            RETURNING o.routing_key, o.notice_id, o.recipient, o.channel, o.topic, o.dedupe_key, o.data, o.sealed, o.created_at,
                      o.due_at, o.expires_at, o.attempts, o.tried, o.pinned, due.is_abandoned, o.urgency;
        GET DIAGNOSTICS v_claimed = ROW_COUNT;
        v_left := v_left - v_claimed;
        EXIT WHEN v_left = 0;
    END LOOP;
END
$$;

-- At once, and not by a later file: the plan must not go by this one, which mixes what is urgent with what is not.
DROP INDEX outbox_due;

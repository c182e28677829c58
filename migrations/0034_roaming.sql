-- statement_timeout: 30min
-- Who crossed into which province when: no position, and nothing finer than a province.

-- A row for as long as somebody's consent to roaming stands: what crossings are recorded against, on the shard of their notices.
CREATE TABLE roamers (
    subject_no bigint PRIMARY KEY,
    resident_id uuid NOT NULL,
    -- Whether positions may come while the app is closed, too.
    in_background boolean NOT NULL,
    since timestamptz NOT NULL
);
SELECT cluster.distribute('roamers', 'subject_no', 'subjects');

CREATE TABLE crossings (
    subject_no bigint NOT NULL,
    crossing_id uuid NOT NULL,
    from_province text NOT NULL,
    to_province text NOT NULL,
    crossed_at timestamptz NOT NULL,
    seen_by text NOT NULL CHECK (seen_by IN ('fix', 'scan')),
    recorded_at timestamptz NOT NULL,
    -- When a notice of it was enqueued; of most there is none.
    told_at timestamptz,
    PRIMARY KEY (subject_no, crossing_id)
);
SELECT cluster.distribute('crossings', 'subject_no', 'subjects');
CREATE INDEX crossings_of_subject ON crossings (subject_no, crossed_at);
CREATE INDEX crossings_by_age ON crossings (recorded_at);

-- A consent that was withdrawn a moment ago: what was under way then is erased once more when it must be over, and Valkey is asked
-- until it answers.
CREATE TABLE roaming_ends (
    subject_no bigint NOT NULL,
    ended_at timestamptz NOT NULL,
    resident_id uuid NOT NULL,
    installation_ids uuid[] NOT NULL,
    PRIMARY KEY (subject_no, ended_at)
);
SELECT cluster.distribute('roaming_ends', 'subject_no', 'subjects');
CREATE INDEX roaming_ends_by_time ON roaming_ends (ended_at);

-- Records a crossing and, once a person and province in the quiet span, a notice of it. The roamer's row is held meanwhile: two
-- installations at once take turns, and a consent is withdrawn before (nothing is recorded) or after (what is recorded is erased).
CREATE FUNCTION record_crossing(
    p_subject_no bigint, p_crossing_id uuid, p_from_province text, p_to_province text, p_crossed_at timestamptz, p_seen_by text,
    p_in_background boolean, p_is_told boolean, p_quiet_since timestamptz, p_now timestamptz, p_notice_id uuid, p_notice_expires_at timestamptz
) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    roamer roamers;
    last_to text;
    tells boolean;
BEGIN
    SELECT r.* INTO roamer FROM roamers AS r WHERE r.subject_no = p_subject_no FOR UPDATE;
    IF NOT FOUND OR p_in_background AND NOT roamer.in_background THEN
        RETURN 'no-consent';
    END IF;
    -- Another installation, a scan, or the same report sent again was first.
    SELECT c.to_province INTO last_to FROM crossings AS c
    WHERE c.subject_no = p_subject_no AND c.crossed_at > p_quiet_since ORDER BY c.crossed_at DESC, c.crossing_id DESC LIMIT 1;
    IF last_to = p_to_province THEN
        RETURN 'known';
    END IF;
    tells := p_is_told AND NOT EXISTS (
        SELECT FROM crossings AS c
        WHERE c.subject_no = p_subject_no AND c.to_province = p_to_province AND c.told_at > p_quiet_since);
    INSERT INTO crossings (subject_no, crossing_id, from_province, to_province, crossed_at, seen_by, recorded_at, told_at)
    VALUES (p_subject_no, p_crossing_id, p_from_province, p_to_province, p_crossed_at, p_seen_by, p_now,
            CASE WHEN tells THEN p_now END);
    IF NOT tells THEN
        RETURN 'recorded';
    END IF;
    INSERT INTO outbox (routing_key, notice_id, recipient, channel, topic, dedupe_key, data, created_at, due_at, expires_at)
    VALUES (p_subject_no, p_notice_id, roamer.resident_id, 'inbox', 'roaming.arrived', 'roaming:' || p_crossing_id,
            jsonb_build_object('province', p_to_province, 'from_province', p_from_province, 'at', p_crossed_at,
                               'source', p_seen_by),
            p_now, p_now, p_notice_expires_at);
    RETURN 'told';
END
$$;
SELECT cluster.delegate('record_crossing(bigint, uuid, text, text, timestamptz, text, boolean, boolean, timestamptz, timestamptz, uuid, timestamptz)', 'p_subject_no', 'roamers');

-- Those whose consent stands already.
INSERT INTO roamers (subject_no, resident_id, in_background, since)
SELECT r.subject_no, r.resident_id,
       EXISTS (SELECT FROM consents AS b
               WHERE b.resident_id = r.resident_id AND b.kind = 'location-background' AND b.withdrawn_at IS NULL),
       c.granted_at
FROM residents AS r JOIN consents AS c ON c.resident_id = r.resident_id
WHERE c.kind = 'location' AND c.withdrawn_at IS NULL AND r.erased_at IS NULL AND r.merged_into IS NULL;

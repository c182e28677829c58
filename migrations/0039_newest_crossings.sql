-- statement_timeout: 30min
-- Whoever's newest crossing was forgotten with the old ones counted as at home: it stays for as long as they let positions be taken. A row
-- says whether another came after it, so that what may be forgotten is found by an index, and what stays is not met again at each turn.
ALTER TABLE crossings ADD COLUMN is_followed boolean NOT NULL DEFAULT false;
UPDATE crossings AS c SET is_followed = true
WHERE EXISTS (SELECT FROM crossings AS n
              WHERE n.subject_no = c.subject_no AND (n.crossed_at, n.crossing_id) > (c.crossed_at, c.crossing_id));
CREATE INDEX crossings_followed ON crossings (recorded_at) WHERE is_followed;
DROP INDEX crossings_by_age;

CREATE OR REPLACE FUNCTION record_crossing(
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
    UPDATE crossings AS c SET is_followed = true
    WHERE c.subject_no = p_subject_no AND NOT c.is_followed AND (c.crossed_at, c.crossing_id) < (p_crossed_at, p_crossing_id);
    INSERT INTO crossings (subject_no, crossing_id, from_province, to_province, crossed_at, seen_by, recorded_at, told_at, is_followed)
    VALUES (p_subject_no, p_crossing_id, p_from_province, p_to_province, p_crossed_at, p_seen_by, p_now,
            CASE WHEN tells THEN p_now END,
            EXISTS (SELECT FROM crossings AS c
                    WHERE c.subject_no = p_subject_no AND (c.crossed_at, c.crossing_id) > (p_crossed_at, p_crossing_id)));
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

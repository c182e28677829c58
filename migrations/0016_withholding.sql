-- The scan as before, but for what its holder withholds: it is neither answered nor written down as answered. Both of the functions
-- that servers call are changed, the one with shifts and the one that servers of the version before know.

CREATE OR REPLACE FUNCTION record_scan(
    p_subject_no bigint, p_cti bytea, p_kind text, p_issued_at timestamptz, p_expires_at timestamptz, p_access_id uuid,
    p_venue_id uuid, p_scanner_id uuid, p_purpose text, p_fields text[], p_salt bytea, p_request_key bytea, p_now timestamptz,
    p_notice_id uuid, p_notice_expires_at timestamptz)
RETURNS TABLE (outcome text, access_id uuid, recorded_at timestamptz, fields text[], resident_id uuid)
LANGUAGE plpgsql AS $$
DECLARE
    holder uuid;
    withheld text[];
    shown text[] := p_fields;
    first record;
BEGIN
    SELECT s.resident_id, s.withheld INTO holder, withheld FROM subjects AS s
    WHERE s.subject_no = p_subject_no AND s.kind = p_kind AND s.ended_at IS NULL AND s.codes_valid_from <= p_issued_at;
    IF NOT FOUND THEN
        RETURN QUERY SELECT 'revoked', NULL::uuid, NULL::timestamptz, NULL::text[], NULL::uuid;
        RETURN;
    END IF;
    IF withheld <> '{}' THEN
        shown := ARRAY(SELECT f.field FROM unnest(p_fields) WITH ORDINALITY AS f (field, place) WHERE f.field <> ALL (withheld)
                       ORDER BY f.place);
    END IF;
    INSERT INTO accesses (subject_no, expires_at, access_id, cti, kind, issued_at, recorded_at, venue_id, scanner_id, purpose,
                          fields, salt, request_key)
    VALUES (p_subject_no, p_expires_at, p_access_id, p_cti, p_kind, p_issued_at, p_now, p_venue_id, p_scanner_id, p_purpose,
            shown, p_salt, p_request_key)
    ON CONFLICT (subject_no, expires_at, cti) DO NOTHING;
    IF NOT FOUND THEN
        SELECT a.access_id, a.recorded_at, a.fields, a.request_key INTO first FROM accesses AS a
        WHERE a.subject_no = p_subject_no AND a.expires_at = p_expires_at AND a.cti = p_cti;
        IF first.request_key = p_request_key THEN
            RETURN QUERY SELECT 'repeated', first.access_id, first.recorded_at, first.fields, holder;
        ELSE
            RETURN QUERY SELECT 'used', NULL::uuid, NULL::timestamptz, NULL::text[], NULL::uuid;
        END IF;
        RETURN;
    END IF;
    INSERT INTO outbox (routing_key, notice_id, recipient, channel, topic, dedupe_key, data, created_at, due_at, expires_at)
    VALUES (p_subject_no, p_notice_id, holder, 'inbox', 'code.scanned', 'scan:' || p_access_id,
            jsonb_build_object('access_id', p_access_id, 'venue_id', p_venue_id, 'purpose', p_purpose, 'at', p_now),
            p_now, p_now, p_notice_expires_at);
    RETURN QUERY SELECT 'accepted', p_access_id, p_now, shown, holder;
END
$$;

CREATE OR REPLACE FUNCTION record_scan(
    p_subject_no bigint, p_cti bytea, p_kind text, p_issued_at timestamptz, p_expires_at timestamptz, p_access_id uuid,
    p_venue_id uuid, p_scanner_id uuid, p_purpose text, p_fields text[], p_salt bytea, p_request_key bytea, p_now timestamptz,
    p_notice_id uuid, p_notice_expires_at timestamptz, p_requires_shift boolean)
RETURNS TABLE (outcome text, access_id uuid, recorded_at timestamptz, fields text[], resident_id uuid)
LANGUAGE plpgsql AS $$
DECLARE
    holder uuid;
    withheld text[];
    shown text[] := p_fields;
    staff uuid;
    first record;
BEGIN
    SELECT h.staff_id INTO staff FROM shifts AS h
    WHERE h.scanner_id = p_scanner_id AND h.closed_at IS NULL AND h.ends_at > p_now;
    IF p_requires_shift AND NOT FOUND THEN
        RETURN QUERY SELECT 'no-shift', NULL::uuid, NULL::timestamptz, NULL::text[], NULL::uuid;
        RETURN;
    END IF;
    SELECT s.resident_id, s.withheld INTO holder, withheld FROM subjects AS s
    WHERE s.subject_no = p_subject_no AND s.kind = p_kind AND s.ended_at IS NULL AND s.codes_valid_from <= p_issued_at;
    IF NOT FOUND THEN
        RETURN QUERY SELECT 'revoked', NULL::uuid, NULL::timestamptz, NULL::text[], NULL::uuid;
        RETURN;
    END IF;
    IF withheld <> '{}' THEN
        shown := ARRAY(SELECT f.field FROM unnest(p_fields) WITH ORDINALITY AS f (field, place) WHERE f.field <> ALL (withheld)
                       ORDER BY f.place);
    END IF;
    INSERT INTO accesses (subject_no, expires_at, access_id, cti, kind, issued_at, recorded_at, venue_id, scanner_id, purpose,
                          fields, salt, request_key, staff_id)
    VALUES (p_subject_no, p_expires_at, p_access_id, p_cti, p_kind, p_issued_at, p_now, p_venue_id, p_scanner_id, p_purpose,
            shown, p_salt, p_request_key, staff)
    ON CONFLICT (subject_no, expires_at, cti) DO NOTHING;
    IF NOT FOUND THEN
        SELECT a.access_id, a.recorded_at, a.fields, a.request_key INTO first FROM accesses AS a
        WHERE a.subject_no = p_subject_no AND a.expires_at = p_expires_at AND a.cti = p_cti;
        IF first.request_key = p_request_key THEN
            RETURN QUERY SELECT 'repeated', first.access_id, first.recorded_at, first.fields, holder;
        ELSE
            RETURN QUERY SELECT 'used', NULL::uuid, NULL::timestamptz, NULL::text[], NULL::uuid;
        END IF;
        RETURN;
    END IF;
    INSERT INTO outbox (routing_key, notice_id, recipient, channel, topic, dedupe_key, data, created_at, due_at, expires_at)
    VALUES (p_subject_no, p_notice_id, holder, 'inbox', 'code.scanned', 'scan:' || p_access_id,
            jsonb_build_object('access_id', p_access_id, 'venue_id', p_venue_id, 'purpose', p_purpose, 'at', p_now),
            p_now, p_now, p_notice_expires_at);
    RETURN QUERY SELECT 'accepted', p_access_id, p_now, shown, holder;
END
$$;

-- A resident's own look at who looked for them.
CREATE INDEX staff_looks_of_resident ON staff_looks (resident_id, looked_at);

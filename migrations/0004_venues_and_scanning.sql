-- Venues and the one transaction in which a code is used.

CREATE TABLE purposes (
    purpose text PRIMARY KEY,
    name_zh text NOT NULL,
    name_en text NOT NULL,
    fields text[] NOT NULL,             -- what an accepted scan may answer beyond yes: 'kind', 'masked_name'
    strict boolean NOT NULL,            -- refuse rather than warn where the home province cannot be asked
    checks_person boolean NOT NULL      -- staff must look at a photo or document besides
);
SELECT cluster.reference('purposes');

CREATE TABLE venues (
    venue_id uuid PRIMARY KEY,
    name text NOT NULL,
    purpose text NOT NULL REFERENCES purposes,
    adcode text NOT NULL,
    address text NOT NULL,
    manager_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    approved_at timestamptz,
    approved_by uuid
);
SELECT cluster.reference('venues');

CREATE TABLE scanners (
    scanner_id uuid PRIMARY KEY,
    venue_id uuid NOT NULL REFERENCES venues,
    name text NOT NULL,
    credential_hash bytea NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz
);
SELECT cluster.reference('scanners');

-- One row for each look at a person: what the subject sees and can dispute, and, by its primary key, the claim that makes a
-- code good for one scan. Every index here is paid at each scan. A row never changes; what happens to it afterwards stands in access_marks.
CREATE TABLE accesses (
    subject_no bigint NOT NULL,
    expires_at timestamptz NOT NULL,    -- of the code; partitions go by it, since the claim's key must hold it
    access_id uuid NOT NULL,
    cti bytea NOT NULL,
    kind text NOT NULL,
    issued_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    venue_id uuid NOT NULL,
    scanner_id uuid NOT NULL,
    purpose text NOT NULL,
    fields text[] NOT NULL,             -- what was answered
    salt bytea NOT NULL,                -- blinds the row's commitment in the chained log
    request_key bytea,                  -- of the request that made it, to recognise its repetition
    PRIMARY KEY (subject_no, expires_at, cti)
) PARTITION BY RANGE (expires_at);
SELECT cluster.distribute('accesses', 'subject_no', 'subjects');
CREATE INDEX accesses_of_subject ON accesses (subject_no, access_id);
CREATE INDEX accesses_by_id ON accesses (access_id);
CREATE INDEX accesses_by_time ON accesses (recorded_at);     -- the worker takes them into the chained log minute by minute
CREATE TABLE accesses_beyond PARTITION OF accesses DEFAULT;

-- Makes the monthly partitions of `accesses` from the month of `p_from` on; those that are there stay as they are. Attaching a
-- table goes beside running scans, where creating it as a partition would wait for all of them and hold up the next.
CREATE FUNCTION ensure_access_partitions(p_from timestamptz, p_months integer) RETURNS integer
LANGUAGE plpgsql SET timezone = 'UTC' AS $$
DECLARE
    month timestamptz := date_trunc('month', p_from);
    made integer := 0;
    name text;
BEGIN
    FOR _ IN 1 .. p_months LOOP
        name := 'accesses_' || to_char(month, 'YYYY_MM');
        IF to_regclass(name) IS NULL THEN
            EXECUTE format('CREATE TABLE %I (LIKE accesses INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', name);
            EXECUTE format('ALTER TABLE accesses ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                           name, month, month + interval '1 month');
            made := made + 1;
        END IF;
        month := month + interval '1 month';
    END LOOP;
    RETURN made;
END
$$;

CREATE TABLE access_marks (
    subject_no bigint NOT NULL,
    access_id uuid NOT NULL,
    mark text NOT NULL CHECK (mark IN ('annulled', 'disputed')),
    marked_at timestamptz NOT NULL,
    marked_by uuid NOT NULL,
    sealed_reason bytea,                -- free words, so under the resident's key
    PRIMARY KEY (subject_no, access_id, mark)
);
SELECT cluster.distribute('access_marks', 'subject_no', 'subjects');

-- The scan: refuses what was issued before codes_valid_from, claims once, and leaves the notice to the worker. Called in
-- autocommit, so that it is one round trip here and is delegated to the subject's shard on Citus.
CREATE FUNCTION record_scan(
    p_subject_no bigint, p_cti bytea, p_kind text, p_issued_at timestamptz, p_expires_at timestamptz, p_access_id uuid,
    p_venue_id uuid, p_scanner_id uuid, p_purpose text, p_fields text[], p_salt bytea, p_request_key bytea, p_now timestamptz,
    p_notice_id uuid, p_notice_expires_at timestamptz)
RETURNS TABLE (outcome text, access_id uuid, recorded_at timestamptz, fields text[], resident_id uuid)
LANGUAGE plpgsql AS $$
DECLARE
    holder uuid;
    first record;
BEGIN
    SELECT s.resident_id INTO holder FROM subjects AS s
    WHERE s.subject_no = p_subject_no AND s.kind = p_kind AND s.ended_at IS NULL AND s.codes_valid_from <= p_issued_at;
    IF NOT FOUND THEN
        RETURN QUERY SELECT 'revoked', NULL::uuid, NULL::timestamptz, NULL::text[], NULL::uuid;
        RETURN;
    END IF;
    INSERT INTO accesses (subject_no, expires_at, access_id, cti, kind, issued_at, recorded_at, venue_id, scanner_id, purpose,
                          fields, salt, request_key)
    VALUES (p_subject_no, p_expires_at, p_access_id, p_cti, p_kind, p_issued_at, p_now, p_venue_id, p_scanner_id, p_purpose,
            p_fields, p_salt, p_request_key)
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
    RETURN QUERY SELECT 'accepted', p_access_id, p_now, p_fields, holder;
END
$$;
SELECT cluster.delegate('record_scan(bigint, bytea, text, timestamptz, timestamptz, uuid, uuid, uuid, text, text[], bytea, bytea, '
                        'timestamptz, uuid, timestamptz)', 'p_subject_no', 'subjects');

INSERT INTO purposes (purpose, name_zh, name_en, fields, strict, checks_person) VALUES
    ('library-entry', '图书馆入馆', 'Library entry', '{kind}', false, false),
    ('scenic-spot-entry', '景区入园', 'Scenic spot entry', '{kind}', false, false),
    ('metro-gate', '轨道交通过闸', 'Metro gate', '{kind}', false, false),
    ('hospital-registration', '医院挂号', 'Hospital registration', '{kind,masked_name}', false, true),
    ('service-window', '政务服务窗口', 'Government service window', '{kind,masked_name}', true, true),
    ('hotel-check-in', '酒店入住', 'Hotel check-in', '{kind,masked_name}', true, true);

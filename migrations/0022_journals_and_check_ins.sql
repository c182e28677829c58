-- What scanners scanned without a network and tell of later, and residents who check in at a venue's poster.

-- Of a scan without a network: when it was, by the scanner's clock, set right by how wrong that was when it sent its journal.
-- `recorded_at` stays when it became a row here, by which the chained log goes.
ALTER TABLE accesses ADD COLUMN scanned_at timestamptz;
ALTER TABLE accesses ALTER COLUMN scanner_id DROP NOT NULL;     -- NULL: the resident checked in, and no scanner looked

-- What a venue's scanners do once their lists are past their life: let nobody in by them, or say so and go on.
ALTER TABLE venues ADD COLUMN offline_policy text NOT NULL DEFAULT 'refuse';
ALTER TABLE venues ADD CONSTRAINT venues_offline_policy CHECK (offline_policy IN ('refuse', 'warn'));

-- Since when a venue has stood as it does: a journal's scans are judged by how it stood when they were made.
CREATE TABLE venue_standings (
    venue_id uuid NOT NULL REFERENCES venues,
    since_at timestamptz NOT NULL,
    purpose text NOT NULL REFERENCES purposes,
    is_approved boolean NOT NULL,
    PRIMARY KEY (venue_id, since_at)
);
SELECT cluster.reference('venue_standings');
INSERT INTO venue_standings (venue_id, since_at, purpose, is_approved)
SELECT v.venue_id, coalesce(v.approved_at, v.created_at), v.purpose, v.approved_at IS NOT NULL AND v.closed_at IS NULL FROM venues AS v;

-- Each entry of a scanner's journal that was here, whatever became of it: that it is taken once, and that nothing is put in
-- another's place. Nothing of the code is in it but a hash of what was signed.
CREATE TABLE journal_entries (
    scanner_id uuid NOT NULL,
    sequence bigint NOT NULL CHECK (sequence > 0),
    entry_id uuid NOT NULL,
    digest bytea NOT NULL,              -- SHA-256 of what was signed; the next entry names it
    previous bytea NOT NULL,
    said_at timestamptz NOT NULL,       -- when it scanned, as the scanner's clock had it
    scanned_at timestamptz NOT NULL,    -- the same, set right
    received_at timestamptz NOT NULL,
    result text CHECK (result IN ('accepted', 'duplicate', 'conflict', 'refused', 'noted')),     -- NULL: not settled yet
    slug text,
    warnings text[] NOT NULL DEFAULT '{}',
    PRIMARY KEY (scanner_id, sequence),
    UNIQUE (scanner_id, entry_id)
);
SELECT cluster.distribute('journal_entries', 'scanner_id');
CREATE INDEX journal_entries_by_age ON journal_entries (received_at);
CREATE INDEX shifts_of_scanner ON shifts (scanner_id, opened_at);

-- What a journal brought to light of a code: used a second time, or used after it was revoked. Both venues see it in their
-- history, and its holder is told.
CREATE TABLE scan_findings (
    subject_no bigint NOT NULL,
    entry_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('double-use', 'revoked')),
    found_at timestamptz NOT NULL,
    scanned_at timestamptz NOT NULL,
    form text NOT NULL,
    venue_id uuid NOT NULL,
    scanner_id uuid NOT NULL,
    staff_id uuid,
    first_access_id uuid,               -- of a double use: the one that was accepted
    first_venue_id uuid,
    first_at timestamptz,
    PRIMARY KEY (subject_no, entry_id)
);
SELECT cluster.distribute('scan_findings', 'subject_no', 'subjects');
CREATE INDEX scan_findings_by_time ON scan_findings (found_at);

-- A venue's own view: `recorded_at` is when it was scanned, whenever that became known.
ALTER TABLE venue_scans ADD COLUMN form text NOT NULL DEFAULT 'dynamic';
ALTER TABLE venue_scans ADD COLUMN outcome text NOT NULL DEFAULT 'accepted';    -- 'conflict', 'revoked': found by a journal
ALTER TABLE venue_scans ADD COLUMN synced_at timestamptz;           -- when a journal brought it; NULL: scanned online
ALTER TABLE venue_scans ADD COLUMN used_again_at timestamptz;       -- somebody else accepted the same code at that time, too
ALTER TABLE venue_scans ALTER COLUMN scanner_id DROP NOT NULL;

-- A scan that was made without a network. Called in autocommit, on the one shard of its subject, once for each entry of a
-- journal and again where nobody knows whether it was done: the same entry gets the same outcome. The subject is held for that
-- moment, so that an entry's id cannot become that of two accesses, and nothing is added beside an erasure.
CREATE FUNCTION record_offline_scan(
    p_subject_no bigint, p_cti bytea, p_kind text, p_form text, p_issued_at timestamptz, p_certified_at timestamptz,
    p_expires_at timestamptz, p_list_no bigint, p_place bigint, p_access_id uuid, p_venue_id uuid, p_scanner_id uuid,
    p_staff_id uuid, p_purpose text, p_fields text[], p_salt bytea, p_scanned_at timestamptz, p_is_borne_out boolean,
    p_now timestamptz, p_notice_id uuid, p_second_notice_id uuid, p_notice_expires_at timestamptz)
RETURNS TABLE (outcome text, is_revoked_since boolean)
LANGUAGE plpgsql AS $$
DECLARE
    bound subjects;
    first accesses;
    revoked timestamptz;
    ended timestamptz;
    told jsonb := jsonb_build_object('access_id', p_access_id, 'venue_id', p_venue_id, 'purpose', p_purpose, 'at', p_scanned_at,
                                     'kind', p_kind, 'form', p_form, 'synced_at', p_now);
    topic text := 'code.scanned';
BEGIN
    SELECT s.* INTO bound FROM subjects AS s WHERE s.subject_no = p_subject_no AND s.kind = p_kind FOR NO KEY UPDATE;
    IF NOT FOUND OR EXISTS (SELECT FROM access_erasures AS e WHERE e.subject_no = p_subject_no) THEN
        RETURN QUERY SELECT 'unknown', false;
        RETURN;
    END IF;
    -- When the code ended, if it did: what was scanned before is good.
    ended := least(bound.ended_at, bound.suspended_at, CASE WHEN bound.ends_at <= p_now THEN bound.ends_at END);
    IF p_form = 'paper' THEN
        SELECT p.revoked_at INTO revoked FROM paper_codes AS p
        WHERE p.subject_no = p_subject_no AND p.list_no = p_list_no AND p.place = p_place;
        ended := least(ended, CASE WHEN FOUND THEN revoked ELSE '-infinity' END,
                       CASE WHEN bound.papers_valid_from > p_issued_at THEN bound.papers_valid_from END);
    ELSIF p_form = 'phone' THEN
        SELECT b.revoked_at INTO revoked FROM certificate_batches AS b
        WHERE b.subject_no = p_subject_no AND b.list_no = p_list_no AND p_place = ANY (b.places) AND b.expires_at >= p_expires_at;
        ended := least(ended, CASE WHEN FOUND THEN revoked ELSE '-infinity' END,
                       CASE WHEN bound.codes_valid_from > p_certified_at THEN bound.codes_valid_from END);
    ELSE
        ended := least(ended, CASE WHEN bound.codes_valid_from > p_issued_at THEN bound.codes_valid_from END);
    END IF;
    SELECT a.* INTO first FROM accesses AS a WHERE a.subject_no = p_subject_no AND a.access_id = p_access_id;
    IF FOUND THEN
        RETURN QUERY SELECT CASE WHEN first.expires_at = p_expires_at AND first.cti = p_cti AND first.scanner_id = p_scanner_id
                                 THEN 'accepted' ELSE 'forked' END, ended IS NOT NULL;
        RETURN;
    END IF;
    IF ended <= p_scanned_at OR (ended IS NOT NULL AND NOT p_is_borne_out) THEN
        topic := 'code.used-revoked';
        INSERT INTO scan_findings (subject_no, entry_id, kind, found_at, scanned_at, form, venue_id, scanner_id, staff_id)
        VALUES (p_subject_no, p_access_id, 'revoked', p_now, p_scanned_at, p_form, p_venue_id, p_scanner_id, p_staff_id)
        ON CONFLICT DO NOTHING;
    ELSE
        INSERT INTO accesses (subject_no, expires_at, access_id, cti, kind, form, issued_at, recorded_at, scanned_at, venue_id,
                              scanner_id, purpose, fields, salt, staff_id)
        VALUES (p_subject_no, p_expires_at, p_access_id, p_cti, p_kind, p_form, p_issued_at, p_now, p_scanned_at, p_venue_id,
                p_scanner_id, p_purpose, p_fields, p_salt, p_staff_id)
        ON CONFLICT (subject_no, expires_at, cti) DO NOTHING;
        IF NOT FOUND THEN
            SELECT a.* INTO first FROM accesses AS a
            WHERE a.subject_no = p_subject_no AND a.expires_at = p_expires_at AND a.cti = p_cti;
            -- The server accepted it, and its answer was lost on the way to this very scanner.
            IF first.scanner_id = p_scanner_id AND first.scanned_at IS NULL
               AND first.recorded_at BETWEEN p_scanned_at - interval '1 minute' AND p_scanned_at + interval '1 minute' THEN
                RETURN QUERY SELECT 'answered', false;
                RETURN;
            END IF;
            topic := 'code.used-twice';
            told := told || jsonb_build_object('first_venue_id', first.venue_id,
                                               'first_at', coalesce(first.scanned_at, first.recorded_at));
            INSERT INTO scan_findings (subject_no, entry_id, kind, found_at, scanned_at, form, venue_id, scanner_id, staff_id,
                                       first_access_id, first_venue_id, first_at)
            VALUES (p_subject_no, p_access_id, 'double-use', p_now, p_scanned_at, p_form, p_venue_id, p_scanner_id, p_staff_id,
                    first.access_id, first.venue_id, coalesce(first.scanned_at, first.recorded_at))
            ON CONFLICT DO NOTHING;
        END IF;
    END IF;
    INSERT INTO outbox (routing_key, notice_id, recipient, channel, topic, dedupe_key, data, created_at, due_at, expires_at)
    SELECT p_subject_no, t.notice_id, t.recipient, 'inbox', topic, t.key || p_access_id, told, p_now, p_now, p_notice_expires_at
    FROM (VALUES (p_notice_id, bound.resident_id, 'scan:'),
                 (p_second_notice_id, CASE WHEN p_kind = 'care' THEN bound.principal_id END, 'scan-carer:'))
         AS t (notice_id, recipient, key)
    WHERE t.recipient IS NOT NULL
    ON CONFLICT DO NOTHING;
    RETURN QUERY SELECT CASE topic WHEN 'code.scanned' THEN 'accepted' WHEN 'code.used-twice' THEN 'used' ELSE 'revoked' END,
                        ended IS NOT NULL;
END
$$;
SELECT cluster.delegate('record_offline_scan(bigint, bytea, text, text, timestamptz, timestamptz, timestamptz, bigint, bigint, uuid, uuid, uuid, uuid, text, text[], bytea, timestamptz, boolean, timestamptz, uuid, uuid, timestamptz)', 'p_subject_no', 'subjects');

-- A resident checks in: an access as by a scan, told to the same people, and to the venue's screens. A second tap within a
-- minute, which is as long as `p_expires_at` is away, is the same check-in; the subject is held, so that two taps at once are one.
CREATE FUNCTION record_check_in(
    p_subject_no bigint, p_kind text, p_access_id uuid, p_cti bytea, p_expires_at timestamptz, p_venue_id uuid, p_purpose text,
    p_fields text[], p_salt bytea, p_now timestamptz, p_notice_id uuid, p_second_notice_id uuid, p_venue_notice_id uuid,
    p_notice_expires_at timestamptz)
RETURNS TABLE (outcome text, access_id uuid, recorded_at timestamptz, fields text[])
LANGUAGE plpgsql AS $$
DECLARE
    bound subjects;
    shown text[] := p_fields;
    first accesses;
    told jsonb := jsonb_build_object('access_id', p_access_id, 'venue_id', p_venue_id, 'purpose', p_purpose, 'at', p_now,
                                     'kind', p_kind, 'form', 'check-in');
BEGIN
    SELECT s.* INTO bound FROM subjects AS s WHERE s.subject_no = p_subject_no AND s.kind = p_kind FOR NO KEY UPDATE;
    IF NOT FOUND OR bound.ended_at IS NOT NULL OR bound.suspended_at IS NOT NULL OR bound.ends_at <= p_now THEN
        RETURN QUERY SELECT 'revoked', NULL::uuid, NULL::timestamptz, NULL::text[];
        RETURN;
    END IF;
    SELECT a.* INTO first FROM accesses AS a
    WHERE a.subject_no = p_subject_no AND a.expires_at > p_now AND a.venue_id = p_venue_id AND a.form = 'check-in'
    ORDER BY a.expires_at DESC LIMIT 1;
    IF FOUND THEN
        RETURN QUERY SELECT 'repeated', first.access_id, first.recorded_at, first.fields;
        RETURN;
    END IF;
    IF bound.withheld <> '{}' THEN
        shown := ARRAY(SELECT f.field FROM unnest(p_fields) WITH ORDINALITY AS f (field, place)
                       WHERE f.field <> ALL (bound.withheld) ORDER BY f.place);
    END IF;
    INSERT INTO accesses (subject_no, expires_at, access_id, cti, kind, form, issued_at, recorded_at, venue_id, purpose, fields,
                          salt)
    VALUES (p_subject_no, p_expires_at, p_access_id, p_cti, p_kind, 'check-in', p_now, p_now, p_venue_id, p_purpose, shown, p_salt);
    INSERT INTO outbox (routing_key, notice_id, recipient, channel, topic, dedupe_key, data, created_at, due_at, expires_at)
    SELECT p_subject_no, t.notice_id, t.recipient, 'inbox', t.topic, t.key || p_access_id, t.data, p_now, p_now,
           p_notice_expires_at
    FROM (VALUES (p_notice_id, bound.resident_id, 'checked-in', 'scan:', told),
                 (p_second_notice_id, CASE WHEN p_kind = 'care' THEN bound.principal_id END, 'checked-in', 'scan-carer:', told),
                 -- As text: a number of that size is none that every reader of JSON can hold.
                 (p_venue_notice_id, p_venue_id, 'venue.check-in', 'scan-venue:',
                  told || jsonb_build_object('subject_no', p_subject_no::text)))
         AS t (notice_id, recipient, topic, key, data)
    WHERE t.recipient IS NOT NULL;
    RETURN QUERY SELECT 'accepted', p_access_id, p_now, shown;
END
$$;
SELECT cluster.delegate('record_check_in(bigint, text, uuid, bytea, timestamptz, uuid, text, text[], bytea, timestamptz, uuid, uuid, uuid, timestamptz)', 'p_subject_no', 'subjects');

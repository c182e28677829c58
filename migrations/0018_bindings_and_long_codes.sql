-- Codes beyond a resident's own: of a company by its delegate, of a relative; on paper; and made by a phone.

-- A subject is what codes are sealed for. Beyond a resident's own there is one for each binding: its `resident_id` is whose
-- name a scan may answer (a delegate; the relative who is cared for), its `principal_id` on whose behalf (the company), or who
-- shows (the carer), so that a scan finds both, though no code was stored.
ALTER TABLE subjects ADD COLUMN binding_id uuid;
ALTER TABLE subjects ADD COLUMN principal_id uuid;
ALTER TABLE subjects ADD COLUMN ends_at timestamptz;            -- the binding's end date; NULL: none
ALTER TABLE subjects ADD COLUMN suspended_at timestamptz;       -- one of its people locked their account, and is not back
ALTER TABLE subjects ADD COLUMN papers_valid_from timestamptz NOT NULL DEFAULT '-infinity';
CREATE INDEX subjects_by_ending ON subjects (codes_valid_from);

-- What binds a resident to a subject that is not their own alone: one row for everybody whom it concerns. It leads from a
-- resident to every code that shows them or that they show: for issuing (one row by its key), lists, exports and locks.
CREATE TABLE bindings (
    resident_id uuid NOT NULL REFERENCES residents,
    binding_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('enterprise', 'care')),
    part text NOT NULL CHECK (part IN ('shows', 'is-shown')),
    subject_no bigint NOT NULL,
    principal_id uuid NOT NULL,         -- the company; of care, the other resident
    bound_at timestamptz NOT NULL,
    ends_at timestamptz,
    ended_at timestamptz,
    PRIMARY KEY (resident_id, binding_id)
);
SELECT cluster.distribute('bindings', 'resident_id', 'residents');

-- Status lists: a place in one for each paper and certificate. Places are handed out in the order of a keyed permutation of
-- 0 … size - 1, so that two of one batch are not neighbours in the list: `next_no` is the next number to be permuted.
CREATE TABLE status_lists (
    list_no bigint PRIMARY KEY,
    use text NOT NULL CHECK (use IN ('paper', 'certificate', 'licence')),
    size bigint NOT NULL,
    next_no bigint NOT NULL DEFAULT 0,
    permutation_key bytea NOT NULL,
    opened_at timestamptz NOT NULL,
    last_expires_at timestamptz NOT NULL        -- of what has a place in it; once it is past, the list is good for nothing
);
SELECT cluster.reference('status_lists');

CREATE TABLE status_revocations (
    list_no bigint NOT NULL,
    place bigint NOT NULL,
    revoked_at timestamptz NOT NULL,
    PRIMARY KEY (list_no, place)
);
SELECT cluster.distribute('status_revocations', 'list_no');
CREATE INDEX status_revocations_by_time ON status_revocations (list_no, revoked_at);

-- What a phone was certified to show without a network, a row for each batch.
CREATE TABLE certificate_batches (
    subject_no bigint NOT NULL,
    batch_id uuid NOT NULL,
    session_id uuid NOT NULL,
    list_no bigint NOT NULL,
    places bigint[] NOT NULL,
    issued_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    PRIMARY KEY (subject_no, batch_id)
);
SELECT cluster.distribute('certificate_batches', 'subject_no', 'subjects');
CREATE INDEX certificate_batches_of_session ON certificate_batches (session_id) WHERE revoked_at IS NULL;
CREATE INDEX certificate_batches_by_expiry ON certificate_batches (expires_at);

CREATE TABLE paper_codes (
    subject_no bigint NOT NULL,
    paper_id uuid NOT NULL,
    list_no bigint NOT NULL,
    place bigint NOT NULL,
    issued_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    issued_by uuid NOT NULL,
    issued_as text NOT NULL CHECK (issued_as IN ('self', 'relative', 'window')),
    revoked_at timestamptz,
    revoked_for text CHECK (revoked_for IN ('lost', 'replaced', 'locked', 'withdrawn')),
    PRIMARY KEY (subject_no, paper_id),
    UNIQUE (subject_no, list_no, place),
    CHECK ((revoked_at IS NULL) = (revoked_for IS NULL))
);
SELECT cluster.distribute('paper_codes', 'subject_no', 'subjects');
CREATE INDEX paper_codes_by_expiry ON paper_codes (expires_at);

ALTER TABLE accesses ADD COLUMN form text NOT NULL DEFAULT 'dynamic';

-- The scan of a code of any form. Called in autocommit, on the one shard of its subject. What it is refused for is said apart,
-- but a venue hears 'revoked' of all of it. A paper code is claimed by nobody: its caller makes the claim's key its own.
CREATE FUNCTION record_scan(
    p_subject_no bigint, p_cti bytea, p_kind text, p_form text, p_issued_at timestamptz, p_certified_at timestamptz,
    p_expires_at timestamptz, p_list_no bigint, p_place bigint, p_access_id uuid, p_venue_id uuid, p_scanner_id uuid,
    p_purpose text, p_fields text[], p_salt bytea, p_request_key bytea, p_now timestamptz, p_notice_id uuid,
    p_second_notice_id uuid, p_notice_expires_at timestamptz, p_requires_shift boolean)
RETURNS TABLE (outcome text, access_id uuid, recorded_at timestamptz, fields text[], resident_id uuid, principal_id uuid,
               binding_id uuid)
LANGUAGE plpgsql AS $$
DECLARE
    bound subjects;
    shown text[] := p_fields;
    staff uuid;
    first record;
    is_alive boolean;
BEGIN
    SELECT h.staff_id INTO staff FROM shifts AS h
    WHERE h.scanner_id = p_scanner_id AND h.closed_at IS NULL AND h.ends_at > p_now;
    IF p_requires_shift AND NOT FOUND THEN
        RETURN QUERY SELECT 'no-shift', NULL::uuid, NULL::timestamptz, NULL::text[], NULL::uuid, NULL::uuid, NULL::uuid;
        RETURN;
    END IF;
    SELECT s.* INTO bound FROM subjects AS s WHERE s.subject_no = p_subject_no AND s.kind = p_kind;
    is_alive := FOUND AND bound.ended_at IS NULL AND bound.suspended_at IS NULL
                AND (bound.ends_at IS NULL OR bound.ends_at > p_now);
    IF is_alive AND p_form = 'paper' THEN
        is_alive := bound.papers_valid_from <= p_issued_at AND EXISTS (
            SELECT FROM paper_codes AS p WHERE p.subject_no = p_subject_no AND p.list_no = p_list_no AND p.place = p_place
                                           AND p.revoked_at IS NULL);
    ELSIF is_alive AND p_form = 'phone' THEN
        is_alive := bound.codes_valid_from <= p_certified_at AND EXISTS (
            SELECT FROM certificate_batches AS b
            WHERE b.subject_no = p_subject_no AND b.list_no = p_list_no AND p_place = ANY (b.places)
              AND b.expires_at >= p_expires_at AND b.revoked_at IS NULL);
    ELSIF is_alive THEN
        is_alive := bound.codes_valid_from <= p_issued_at;
    END IF;
    IF NOT is_alive THEN
        RETURN QUERY SELECT 'revoked', NULL::uuid, NULL::timestamptz, NULL::text[], NULL::uuid, NULL::uuid, NULL::uuid;
        RETURN;
    END IF;
    IF bound.withheld <> '{}' THEN
        shown := ARRAY(SELECT f.field FROM unnest(p_fields) WITH ORDINALITY AS f (field, place)
                       WHERE f.field <> ALL (bound.withheld) ORDER BY f.place);
    END IF;
    INSERT INTO accesses (subject_no, expires_at, access_id, cti, kind, form, issued_at, recorded_at, venue_id, scanner_id,
                          purpose, fields, salt, request_key, staff_id)
    VALUES (p_subject_no, p_expires_at, p_access_id, p_cti, p_kind, p_form, p_issued_at, p_now, p_venue_id, p_scanner_id,
            p_purpose, shown, p_salt, p_request_key, staff)
    ON CONFLICT (subject_no, expires_at, cti) DO NOTHING;
    IF NOT FOUND THEN
        SELECT a.access_id, a.recorded_at, a.fields, a.request_key INTO first FROM accesses AS a
        WHERE a.subject_no = p_subject_no AND a.expires_at = p_expires_at AND a.cti = p_cti;
        IF first.request_key = p_request_key THEN
            RETURN QUERY SELECT 'repeated', first.access_id, first.recorded_at, first.fields, bound.resident_id,
                                bound.principal_id, bound.binding_id;
        ELSE
            RETURN QUERY SELECT 'used', NULL::uuid, NULL::timestamptz, NULL::text[], NULL::uuid, NULL::uuid, NULL::uuid;
        END IF;
        RETURN;
    END IF;
    INSERT INTO outbox (routing_key, notice_id, recipient, channel, topic, dedupe_key, data, created_at, due_at, expires_at)
    VALUES (p_subject_no, p_notice_id, bound.resident_id, 'inbox', 'code.scanned', 'scan:' || p_access_id,
            jsonb_build_object('access_id', p_access_id, 'venue_id', p_venue_id, 'purpose', p_purpose, 'at', p_now,
                               'kind', p_kind, 'form', p_form),
            p_now, p_now, p_notice_expires_at);
    IF p_kind = 'care' THEN
        INSERT INTO outbox (routing_key, notice_id, recipient, channel, topic, dedupe_key, data, created_at, due_at, expires_at)
        VALUES (p_subject_no, p_second_notice_id, bound.principal_id, 'inbox', 'code.scanned', 'scan-carer:' || p_access_id,
                jsonb_build_object('access_id', p_access_id, 'venue_id', p_venue_id, 'purpose', p_purpose, 'at', p_now,
                                   'kind', p_kind, 'form', p_form),
                p_now, p_now, p_notice_expires_at);
    END IF;
    RETURN QUERY SELECT 'accepted', p_access_id, p_now, shown, bound.resident_id, bound.principal_id, bound.binding_id;
END
$$;
SELECT cluster.delegate('record_scan(bigint, bytea, text, text, timestamptz, timestamptz, timestamptz, bigint, bigint, uuid, uuid, uuid, text, text[], bytea, bytea, timestamptz, uuid, uuid, timestamptz, boolean)', 'p_subject_no', 'subjects');

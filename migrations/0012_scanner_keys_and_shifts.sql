-- Scanners that prove a key of their own, staff who sign in on them for a shift, and what a venue sees of its own scans.

ALTER TABLE venues ADD COLUMN requires_shift boolean NOT NULL DEFAULT false;    -- nobody scans without having signed in
ALTER TABLE venues ADD COLUMN closed_at timestamptz;

ALTER TABLE scanners ADD COLUMN public_key jsonb;           -- the JWK whose possession each request proves
ALTER TABLE scanners ADD COLUMN key_thumbprint bytea;       -- its SHA-256 thumbprint (RFC 7638)
ALTER TABLE scanners ADD COLUMN key_registered_at timestamptz;
ALTER TABLE scanners ADD COLUMN renewed_at timestamptz;
ALTER TABLE scanners ADD COLUMN previous_hash bytea;        -- the credential before the last renewal, good for a moment more
ALTER TABLE scanners ADD COLUMN previous_until timestamptz;
ALTER TABLE scanners ADD CONSTRAINT scanners_key_whole CHECK ((public_key IS NULL) = (key_thumbprint IS NULL));
CREATE INDEX scanners_of_venue ON scanners (venue_id);
CREATE INDEX venues_of_manager ON venues (manager_id);

-- A venue's staff are known here by a random id and a number of the venue's own; the name is for the manager alone.
CREATE TABLE venue_staff (
    staff_id uuid PRIMARY KEY,
    venue_id uuid NOT NULL REFERENCES venues,
    number text NOT NULL,
    sealed_name bytea NOT NULL,
    pin_salt bytea NOT NULL,
    pin_hash bytea NOT NULL,            -- scrypt over a keyed index: a stolen table cannot be searched for six digits
    created_at timestamptz NOT NULL,
    removed_at timestamptz
);
SELECT cluster.reference('venue_staff');
CREATE UNIQUE INDEX venue_staff_numbers ON venue_staff (venue_id, number) WHERE removed_at IS NULL;

-- Read by each scan, written when somebody signs in or out.
CREATE TABLE shifts (
    shift_id uuid PRIMARY KEY,
    scanner_id uuid NOT NULL REFERENCES scanners,
    staff_id uuid NOT NULL REFERENCES venue_staff,
    opened_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    closed_at timestamptz,
    closed_for text CHECK (closed_for IN ('closed', 'replaced', 'removed')),
    CHECK ((closed_at IS NULL) = (closed_for IS NULL))
);
SELECT cluster.reference('shifts');
CREATE UNIQUE INDEX shifts_open ON shifts (scanner_id) WHERE closed_at IS NULL;
CREATE INDEX shifts_of_staff ON shifts (staff_id) WHERE closed_at IS NULL;
CREATE INDEX shifts_by_end ON shifts (ends_at);

-- Who looked, by a random id: never a name.
ALTER TABLE accesses ADD COLUMN staff_id uuid;

-- A venue's own view of its scans, made from `accesses` afterwards by a worker: nothing of the holder is in it.
CREATE TABLE venue_scans (
    venue_id uuid NOT NULL,
    access_id uuid NOT NULL,
    recorded_at timestamptz NOT NULL,
    scanner_id uuid NOT NULL,
    staff_id uuid,
    annulled_at timestamptz,
    PRIMARY KEY (venue_id, access_id)
);
SELECT cluster.distribute('venue_scans', 'venue_id');
CREATE INDEX venue_scans_of_day ON venue_scans (venue_id, recorded_at);
CREATE INDEX venue_scans_by_time ON venue_scans (recorded_at);
CREATE INDEX access_marks_by_time ON access_marks (marked_at);

-- How far a projection has come, so that it goes on from there.
CREATE TABLE projections (
    projection text PRIMARY KEY,
    until_at timestamptz NOT NULL,
    swept_at timestamptz NOT NULL       -- when it last looked far back, for what was recorded late
);
SELECT cluster.reference('projections');

-- What servers counted of a scanner in a day: when it was last used, and how often it refused, by reason. May be lost.
CREATE TABLE scanner_tallies (
    venue_id uuid NOT NULL,
    scanner_id uuid NOT NULL,
    day date NOT NULL,
    reason text NOT NULL,               -- a refusal's slug, or 'used'
    count bigint NOT NULL,
    last_at timestamptz NOT NULL,
    PRIMARY KEY (venue_id, scanner_id, day, reason)
);
SELECT cluster.distribute('scanner_tallies', 'venue_id', 'venue_scans');
CREATE INDEX scanner_tallies_by_day ON scanner_tallies (day);

-- The scan as before, and who is signed in on the scanner at that very moment: the shift is read here and not remembered by
-- servers, lest a look be put down to the colleague of before. Servers that are not upgraded yet call the one of before,
-- which a later migration will take away.
CREATE FUNCTION record_scan(
    p_subject_no bigint, p_cti bytea, p_kind text, p_issued_at timestamptz, p_expires_at timestamptz, p_access_id uuid,
    p_venue_id uuid, p_scanner_id uuid, p_purpose text, p_fields text[], p_salt bytea, p_request_key bytea, p_now timestamptz,
    p_notice_id uuid, p_notice_expires_at timestamptz, p_requires_shift boolean)
RETURNS TABLE (outcome text, access_id uuid, recorded_at timestamptz, fields text[], resident_id uuid)
LANGUAGE plpgsql AS $$
DECLARE
    holder uuid;
    staff uuid;
    first record;
BEGIN
    SELECT h.staff_id INTO staff FROM shifts AS h
    WHERE h.scanner_id = p_scanner_id AND h.closed_at IS NULL AND h.ends_at > p_now;
    IF p_requires_shift AND NOT FOUND THEN
        RETURN QUERY SELECT 'no-shift', NULL::uuid, NULL::timestamptz, NULL::text[], NULL::uuid;
        RETURN;
    END IF;
    SELECT s.resident_id INTO holder FROM subjects AS s
    WHERE s.subject_no = p_subject_no AND s.kind = p_kind AND s.ended_at IS NULL AND s.codes_valid_from <= p_issued_at;
    IF NOT FOUND THEN
        RETURN QUERY SELECT 'revoked', NULL::uuid, NULL::timestamptz, NULL::text[], NULL::uuid;
        RETURN;
    END IF;
    INSERT INTO accesses (subject_no, expires_at, access_id, cti, kind, issued_at, recorded_at, venue_id, scanner_id, purpose,
                          fields, salt, request_key, staff_id)
    VALUES (p_subject_no, p_expires_at, p_access_id, p_cti, p_kind, p_issued_at, p_now, p_venue_id, p_scanner_id, p_purpose,
            p_fields, p_salt, p_request_key, staff)
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
                        'timestamptz, uuid, timestamptz, boolean)', 'p_subject_no', 'subjects');

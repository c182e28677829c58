-- Licences (电子证照): what kinds there are, which of them somebody holds, and looks at them in the log of accesses.

-- What a licence of a kind has in it, how it is shown and who may issue it: data, so that a kind is added without code.
-- `definition` is app/licences/model.py's LicenceType. What the program ships lies in its own files (app/licences/shipped); a row here
-- adds a kind, or takes a shipped one's place.
CREATE TABLE licence_types (
    type_id text PRIMARY KEY,
    definition jsonb NOT NULL,
    changed_at timestamptz NOT NULL,
    changed_by uuid,
    withdrawn_at timestamptz
);
SELECT cluster.reference('licence_types');

-- What a purpose may ask of a licence: these fields and no others. No row: nothing of that kind.
CREATE TABLE purpose_licences (
    purpose text NOT NULL REFERENCES purposes,
    type_id text NOT NULL,
    fields text[] NOT NULL,
    kept_days integer NOT NULL CHECK (kept_days >= 0),     -- how long the venue may keep what it is told; 0: it may look, not keep
    PRIMARY KEY (purpose, type_id)
);
SELECT cluster.reference('purpose_licences');
INSERT INTO purpose_licences (purpose, type_id, fields, kept_days) VALUES
    ('hotel-check-in', 'resident-identity-card', '{name,id_number,photo}', 30),
    ('hotel-check-in', 'residence-permit', '{name,id_number,photo}', 30),
    ('hospital-registration', 'medical-insurance-voucher', '{name,voucher_number,insured_region}', 365),
    ('hospital-registration', 'social-security-card', '{name,card_number}', 365),
    ('service-window', 'resident-identity-card', '{name,id_number,address,photo}', 30),
    ('service-window', 'business-licence', '{name,unified_social_credit_code,legal_representative,company_type,registered_capital,established_on,address,scope}', 30),
    ('service-window', 'marriage-certificate', '{name,certificate_number,spouse_name,registered_on}', 30),
    ('service-window', 'birth-certificate', '{name,certificate_number,born_at,mother_name,father_name}', 30),
    ('service-window', 'real-estate-certificate', '{name,certificate_number,location,right_type,area}', 30),
    ('scenic-spot-entry', 'disability-card', '{category,grade}', 0),
    ('scenic-spot-entry', 'teacher-certificate', '{certificate_kind}', 0);

-- The wallet of a resident or a company. What a company holds is sealed under a key of its own, what a resident holds under
-- the resident's.
CREATE TABLE wallets (
    holder_id uuid PRIMARY KEY,
    holder_kind text NOT NULL CHECK (holder_kind IN ('resident', 'company')),
    wrapped_key bytea,                      -- of a company alone
    created_at timestamptz NOT NULL,
    opened_at timestamptz NOT NULL,         -- when its holder last looked: wallets that nobody opens are not kept in step
    sync_due_at timestamptz,                -- NULL: nothing to do until it is opened
    CHECK ((holder_kind = 'company') = (wrapped_key IS NOT NULL))
);
SELECT cluster.distribute('wallets', 'holder_id');
CREATE INDEX wallets_by_sync ON wallets (sync_due_at) WHERE sync_due_at IS NOT NULL;

-- How a wallet stands with each source of licences: what it shows while a registry is down has an age.
CREATE TABLE wallet_sources (
    holder_id uuid NOT NULL,
    source text NOT NULL,
    tried_at timestamptz NOT NULL,
    synced_at timestamptz,
    failures integer NOT NULL DEFAULT 0,
    failure text,                           -- a slug; NULL: the last try went well
    PRIMARY KEY (holder_id, source)
);
SELECT cluster.distribute('wallet_sources', 'holder_id', 'wallets');

-- One licence in a wallet. `licence_no` is a random number that codes are sealed for, as subjects have one.
CREATE TABLE licences (
    holder_id uuid NOT NULL,
    licence_id uuid NOT NULL,
    licence_no bigint NOT NULL,
    type_id text NOT NULL,
    source text NOT NULL,                   -- the registry that it came from
    identifier_index bytea NOT NULL,        -- of its identifier (GB/T 36904), blind: it may have an identity number in it
    standing text NOT NULL CHECK (standing IN ('valid', 'reissued', 'expired', 'cancelled', 'revoked', 'withdrawn', 'other')),
    valid_from date,
    valid_until date,                       -- the last day on which it is good
    sealed_content bytea NOT NULL,          -- app/licences/model.py's Content, under the holder's key
    digest bytea NOT NULL,                  -- of the content, keyed: whether a registry tells something new
    changed_at timestamptz NOT NULL,        -- as the registry has it
    fetched_at timestamptz NOT NULL,        -- when the registry last said that it is so
    PRIMARY KEY (holder_id, licence_id),
    UNIQUE (holder_id, licence_no),
    UNIQUE (holder_id, source, identifier_index)
);
SELECT cluster.distribute('licences', 'holder_id', 'wallets');

-- From a licence's identifier to whoever holds it: for a registry's notice of a change.
CREATE TABLE licence_lookups (
    identifier_index bytea NOT NULL,
    holder_id uuid NOT NULL,
    licence_id uuid NOT NULL,
    PRIMARY KEY (identifier_index, holder_id)
);
SELECT cluster.distribute('licence_lookups', 'identifier_index');
CREATE INDEX licence_lookups_of_holder ON licence_lookups (holder_id);

-- A look at a licence is an access like any other: `form` is 'licence' (presented in hand), 'consent' (asked for, and agreed to
-- on the phone), 'window' (looked up by a window's staff for whoever stands there), `fields` what was told of it.
ALTER TABLE accesses ADD COLUMN licence_type text;
ALTER TABLE accesses ADD COLUMN licence_id uuid;

-- One look at a licence, claimed by (subject_no, expires_at, cti) as a scan is: refused where the subject has ended since
-- p_issued_at, so that a lock ends what was presented before it.
CREATE FUNCTION record_licence_look(
    p_subject_no bigint, p_cti bytea, p_kind text, p_form text, p_issued_at timestamptz, p_expires_at timestamptz,
    p_licence_type text, p_licence_id uuid, p_access_id uuid, p_venue_id uuid, p_scanner_id uuid, p_staff_id uuid,
    p_purpose text, p_fields text[], p_salt bytea, p_request_key bytea, p_now timestamptz, p_notice_id uuid,
    p_notice_expires_at timestamptz, p_requires_shift boolean
) RETURNS TABLE (outcome text, access_id uuid, recorded_at timestamptz, fields text[], licence_id uuid, resident_id uuid,
                 principal_id uuid, binding_id uuid)
LANGUAGE plpgsql AS $$
DECLARE
    bound subjects;
    staff uuid := p_staff_id;
    first record;
BEGIN
    IF p_scanner_id IS NOT NULL THEN
        SELECT h.staff_id INTO staff FROM shifts AS h
        WHERE h.scanner_id = p_scanner_id AND h.closed_at IS NULL AND h.ends_at > p_now;
        IF p_requires_shift AND NOT FOUND THEN
            RETURN QUERY SELECT 'no-shift', NULL::uuid, NULL::timestamptz, NULL::text[], NULL::uuid, NULL::uuid, NULL::uuid, NULL::uuid;
            RETURN;
        END IF;
    END IF;
    SELECT s.* INTO bound FROM subjects AS s WHERE s.subject_no = p_subject_no AND s.kind = p_kind;
    IF NOT FOUND OR bound.ended_at IS NOT NULL OR bound.suspended_at IS NOT NULL OR bound.ends_at <= p_now
       OR bound.codes_valid_from > p_issued_at THEN
        RETURN QUERY SELECT 'revoked', NULL::uuid, NULL::timestamptz, NULL::text[], NULL::uuid, NULL::uuid, NULL::uuid, NULL::uuid;
        RETURN;
    END IF;
    INSERT INTO accesses (subject_no, expires_at, access_id, cti, kind, form, issued_at, recorded_at, venue_id, scanner_id,
                          purpose, fields, salt, request_key, staff_id, licence_type, licence_id)
    VALUES (p_subject_no, p_expires_at, p_access_id, p_cti, p_kind, p_form, p_issued_at, p_now, p_venue_id, p_scanner_id,
            p_purpose, p_fields, p_salt, p_request_key, staff, p_licence_type, p_licence_id)
    ON CONFLICT (subject_no, expires_at, cti) DO NOTHING;
    IF NOT FOUND THEN
        SELECT a.access_id, a.recorded_at, a.fields, a.licence_id, a.request_key INTO first FROM accesses AS a
        WHERE a.subject_no = p_subject_no AND a.expires_at = p_expires_at AND a.cti = p_cti;
        IF first.request_key = p_request_key THEN
            RETURN QUERY SELECT 'repeated', first.access_id, first.recorded_at, first.fields, first.licence_id, bound.resident_id,
                                bound.principal_id, bound.binding_id;
        ELSE
            RETURN QUERY SELECT 'used', NULL::uuid, NULL::timestamptz, NULL::text[], NULL::uuid, NULL::uuid, NULL::uuid, NULL::uuid;
        END IF;
        RETURN;
    END IF;
    INSERT INTO outbox (routing_key, notice_id, recipient, channel, topic, dedupe_key, data, created_at, due_at, expires_at)
    VALUES (p_subject_no, p_notice_id, bound.resident_id, 'inbox', 'licence.shown', 'look:' || p_access_id,
            jsonb_build_object('access_id', p_access_id, 'venue_id', p_venue_id, 'purpose', p_purpose, 'at', p_now,
                               'kind', p_kind, 'form', p_form, 'licence_type', p_licence_type),
            p_now, p_now, p_notice_expires_at);
    RETURN QUERY SELECT 'accepted', p_access_id, p_now, p_fields, p_licence_id, bound.resident_id, bound.principal_id,
                        bound.binding_id;
END
$$;
SELECT cluster.delegate('record_licence_look(bigint, bytea, text, text, timestamptz, timestamptz, text, uuid, uuid, uuid, uuid, uuid, text, text[], bytea, bytea, timestamptz, uuid, timestamptz, boolean)', 'p_subject_no', 'subjects');

-- Looking after wallets: what a credential was made of, who comes first, and who is at it.

-- What a licence says, as a credential of it would: a keyed digest, under the holder's key. A credential keeps that of which it was
-- made; where they differ, it says something that is true no more. An empty one is of before this column.
ALTER TABLE licences ADD COLUMN content_stamp bytea NOT NULL DEFAULT '';
ALTER TABLE licence_credentials ADD COLUMN content_stamp bytea NOT NULL DEFAULT '';
-- When a licence last said something else than before, by this deployment's clock; NULL: it never did.
ALTER TABLE licences ADD COLUMN renewed_at timestamptz;
CREATE INDEX licences_by_renewal ON licences (renewed_at) WHERE renewed_at IS NOT NULL;

-- Since when somebody waits for a wallet to be brought up to date: it was opened, or a registry told of a change. Such wallets come
-- before those whose daily turn it is, or of which a file told.
ALTER TABLE wallets ADD COLUMN hastened_at timestamptz;
CREATE INDEX wallets_by_haste ON wallets (sync_due_at) WHERE hastened_at IS NOT NULL;

-- What a withdrawn key signed is ended page by page.
CREATE INDEX licence_credentials_by_key ON licence_credentials (kid, holder_id, credential_id) WHERE revoked_at IS NULL;
CREATE INDEX certificate_batches_by_key ON certificate_batches (kid, subject_no, batch_id) WHERE revoked_at IS NULL;

-- Whoever sends an answer to a verifier elsewhere claims it until then: two at once would send it twice.
ALTER TABLE presentations ADD COLUMN delivering_until timestamptz;

-- Who asked: whoever was signed in on the scanner then, or the member of staff at the window. The consent comes later, and the look
-- that it allows is theirs who asked, whoever is signed in by then.
ALTER TABLE presentations ADD COLUMN staff_id uuid;
CREATE OR REPLACE FUNCTION record_licence_look(
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
    IF p_scanner_id IS NOT NULL AND p_form <> 'consent' THEN
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

-- The first load of residents from a file: where each import stands, the lines of the batch under way, and the statement that enters it.

CREATE TABLE imports (
    file_hash bytea PRIMARY KEY,        -- SHA-256 of the whole file: another file is another import
    byte_offset bigint NOT NULL,        -- up to here every line is entered or refused
    line_no bigint NOT NULL,
    report_bytes bigint NOT NULL,       -- how long the report of refused lines was then
    entered bigint NOT NULL,
    refused bigint NOT NULL,
    started_at timestamptz NOT NULL,
    finished_at timestamptz
);
SELECT cluster.local('imports');

-- Filled by COPY and emptied in the same transaction.
CREATE TABLE import_lines (
    file_hash bytea NOT NULL,
    line_no bigint NOT NULL,
    resident_id uuid NOT NULL,
    subject_no bigint NOT NULL,
    wrapped_key bytea NOT NULL,
    sealed_phone bytea NOT NULL,
    sealed_account bytea NOT NULL,
    sealed_name bytea,
    sealed_id_number bytea,
    verified_at timestamptz,
    phone_indexes bytea[] NOT NULL,     -- under each index key in use
    identity_indexes bytea[] NOT NULL,
    PRIMARY KEY (file_hash, line_no)
);
SELECT cluster.local('import_lines');

-- Enters the lines of a batch and answers which were refused, and why. An index that anybody took, before or at this moment, refuses
-- the whole line; of two lines with the same, the earlier has it.
CREATE FUNCTION enter_import_lines(p_file_hash bytea, p_now timestamptz) RETURNS TABLE (line_no bigint, slug text)
LANGUAGE plpgsql AS $$
DECLARE
    phone_taken bigint[];
    identity_taken bigint[];
BEGIN
    WITH asked AS (
        SELECT l.line_no, l.resident_id, i.index FROM import_lines AS l CROSS JOIN LATERAL unnest(l.phone_indexes) AS i (index)
        WHERE l.file_hash = p_file_hash
    ), had AS (
        INSERT INTO phone_lookups AS p (phone_index, resident_id, created_at)
        SELECT DISTINCT ON (a.index) a.index, a.resident_id, p_now FROM asked AS a ORDER BY a.index, a.line_no
        ON CONFLICT DO NOTHING RETURNING p.phone_index, p.resident_id
    )
    SELECT array_agg(DISTINCT a.line_no) INTO phone_taken FROM asked AS a
    WHERE NOT EXISTS (SELECT FROM had AS h WHERE h.phone_index = a.index AND h.resident_id = a.resident_id);

    WITH asked AS (
        SELECT l.line_no, l.resident_id, i.index FROM import_lines AS l CROSS JOIN LATERAL unnest(l.identity_indexes) AS i (index)
        WHERE l.file_hash = p_file_hash AND l.line_no <> ALL (coalesce(phone_taken, '{}'))
    ), had AS (
        INSERT INTO identity_lookups AS p (identity_index, resident_id, created_at)
        SELECT DISTINCT ON (a.index) a.index, a.resident_id, p_now FROM asked AS a ORDER BY a.index, a.line_no
        ON CONFLICT DO NOTHING RETURNING p.identity_index, p.resident_id
    )
    SELECT array_agg(DISTINCT a.line_no) INTO identity_taken FROM asked AS a
    WHERE NOT EXISTS (SELECT FROM had AS h WHERE h.identity_index = a.index AND h.resident_id = a.resident_id);

    -- What a refused line had taken of its indexes is given back.
    IF phone_taken IS NOT NULL OR identity_taken IS NOT NULL THEN
        DELETE FROM phone_lookups AS p USING import_lines AS l
        WHERE l.file_hash = p_file_hash AND l.line_no = ANY (phone_taken || identity_taken)
          AND p.phone_index = ANY (l.phone_indexes) AND p.resident_id = l.resident_id;
        DELETE FROM identity_lookups AS p USING import_lines AS l
        WHERE l.file_hash = p_file_hash AND l.line_no = ANY (phone_taken || identity_taken)
          AND p.identity_index = ANY (l.identity_indexes) AND p.resident_id = l.resident_id;
        RETURN QUERY SELECT n, 'phone-taken' FROM unnest(phone_taken) AS n UNION ALL
                     SELECT n, 'identity-taken' FROM unnest(identity_taken) AS n ORDER BY 1;
        DELETE FROM import_lines AS l WHERE l.file_hash = p_file_hash AND l.line_no = ANY (phone_taken || identity_taken);
    END IF;

    INSERT INTO residents (resident_id, subject_no, wrapped_key, sealed_phone, sealed_name, sealed_id_number, created_at, verified_at)
    SELECT l.resident_id, l.subject_no, l.wrapped_key, l.sealed_phone, l.sealed_name, l.sealed_id_number, p_now, l.verified_at
    FROM import_lines AS l WHERE l.file_hash = p_file_hash;
    INSERT INTO logins (resident_id, login_id, kind, sealed_account, linked_at, last_used_at)
    SELECT l.resident_id, l.resident_id, 'phone', l.sealed_account, p_now, p_now
    FROM import_lines AS l WHERE l.file_hash = p_file_hash;
    INSERT INTO subjects (subject_no, kind, resident_id, codes_valid_from, created_at)
    SELECT l.subject_no, 'personal', l.resident_id, date_trunc('second', p_now), p_now
    FROM import_lines AS l WHERE l.file_hash = p_file_hash;
    DELETE FROM import_lines AS l WHERE l.file_hash = p_file_hash;
END
$$;

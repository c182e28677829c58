-- While index keys rotate, a one-time password may have been hashed under a key that another server no longer makes hashes with: all
-- that it could be are tried at once, as one guess. `claim_otp` stays for the version before, and has no namesake, since servers of that version do not say which they mean.
CREATE FUNCTION claim_otp_of_any(p_challenge_id uuid, p_otp_hashes bytea[], p_attempts integer, p_now timestamptz)
RETURNS TABLE (outcome text, phone_index bytea, sealed_phone bytea)
LANGUAGE plpgsql AS $$
DECLARE
    held otp_challenges;
BEGIN
    SELECT c.* INTO held FROM otp_challenges AS c WHERE c.challenge_id = p_challenge_id FOR UPDATE;
    IF NOT FOUND OR held.used_at IS NOT NULL OR held.expires_at <= p_now OR held.attempts >= p_attempts THEN
        RETURN QUERY SELECT 'expired', NULL::bytea, NULL::bytea;
    ELSIF held.otp_hash <> ALL (p_otp_hashes) THEN
        UPDATE otp_challenges AS c SET attempts = c.attempts + 1 WHERE c.challenge_id = p_challenge_id;
        RETURN QUERY SELECT 'wrong', NULL::bytea, NULL::bytea;
    ELSE
        UPDATE otp_challenges AS c SET used_at = p_now WHERE c.challenge_id = p_challenge_id;
        RETURN QUERY SELECT 'right', held.phone_index, held.sealed_phone;
    END IF;
END
$$;
SELECT cluster.delegate('claim_otp_of_any(uuid, bytea[], integer, timestamptz)', 'p_challenge_id', 'otp_challenges');

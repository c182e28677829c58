-- Annotated copies of licences (加注件), and what windows ask instead of having it brought (免于提交).

-- One copy that a holder has made for somebody, for a purpose. What is printed is stored nowhere; of the words that its holder
-- chose and of what a checker is told, the sealed parts, under the holder's key.
CREATE TABLE licence_copies (
    holder_id uuid NOT NULL,
    copy_id uuid NOT NULL,
    holder_kind text NOT NULL CHECK (holder_kind IN ('resident', 'company')),
    licence_id uuid NOT NULL,
    type_id text NOT NULL,
    issued_by uuid NOT NULL,            -- the resident whose act it was, and as which subject: a lock of theirs ends it
    subject_no bigint NOT NULL,
    sealed_order bytea NOT NULL,        -- requester and purpose
    issued_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    sealed_print bytea,                 -- once it is printed: what a checker is told of it, masked
    digest bytea,                       -- of what was printed, salted; a code with another is no code of this copy
    printed_at timestamptz,
    checks integer NOT NULL DEFAULT 0,
    checked_at timestamptz,
    revoked_at timestamptz,
    PRIMARY KEY (holder_id, copy_id)
);
SELECT cluster.distribute('licence_copies', 'holder_id', 'wallets');
CREATE INDEX licence_copies_by_expiry ON licence_copies (expires_at);

-- From a copy's number, which its code and its download bear, to its holder; and the token that downloads it once.
CREATE TABLE licence_copy_lookups (
    copy_id uuid PRIMARY KEY,
    holder_id uuid NOT NULL,
    token_hash bytea NOT NULL,
    token_expires_at timestamptz NOT NULL,
    spent_at timestamptz,
    expires_at timestamptz NOT NULL
);
SELECT cluster.distribute('licence_copy_lookups', 'copy_id');
CREATE INDEX licence_copy_lookups_of_holder ON licence_copy_lookups (holder_id);
CREATE INDEX licence_copy_lookups_by_expiry ON licence_copy_lookups (expires_at);

-- Matters that windows do, and what each needs: data, so that one is added without code. What the program ships lies in its own
-- files (app/wallet/matters); a row here adds one, or takes a shipped one's place.
CREATE TABLE matters (
    matter_id text PRIMARY KEY,
    definition jsonb NOT NULL,
    changed_at timestamptz NOT NULL,
    withdrawn_at timestamptz
);
SELECT cluster.reference('matters');

-- A window asked which materials for a matter somebody holds, and what came of it.
CREATE TABLE material_requests (
    resident_id uuid NOT NULL,          -- whose
    request_id uuid NOT NULL,
    staff_id uuid NOT NULL,
    presence_id uuid NOT NULL,
    matter_id text NOT NULL,
    asked jsonb NOT NULL,               -- each material, and what was answered of it; nothing of what any says
    asked_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,    -- with the presence
    presentation_id uuid,               -- where they are asked on their phone
    handed_at timestamptz,
    agreed_by text CHECK (agreed_by IN ('phone', 'window')),
    PRIMARY KEY (resident_id, request_id),
    CHECK ((handed_at IS NULL) = (agreed_by IS NULL))
);
SELECT cluster.distribute('material_requests', 'resident_id');
CREATE INDEX material_requests_by_expiry ON material_requests (expires_at);

-- A window may ask too: neither by a scanner nor from elsewhere. material_requests has whose question it is.
ALTER TABLE presentations DROP CONSTRAINT presentations_check;
ALTER TABLE presentations ADD CONSTRAINT presentations_asked_by CHECK (scanner_id IS NULL OR verifier_id IS NULL);

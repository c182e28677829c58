-- Those who run it: more roles, second factors, staff sessions, proposals that take two persons, what the desk looked at and
-- answered, and the acts of all of them under the chained log.

ALTER TABLE roles DROP CONSTRAINT roles_role_check;
ALTER TABLE roles ADD CONSTRAINT roles_role_check
    CHECK (role IN ('operator', 'auditor', 'manager', 'window', 'publisher', 'reviewer'));
ALTER TABLE roles ADD COLUMN granted_by uuid;   -- null: by the command line, or as demo data

-- A session that was opened with a second factor bears roles. It is over at staff_until whatever is refreshed.
ALTER TABLE sessions ADD COLUMN staff_until timestamptz;
ALTER TABLE sessions ADD COLUMN second_factor_at timestamptz;

CREATE TABLE staff_factors (
    resident_id uuid NOT NULL REFERENCES residents,
    factor_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('totp', 'passkey')),
    name text NOT NULL,
    created_at timestamptz NOT NULL,
    confirmed_at timestamptz,           -- it counts from then on
    last_used_at timestamptz,
    sealed_secret bytea,                -- of a TOTP, under the resident's key
    last_step bigint,                   -- of a TOTP: the newest time step that was accepted
    credential_id bytea,
    public_key bytea,
    sign_count bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (resident_id, factor_id),
    CHECK ((kind = 'totp') = (sealed_secret IS NOT NULL)),
    CHECK ((kind = 'passkey') = (credential_id IS NOT NULL)),
    CHECK ((kind = 'passkey') = (public_key IS NOT NULL))
);
SELECT cluster.distribute('staff_factors', 'resident_id', 'residents');

CREATE TABLE staff_recovery_codes (
    resident_id uuid NOT NULL REFERENCES residents,
    code_hash bytea NOT NULL,
    created_at timestamptz NOT NULL,
    used_at timestamptz,
    PRIMARY KEY (resident_id, code_hash)
);
SELECT cluster.distribute('staff_recovery_codes', 'resident_id', 'residents');

-- One row a person, held while a second factor is tried: guesses at once take turns.
CREATE TABLE staff_attempts (
    resident_id uuid PRIMARY KEY REFERENCES residents,
    failed smallint NOT NULL DEFAULT 0,
    lockouts smallint NOT NULL DEFAULT 0,
    locked_until timestamptz
);
SELECT cluster.distribute('staff_attempts', 'resident_id', 'residents');

-- A passkey signs a challenge of ours, once.
CREATE TABLE staff_ceremonies (
    resident_id uuid NOT NULL REFERENCES residents,
    ceremony_id uuid NOT NULL,
    purpose text NOT NULL CHECK (purpose IN ('add', 'open')),
    challenge bytea NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (resident_id, ceremony_id)
);
SELECT cluster.distribute('staff_ceremonies', 'resident_id', 'residents');

-- One row, held by whoever changes who is an operator: of two who remove each other at once, one does.
CREATE TABLE offices (
    office text PRIMARY KEY
);
SELECT cluster.reference('offices');
INSERT INTO offices (office) VALUES ('operator');

CREATE TABLE proposals (
    proposal_id uuid PRIMARY KEY,
    kind text NOT NULL,
    object_id uuid,
    details jsonb NOT NULL,             -- ids and words such as a role's: nothing personal
    sealed_reason bytea,
    sealed_for uuid,                    -- the resident under whose key; null: under the deployment's
    proposed_by uuid NOT NULL,
    proposed_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    decision text CHECK (decision IN ('approved', 'rejected')),
    decided_by uuid,
    decided_at timestamptz,
    executed_at timestamptz,
    CHECK (decided_by IS DISTINCT FROM proposed_by OR decided_by IS NULL OR decision = 'rejected'),
    CHECK (executed_at IS NULL OR decision = 'approved')
);
SELECT cluster.reference('proposals');
CREATE INDEX proposals_to_execute ON proposals (decided_at) WHERE decision = 'approved' AND executed_at IS NULL;

-- What an operator may follow up hangs on the look's id, which names the resident to nobody else.
CREATE TABLE staff_looks (
    operator_id uuid NOT NULL,
    look_id uuid NOT NULL,
    resident_id uuid NOT NULL,
    sealed_case bytea NOT NULL,         -- the case's reference, under the resident's key
    looked_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (operator_id, look_id)
);
SELECT cluster.distribute('staff_looks', 'operator_id');

CREATE TABLE dispute_answers (
    subject_no bigint NOT NULL,
    access_id uuid NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('upheld', 'rejected')),
    sealed_words bytea,                 -- under the resident's key
    answered_at timestamptz NOT NULL,
    answered_by uuid NOT NULL,
    PRIMARY KEY (subject_no, access_id)
);
SELECT cluster.distribute('dispute_answers', 'subject_no', 'subjects');
CREATE INDEX access_marks_disputed ON access_marks (access_id) WHERE mark = 'disputed';

-- A venue that was turned down or stopped has no approval; words say why to its manager.
ALTER TABLE venues ADD COLUMN judgement text CHECK (judgement IN ('rejected', 'suspended'));
ALTER TABLE venues ADD COLUMN judged_at timestamptz;
ALTER TABLE venues ADD COLUMN judgement_words text;

ALTER TABLE acts ADD COLUMN role text;
ALTER TABLE acts ADD COLUMN request_id uuid;
ALTER TABLE acts ADD COLUMN sealed_reason bytea;
ALTER TABLE acts ADD COLUMN sealed_for uuid;     -- the resident under whose key the reason is sealed; null: under the deployment's
ALTER TABLE acts ADD COLUMN salt bytea;          -- blinds the row's commitment; acts from before this migration have none
CREATE INDEX acts_by_time ON acts (happened_at);
CREATE INDEX acts_by_id ON acts (act_id);
CREATE INDEX acts_of_object ON acts (object_id, act_id) WHERE object_id IS NOT NULL;

-- Acts have a tree of their own in each batch; one leaf of the batch's own tree, of the kind 'acts', commits to its root.
CREATE TABLE act_leaves (
    actor_id uuid NOT NULL,
    act_id uuid NOT NULL,
    batch_no bigint NOT NULL,
    position integer NOT NULL,
    commitment bytea NOT NULL,
    PRIMARY KEY (actor_id, act_id)
);
SELECT cluster.distribute('act_leaves', 'actor_id', 'acts');
CREATE INDEX act_leaves_by_batch ON act_leaves (batch_no, position);

-- A new kind of leaf, 'acts'. The check is not made anew: it would look through a long table, and whoever forges a kind breaks a root.
ALTER TABLE access_leaves DROP CONSTRAINT access_leaves_kind_check;

-- What the deployment keeps of itself: the chained access log, the trust lists it published, its officers' acts, and the answers that
-- a repeated request gets again.

-- The leaf of each entry in the chained log, an access or an erasure: a commitment that says nothing. It never changes, and stays when
-- the access itself is erased.
CREATE TABLE access_leaves (
    subject_no bigint NOT NULL,
    entry_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('access', 'erasure')),
    batch_no bigint NOT NULL,
    position integer NOT NULL,
    commitment bytea NOT NULL,
    PRIMARY KEY (subject_no, entry_id)
);
SELECT cluster.distribute('access_leaves', 'subject_no', 'subjects');
CREATE INDEX access_leaves_by_batch ON access_leaves (batch_no, position);

-- Why leaves of a subject have no access any more. It is signed, so that whoever can write to the database alone cannot make one, and
-- is an entry of the log itself, so that none can be added or taken away later.
CREATE TABLE access_erasures (
    subject_no bigint NOT NULL,
    erasure_id uuid NOT NULL,
    erased_at timestamptz NOT NULL,
    salt bytea NOT NULL,                -- blinds the entry's commitment
    kid bytea NOT NULL,
    signature bytea NOT NULL,
    PRIMARY KEY (subject_no, erasure_id)
);
SELECT cluster.distribute('access_erasures', 'subject_no', 'subjects');
CREATE INDEX access_erasures_by_time ON access_erasures (erased_at);

CREATE TABLE access_batches (
    batch_no bigint PRIMARY KEY,
    until_at timestamptz NOT NULL,      -- what was recorded before this is in this batch or an earlier one, but for stragglers
    created_at timestamptz NOT NULL,
    leaf_count integer NOT NULL,
    root bytea NOT NULL,
    previous_head bytea NOT NULL,
    head bytea NOT NULL,
    kid bytea NOT NULL,
    signature bytea NOT NULL
);
SELECT cluster.reference('access_batches');

CREATE TABLE trust_lists (
    sequence bigint PRIMARY KEY,
    jws text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
SELECT cluster.reference('trust_lists');

CREATE TABLE acts (
    actor_id uuid NOT NULL,
    act_id uuid NOT NULL,
    act text NOT NULL,
    object_id uuid,
    happened_at timestamptz NOT NULL,
    PRIMARY KEY (actor_id, act_id)
);
SELECT cluster.distribute('acts', 'actor_id');

CREATE TABLE idempotent_answers (
    caller_id uuid NOT NULL,
    key text NOT NULL,
    request_hash bytea NOT NULL,
    status smallint,                    -- null while the first request is still under way
    sealed_answer bytea,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (caller_id, key)
);
SELECT cluster.distribute('idempotent_answers', 'caller_id');
CREATE INDEX idempotent_answers_by_age ON idempotent_answers (created_at);

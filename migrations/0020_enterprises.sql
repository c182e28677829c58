-- Companies, who represents them by law, and who may act for them.

-- A company's id follows from its unified social credit code, so that one code is one company without another lookup.
CREATE TABLE enterprises (
    company_id uuid PRIMARY KEY,
    unified_social_credit_code text NOT NULL,
    name text NOT NULL,
    state text NOT NULL CHECK (state IN ('active', 'deregistered', 'revoked')),
    claimed_at timestamptz NOT NULL,
    checked_at timestamptz NOT NULL,            -- when the question was asked that the registry last answered
    check_due_at timestamptz NOT NULL,
    check_failures integer NOT NULL DEFAULT 0
);
SELECT cluster.distribute('enterprises', 'company_id');
CREATE INDEX enterprises_by_check ON enterprises (check_due_at) WHERE state = 'active';

-- A legal representative shows a code of their own: of this binding.
CREATE TABLE enterprise_representatives (
    company_id uuid NOT NULL REFERENCES enterprises,
    binding_id uuid NOT NULL,
    resident_id uuid NOT NULL,
    subject_no bigint NOT NULL,
    since_at timestamptz NOT NULL,
    ended_at timestamptz,
    ended_for text CHECK (ended_for IN ('replaced', 'not-confirmed', 'company-ended', 'left')),
    PRIMARY KEY (company_id, binding_id),
    CHECK ((ended_at IS NULL) = (ended_for IS NULL))
);
SELECT cluster.distribute('enterprise_representatives', 'company_id', 'enterprises');
CREATE UNIQUE INDEX enterprise_representatives_standing ON enterprise_representatives (company_id) WHERE ended_at IS NULL;

-- A delegation is an invitation until somebody accepts it. Whom it is for is sealed: under the key of who invites, and,
-- once it is accepted, of who accepted.
CREATE TABLE enterprise_delegations (
    company_id uuid NOT NULL REFERENCES enterprises,
    delegation_id uuid NOT NULL,
    granted_by uuid NOT NULL,
    scopes text[] NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    sealed_handler bytea NOT NULL,
    sealed_for uuid NOT NULL,
    phone_index bytea NOT NULL,
    invited_at timestamptz NOT NULL,
    answer_by timestamptz NOT NULL,
    delegate_id uuid,
    subject_no bigint,
    accepted_at timestamptz,
    review_due_at timestamptz,                  -- set when the representative who granted it is none any more
    ended_at timestamptz,
    ended_for text CHECK (ended_for IN ('declined', 'withdrawn', 'unanswered', 'ended', 'returned', 'expired', 'lapsed',
                                        'company-ended', 'left')),
    PRIMARY KEY (company_id, delegation_id),
    CHECK (starts_at < ends_at),
    CHECK ((ended_at IS NULL) = (ended_for IS NULL)),
    CHECK ((accepted_at IS NULL) = (delegate_id IS NULL AND subject_no IS NULL))
);
SELECT cluster.distribute('enterprise_delegations', 'company_id', 'enterprises');
CREATE INDEX enterprise_delegations_by_end ON enterprise_delegations (ends_at) WHERE ended_at IS NULL;
CREATE INDEX enterprise_delegations_by_answer ON enterprise_delegations (answer_by)
    WHERE ended_at IS NULL AND accepted_at IS NULL;
CREATE INDEX enterprise_delegations_by_review ON enterprise_delegations (review_due_at)
    WHERE ended_at IS NULL AND review_due_at IS NOT NULL;

-- Where whoever has a phone finds what they are invited to. `told_at`: the worker has looked for an account and told it,
-- if there is one; the request that invites never looks, so nothing of it can say.
CREATE TABLE enterprise_invitations (
    phone_index bytea NOT NULL,
    delegation_id uuid NOT NULL,
    company_id uuid NOT NULL,
    invited_at timestamptz NOT NULL,
    told_at timestamptz,
    PRIMARY KEY (phone_index, delegation_id)
);
SELECT cluster.distribute('enterprise_invitations', 'phone_index');
CREATE INDEX enterprise_invitations_untold ON enterprise_invitations (invited_at) WHERE told_at IS NULL;

-- What a delegate may be let do; a deployment adds its own.
CREATE TABLE enterprise_scopes (
    scope text PRIMARY KEY,
    name_zh text NOT NULL,
    name_en text NOT NULL,
    place integer NOT NULL
);
SELECT cluster.reference('enterprise_scopes');
INSERT INTO enterprise_scopes (scope, name_zh, name_en, place) VALUES
    ('all', '全部事项', 'Everything', 0),
    ('registration', '市场主体登记', 'Business registration', 10),
    ('tax', '税务', 'Tax', 20),
    ('customs', '海关', 'Customs', 30),
    ('social-insurance', '社会保险', 'Social insurance', 40),
    ('housing-fund', '住房公积金', 'Housing provident fund', 50),
    ('permits', '行政许可', 'Permits', 60),
    ('bidding', '招标投标', 'Bidding', 70),
    ('land-and-property', '不动产登记', 'Real estate registration', 80),
    ('entry', '场所出入', 'Entry to premises', 90);

-- Keys withdrawn, locks that reach every credential, and what is tried again.

-- A key that is good for nothing more, on whatever server its file still lies. A worker ends what lives long and was signed
-- by it, and tells whose it was; then it is settled.
CREATE TABLE withdrawn_keys (
    kid bytea NOT NULL,
    use text NOT NULL,
    withdrawn_at timestamptz NOT NULL,
    settled_at timestamptz,
    PRIMARY KEY (kid, use)
);
SELECT cluster.reference('withdrawn_keys');

-- Who of those whom a binding concerns has locked their account: it comes back when nobody of them has.
ALTER TABLE subjects ADD COLUMN suspended_for uuid[] NOT NULL DEFAULT '{}';
ALTER TABLE bindings ADD COLUMN rests_at timestamptz;           -- on the row of everybody whom it concerns

-- What a company's representative is to be told. Who that is, another domain knows, so a worker asks it.
CREATE TABLE company_news (
    company_id uuid NOT NULL,
    news_id uuid NOT NULL,
    topic text NOT NULL,
    binding_id uuid NOT NULL,
    happened_at timestamptz NOT NULL,
    PRIMARY KEY (company_id, news_id)
);
SELECT cluster.distribute('company_news', 'company_id');

-- An answer that was lost on its way is given once more: the generation whose token came a second time in time.
ALTER TABLE sessions ADD COLUMN repeated_generation integer;

-- What was approved and fails is tried later and later, and given up in the end.
ALTER TABLE proposals ADD COLUMN attempts integer NOT NULL DEFAULT 0;
ALTER TABLE proposals ADD COLUMN retry_at timestamptz;
ALTER TABLE proposals ADD COLUMN failed_at timestamptz;

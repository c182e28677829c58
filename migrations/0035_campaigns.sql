-- Campaigns: what operators tell a segment of the residents, written by one person and let go by another.

-- What a campaign says and to whom never changes once it is here: other words are another campaign. `digest` is of all of that; the
-- second person approves it, and the worker sends nothing that has another.
CREATE TABLE campaigns (
    campaign_id uuid PRIMARY KEY,
    title_zh text NOT NULL,
    title_en text NOT NULL,
    body_zh text NOT NULL,
    body_en text NOT NULL,
    -- A path of this deployment, or empty.
    link text NOT NULL,
    segment_kind text NOT NULL CHECK (segment_kind IN ('all', 'province', 'enterprise', 'licence')),
    -- A province's two digits, a kind of enterprise, a kind of licence; empty for all.
    segment_value text NOT NULL,
    -- Messages a second.
    rate integer NOT NULL CHECK (rate > 0),
    -- In minutes after midnight, Beijing's time: only between them.
    window_from smallint NOT NULL CHECK (window_from BETWEEN 0 AND 1439),
    window_until smallint NOT NULL CHECK (window_until BETWEEN 1 AND 1440),
    starts_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    digest bytea NOT NULL,
    state text NOT NULL
        CHECK (state IN ('drafted', 'proposed', 'rejected', 'running', 'paused', 'finished', 'expired', 'cancelled')),
    drafted_by uuid NOT NULL,
    drafted_at timestamptz NOT NULL,
    -- Until when a proposal may be approved.
    approve_by timestamptz,
    approved_at timestamptz,
    ended_at timestamptz,
    -- The walk through the residents in the order of their ids: behind whom the next page begins, when it is due, how many residents
    -- were looked at, of about how many, and how many of them were told. Written in the transaction that has the page's notices.
    after_id uuid NOT NULL,
    due_at timestamptz NOT NULL,
    examined bigint NOT NULL DEFAULT 0,
    expected bigint,
    queued bigint NOT NULL DEFAULT 0,
    CHECK (window_from < window_until AND starts_at < expires_at),
    CHECK ((segment_kind = 'all') = (segment_value = ''))
);
SELECT cluster.reference('campaigns');
CREATE INDEX campaigns_to_walk ON campaigns (due_at) WHERE state = 'running';

-- What became of a campaign's messages, by channel: numbers alone, brought up to date by a worker that follows what is settled and read.
CREATE TABLE campaign_tallies (
    campaign_id uuid NOT NULL REFERENCES campaigns,
    channel text NOT NULL,
    outcome text NOT NULL,
    total bigint NOT NULL CHECK (total >= 0),
    PRIMARY KEY (campaign_id, channel, outcome)
);
SELECT cluster.reference('campaign_tallies');

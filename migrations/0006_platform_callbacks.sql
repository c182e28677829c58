-- What WeChat and Alipay push to this deployment: each push is done once, and what it says of an authorisation is kept.

-- The claim is made in the transaction that does what the push says. It is kept for longer than a push may be old.
CREATE TABLE platform_callbacks (
    callback_hash bytea PRIMARY KEY,
    claimed_at timestamptz NOT NULL
);
SELECT cluster.distribute('platform_callbacks', 'callback_hash');
CREATE INDEX platform_callbacks_by_age ON platform_callbacks (claimed_at);

-- Whose authorisation it was a keyed hash says, so that the events of one account can be found, and forgotten.
CREATE TABLE platform_events (
    account_index bytea NOT NULL,
    event_id uuid NOT NULL,
    platform text NOT NULL CHECK (platform IN ('wechat', 'alipay')),
    app_id text NOT NULL,
    kind text NOT NULL,
    happened_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    sealed bytea NOT NULL,              -- the push as it came, which names the account
    PRIMARY KEY (account_index, event_id)
);
SELECT cluster.distribute('platform_events', 'account_index');
CREATE INDEX platform_events_by_age ON platform_events (received_at);

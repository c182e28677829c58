-- How the deployment fares, for the people who run it: its workers, what they delivered, and a sample a minute for the desk's plots.
-- Written once a minute by a process, never for a request.

CREATE TABLE workers (
    worker_id uuid PRIMARY KEY,
    started_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    stopped_at timestamptz,             -- told to stop, and did: its silence is no alarm
    version text NOT NULL
);
SELECT cluster.reference('workers');

-- What all workers together have made of notices, ever; it only grows.
CREATE TABLE delivery_totals (
    channel text NOT NULL,
    outcome text NOT NULL,
    total bigint NOT NULL,
    PRIMARY KEY (channel, outcome)
);
SELECT cluster.reference('delivery_totals');

-- By names such as scans.accepted: what was counted in the minute from `at` on, by all processes, or what was seen in it.
CREATE TABLE measurements (
    name text COLLATE "C" NOT NULL,
    at timestamptz NOT NULL,
    value double precision NOT NULL,
    PRIMARY KEY (name, at)
);
SELECT cluster.reference('measurements');
CREATE INDEX measurements_by_time ON measurements USING brin (at);

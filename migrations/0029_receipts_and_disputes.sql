-- Receipts (回执) of looks: what was agreed of a look beyond what its row in the log says, so that both sides get the same receipt
-- whenever they ask. The receipt itself is signed when it is asked for: the key of that day vouches for it.
CREATE TABLE look_terms (
    subject_no bigint NOT NULL,
    access_id uuid NOT NULL,
    kept_until timestamptz,                 -- until when the venue may keep what it was told; NULL: it may look, not keep
    presentation bytea,                     -- SHA-256 of the presentation that was handed over; NULL: none was
    PRIMARY KEY (subject_no, access_id)
);
SELECT cluster.distribute('look_terms', 'subject_no', 'subjects');

-- How many disputes of a venue's looks the desk has upheld: for whoever decides whether it may go on.
ALTER TABLE venues ADD COLUMN disputes_upheld integer NOT NULL DEFAULT 0;

-- The looks that a question came to: what was told is gone within minutes, its receipts are there for as long as the question.
ALTER TABLE presentations ADD COLUMN access_ids uuid[] NOT NULL DEFAULT '{}';

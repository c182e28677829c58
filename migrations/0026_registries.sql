-- Where licences come from: when wallets are brought up to date, and what registries hand over as files.

-- Whoever brings a wallet up to date claims it until then: a worker that is killed leaves it to others.
ALTER TABLE wallets ADD COLUMN syncing_until timestamptz;

-- Each source of a wallet has a time of its own: a registry that is down is asked again in growing waits, the others are not.
-- A row without tried_at: something was heard of it, and it was not asked yet.
ALTER TABLE wallet_sources ALTER COLUMN tried_at DROP NOT NULL;
ALTER TABLE wallet_sources ADD COLUMN due_at timestamptz;

-- When a licence ceased to be valid by the word of its registry, by this deployment's clock; NULL while it is valid. Whoever made
-- something of it that lives on (a credential, a copy) follows this column, as app/credentials/revoking.py follows subjects. A
-- licence whose last day is over bears nothing here: what is made of it must not outlive valid_until.
ALTER TABLE licences ADD COLUMN ended_at timestamptz;
CREATE INDEX licences_by_ending ON licences (ended_at) WHERE ended_at IS NOT NULL;
-- While identifiers' indexes follow a new index key.
CREATE INDEX licences_by_identifier ON licences (identifier_index);

-- What a file of licences is sealed under: one key a file, itself wrapped by the master key.
CREATE TABLE depot_keys (
    key_id uuid PRIMARY KEY,
    registry text NOT NULL,
    wrapped_key bytea NOT NULL,
    created_at timestamptz NOT NULL
);
SELECT cluster.reference('depot_keys');

-- The depot: what registries handed over as files, of people and companies who may have no account here. It is a source of
-- wallets like the registry's own answer. Who holds what, and whether it is good, is in the sealed part.
CREATE TABLE depot_licences (
    holder_index bytea NOT NULL,            -- of the holder's code, blind
    registry text NOT NULL,
    identifier_index bytea NOT NULL,
    key_id uuid NOT NULL,
    sealed_licence bytea NOT NULL,          -- app/licences/depot.py's Deposited
    changed_at timestamptz NOT NULL,        -- as the registry has it: an older word changes nothing
    PRIMARY KEY (holder_index, registry, identifier_index)
);
SELECT cluster.distribute('depot_licences', 'holder_index');

-- no transaction
-- statement_timeout: 30min
-- Which addresses nobody used for long: their sessions have run out, and they are removed.
CREATE INDEX CONCURRENTLY push_addresses_by_use ON push_addresses (seen_at);

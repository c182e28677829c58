-- no transaction
-- statement_timeout: 30min
-- Claims go by outbox_by_urgency, which begins with the channel too.
DROP INDEX CONCURRENTLY outbox_due;

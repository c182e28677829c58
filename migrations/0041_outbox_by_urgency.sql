-- no transaction
-- statement_timeout: 30min
-- What is due on a channel, apart by how urgent it is: built while others write.
CREATE INDEX CONCURRENTLY outbox_by_urgency ON outbox (channel, urgency, due_at) WHERE settled_at IS NULL;

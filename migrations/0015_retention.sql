-- What is old is found by when it was made: such an index is a few pages, and what is refreshed or read stays in place.
CREATE INDEX sessions_by_age ON sessions USING brin (created_at);
CREATE INDEX installations_by_age ON installations USING brin (created_at);
CREATE INDEX messages_by_age ON messages USING brin (created_at);

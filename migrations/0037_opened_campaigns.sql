-- no transaction
-- statement_timeout: 30min
-- Which of campaigns' messages were opened of late: of all messages those alone, without stopping those who write meanwhile.
CREATE INDEX CONCURRENTLY messages_of_campaigns ON messages (read_at) WHERE topic = 'campaign' AND read_at IS NOT NULL;

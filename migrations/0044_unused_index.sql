-- no transaction
-- statement_timeout: 30min
-- Licences are found by their holder and source; while index keys rotate, by the order of their keys. Nothing looks by the identifier alone.
DROP INDEX CONCURRENTLY IF EXISTS licences_by_identifier;

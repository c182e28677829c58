-- statement_timeout: 30min
ALTER TABLE licences VALIDATE CONSTRAINT licences_standing_check;

"""After a database was restored from a backup: what was promised or used up since must not come true a second time."""

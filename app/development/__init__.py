"""What development mode has in place of the world outside; production refuses to start with any of it."""

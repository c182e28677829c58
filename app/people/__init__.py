"""Residents: how they come in, what their sessions may do, and how everything of theirs is ended at once."""

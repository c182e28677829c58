"""Whose signatures are accepted: the trust list that this province publishes and holds."""

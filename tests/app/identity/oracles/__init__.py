"""Other people's implementations of what identity authorities expect, run by tests/codes/oracles."""

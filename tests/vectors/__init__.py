"""Test vectors of `SX1:` to `SX4:`, and what makes them: by hand, from the standards, with nothing of `codes`."""

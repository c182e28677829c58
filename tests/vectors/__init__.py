"""Test vectors of the `SX1:` format, and what makes them: by hand, from the standards, with nothing of `codes`."""

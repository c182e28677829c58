"""A gate in 300 lines, for vendors to read or take: it stands on `codes` and an HTTP client alone. See docs/gate.md."""

"""What `suixing serve` does besides HTTP: everything started in its order, kept running, and ended without a trace.

    serve ──► private PostgreSQL and Valkey, where no URL is given
      │   ──► prepare: keys, migrations, demo people
      │   ──► web.py: granian, which forks the server processes
      └─────► `suixing worker`

Each child is tied to its parent's life, so that `kill -9` of the launcher ends them all.
"""

from __future__ import annotations

from app.launching.errors import AddressError, StartError
from app.launching.stopping import when_stopping

__all__ = ["AddressError", "StartError", "when_stopping"]

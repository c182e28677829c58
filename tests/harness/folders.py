"""Short folders that a server can use when the tests run as root and the server does not."""

from __future__ import annotations

import tempfile
from pathlib import Path

_LONGEST = 40
"""A Unix socket's path has some 100 bytes, and the servers' own names need the rest."""


def create_short_folder() -> Path:
    """A folder of its own, under /tmp where the system's choice is long; others may pass through it, not list it."""
    base = tempfile.gettempdir()
    base = base if len(base) <= _LONGEST else "/tmp"  # noqa: S108  mkdtemp makes the name
    folder = Path(tempfile.mkdtemp(prefix="sx-", dir=base))
    folder.chmod(0o711)
    return folder.resolve()

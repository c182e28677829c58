"""Ids are UUIDv7 and made here, in Python: PostgreSQL has them from version 18 only, and a cluster has no sequences."""

from __future__ import annotations

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A time-ordered id (RFC 9562, version 7)."""
    return uuid7()

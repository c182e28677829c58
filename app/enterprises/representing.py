"""Who represents a company, for whoever has something to tell it."""

from __future__ import annotations

from uuid import UUID

from app.database import Executor
from app.enterprises import store


async def find_representative(db: Executor, company_id: UUID) -> UUID | None:
    """The resident who represents it by law, as far as it is known here."""
    standing = await store.get_standing(db, company_id)
    return None if standing is None else standing.resident_id

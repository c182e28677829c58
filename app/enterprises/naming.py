"""What companies are called, for messages about them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from app.database import Pool
from app.enterprises import store


async def get_company_names(pool: Pool, company_ids: Sequence[UUID]) -> dict[UUID, str]:
    """By id; a company that is not known here is left out."""
    return await store.list_names(pool, company_ids)

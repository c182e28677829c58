"""Demo wallets: made, and due a little later, when the server that their invented registries are a part of answers."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from app.database import Pool, transaction
from app.licences import source_store
from app.licences.holding import require_key
from app.licences.model import HolderKind
from app.sealing import Vault

_STARTED_WITHIN = timedelta(seconds=5)


async def seed_wallet(pool: Pool, vault: Vault, holder_id: UUID, kind: HolderKind, now: datetime) -> None:
    """As if its holder opened it then."""
    async with transaction(pool) as db:
        await require_key(db, vault, holder_id, kind, now)
        await source_store.note_opening(db, holder_id, now + _STARTED_WITHIN)

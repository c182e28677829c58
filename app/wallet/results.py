"""What a venue was told, sealed under a key of its own until it was fetched, or for minutes; then it is gone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from app.database import Connection, Pool, Record
from app.sealing import Vault
from app.wallet import presentation_store as store
from app.wallet.asking_room import AskingRoom
from app.wallet.presentation_model import Given

KEPT_UNFETCHED = timedelta(minutes=10)
KEPT_FETCHED = timedelta(minutes=2)
"""The answer may have been lost on its way to the venue, which comes again."""
_REMEMBERED = timedelta(days=30)
"""What was asked and what became of it, without what was told: the resident's list has it so long."""
_FIELD = "presentation"


async def keep_result(
    db: Connection, vault: Vault, presentation_id: UUID, items: Sequence[Given], now: datetime
) -> None:
    """Leaves it for the venue; the transaction is that of the answer."""
    key, wrapped = vault.create_data_key(presentation_id)
    sealed = key.seal(msgspec.json.encode(items).decode(), _FIELD)
    await store.keep_result(
        db,
        presentation_id,
        wrapped_key=wrapped,
        sealed_result=sealed,
        until=now + KEPT_UNFETCHED,
        access_ids=[item.access_id for item in items],
    )


async def fetch_result(room: AskingRoom, presentation_id: UUID, now: datetime) -> list[Given] | None:
    """None where it lies there no more; fetched, it will soon be so."""
    row = await store.fetch_result(room.pool, presentation_id, now, now + KEPT_FETCHED)
    return _open(room.vault, presentation_id, row)


async def read_result(room: AskingRoom, presentation_id: UUID, now: datetime) -> list[Given] | None:
    """The same, for sending it on: it stays as long as it was to stay."""
    return _open(room.vault, presentation_id, await store.get_result(room.pool, presentation_id, now))


def _open(vault: Vault, presentation_id: UUID, row: Record | None) -> list[Given] | None:
    if row is None:
        return None
    key = vault.open_data_key(row["wrapped_key"], presentation_id)
    return msgspec.json.decode(key.open(row["sealed_result"], _FIELD), type=list[Given])


async def empty_results(pool: Pool, now: datetime) -> None:
    """The worker's: nothing that was told lies there past its time."""
    await store.empty_results(pool, now)


async def forget_presentations(pool: Pool, now: datetime) -> None:
    """The worker's: questions of long ago."""
    await store.purge(pool, now - _REMEMBERED)

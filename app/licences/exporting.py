"""What an export shows of licences, and leaving with them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import msgspec

from app.database import Connection, Executor, Pool, transaction
from app.licences import source_store, store
from app.licences.holding import CONTENT
from app.licences.model import Content
from app.people.merging import list_merged
from app.sealing import DataKey


async def list_for_export(db: Executor, key: DataKey, resident_id: UUID) -> list[Mapping[str, object]]:
    """A resident's licences in the clear, whatever has become of them; a company's are the company's."""
    rows: list[Mapping[str, object]] = []
    for one in await store.list_licences(db, resident_id):
        content = msgspec.json.decode(key.open(one.sealed_content, CONTENT), type=Content)
        rows.append(
            {
                "type": one.type_id,
                "source": one.source,
                "standing": one.standing.value,
                "identifier": content.identifier,
                "number": content.number,
                "issuer": content.issuer_name,
                "valid_from": one.valid_from,
                "valid_until": one.valid_until,
                "fields": content.fields,
                "changed_at": one.changed_at,
                "fetched_at": one.fetched_at,
            }
        )
    return rows


async def list_sources_for_export(db: Executor, resident_id: UUID) -> list[Mapping[str, object]]:
    """When which registry was asked."""
    return [dict(row) for row in await store.list_sources(db, resident_id)]


async def forget_wallet(db: Connection, holder_id: UUID) -> None:
    """The wallet, what is in it, and what leads to it; as good the second time as the first."""
    await source_store.hold_wallet(db, holder_id)  # a worker that writes into it, or follows its lookups, is done first
    await store.delete_lookups(db, holder_id)
    await store.delete_licences(db, holder_id)
    await store.delete_sources(db, holder_id)
    await store.delete_wallet(db, holder_id)


async def forget_merged_wallets(pool: Pool, now: datetime) -> None:
    """An account that became a part of another has none: it had proven no identity, or its licences are the other's
    too, who asks for them under the identity that both are.
    """
    for holder_id in await list_merged(pool, now):
        async with transaction(pool) as db:
            await forget_wallet(db, holder_id)

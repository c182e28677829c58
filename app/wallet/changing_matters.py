"""Changing which matters windows do, and what each needs: from a file, and kept as an act."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from app.audit import record_act
from app.database import Executor, transaction
from app.errors import InvalidError, NotFoundError
from app.licences.type_store import list_allowed
from app.licences.types import read_types
from app.wallet import material_store as store
from app.wallet.matter_book import Matter, list_matters
from app.wallet.window_desk import PURPOSE


def decode_matter(encoded: bytes) -> Matter:
    """Raises InvalidError for what is none."""
    try:
        return msgspec.json.decode(encoded, type=Matter)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InvalidError("", str(error)) from None


async def put_matter(db: Executor, actor_id: UUID, role: str, matter: Matter, now: datetime) -> None:
    """Adds a matter, or puts it in the place of the one with its id.

    Raises InvalidError where it names a kind of licence that is none, or that windows may not ask for.
    """
    async with transaction(db) as held:
        book = await read_types(held)
        askable = {asked.type_id for asked in await list_allowed(held, PURPOSE)}
        for place, material in enumerate(matter.materials):
            for kind in material.types:
                if kind not in book:
                    raise InvalidError(f"/materials/{place}/types", f"There is no kind of licence {kind}.")
                if kind not in askable:
                    raise InvalidError(f"/materials/{place}/types", f"Windows may not ask for {kind}.")
        await store.put_matter(held, matter.id, msgspec.json.encode(matter).decode(), now)
        await record_act(held, actor_id, f"matter.put:{matter.id}", None, now, role=role)


async def withdraw_matter(db: Executor, actor_id: UUID, role: str, matter_id: str, now: datetime) -> None:
    """Takes a matter away, be it shipped; raises NotFoundError where there is none."""
    async with transaction(db) as held:
        if matter_id not in {one.id for one in await list_matters(held)}:
            raise NotFoundError
        await store.withdraw_matter(held, matter_id, now)
        await record_act(held, actor_id, f"matter.withdrawn:{matter_id}", None, now, role=role)

"""What waits in the depot: of more than a wallet takes at once, the newest."""

from __future__ import annotations

import os
from datetime import timedelta

from api.services import now
from app.database import Pool, transaction
from app.identifiers import new_id
from app.licences import depot_store
from app.licences.depot_store import DepotRow


async def test_of_too_many_the_newest_words_are_read(pool: Pool) -> None:
    """A holder whose registry said more than is read at once learns of the last revocation, not of the first issue."""
    holder, key_id, moment = os.urandom(32), new_id(), now()
    rows = [DepotRow(holder, bytes([at]) * 32, bytes([at]), moment + timedelta(days=at)) for at in range(3)]
    await depot_store.add_key(pool, key_id, "some-registry", b"wrapped", moment)
    async with transaction(pool) as db:
        await depot_store.deposit(db, "some-registry", key_id, rows)
    found = await depot_store.list_deposited(pool, [holder], "some-registry", 2)
    assert [row["sealed_licence"] for row in found] == [b"\x01", b"\x02"], "what changed last comes last"

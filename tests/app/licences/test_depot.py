"""What waits in the depot: of more than a wallet takes at once, the newest."""

from __future__ import annotations

import os
from datetime import timedelta

from api.services import now
from app.database import Pool, transaction
from app.identifiers import new_id
from app.licences import depot_store
from app.licences.depot_store import DepotRows


async def test_of_too_many_the_newest_words_are_read(pool: Pool) -> None:
    """A holder whose registry said more than is read at once learns of the last revocation, not of the first issue."""
    holder, key_id, moment = os.urandom(32), new_id(), now()
    days = range(3)
    rows = DepotRows(
        [holder for _ in days],
        [bytes([day]) * 32 for day in days],
        [bytes([day]) for day in days],
        [moment + timedelta(days=day) for day in days],
    )
    await depot_store.add_key(pool, key_id, "some-registry", b"wrapped", moment)
    async with transaction(pool) as db:
        await depot_store.deposit(db, "some-registry", key_id, rows)
    found = await depot_store.list_deposited(pool, [holder], "some-registry", 2)
    assert [row["sealed_licence"] for row in found] == [b"\x01", b"\x02"], "what changed last comes last"


async def test_an_older_word_is_named_by_its_place(pool: Pool) -> None:
    key_id, moment = new_id(), now()
    holders = sorted(os.urandom(32) for _ in range(3))
    identifiers, sealed = [os.urandom(32) for _ in holders], [b"sealed"] * 3
    await depot_store.add_key(pool, key_id, "some-registry", b"wrapped", moment)
    for words, older in (([0, 0, 0], set[int]()), ([1, -1, 0], {1}), ([0, 1, -1], {0, 2})):
        times = [moment + timedelta(days=day) for day in words]
        async with transaction(pool) as db:
            rows = DepotRows(holders, identifiers, sealed, times)
            assert await depot_store.deposit(db, "some-registry", key_id, rows) == older

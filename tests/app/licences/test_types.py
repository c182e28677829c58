"""The book of kinds: shipped, changed and withdrawn, and held for a few seconds."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from uuid import uuid4

import msgspec
import pytest

from app.database import Pool, open_pool, transaction
from app.licences import type_store
from app.licences.model import LicenceType
from app.licences.types import HELD_SECONDS, Origin, TypeShelf, list_origins, read_shipped, read_types
from app.settings import Settings
from tests.app.licences.kinds import NOW, invent_kind


@pytest.fixture
async def fresh_pool(settings: Settings, fresh_database: str) -> AsyncGenerator[Pool]:
    pool = await open_pool(settings, fresh_database, size=2)
    yield pool
    await pool.close()


async def _put(pool: Pool, kind: LicenceType) -> None:
    async with transaction(pool) as db:
        await type_store.put_type(db, kind, changed_by=uuid4(), now=NOW)


async def test_what_operators_put_stands_beside_what_is_shipped(pool: Pool) -> None:
    kind = invent_kind()
    await _put(pool, kind)
    book = await read_types(pool)
    assert book[kind.id] == kind
    assert book.keys() >= read_shipped().keys()
    assert list(book) == sorted(book)
    assert (kind, Origin.ADDED) in await list_origins(pool)


async def test_what_is_withdrawn_is_there_no_more_until_it_is_put_again(pool: Pool) -> None:
    kind = invent_kind()
    await _put(pool, kind)
    async with transaction(pool) as db:
        await type_store.withdraw_type(db, kind, changed_by=uuid4(), now=NOW)
    assert kind.id not in await read_types(pool)
    assert (kind, Origin.WITHDRAWN) in await list_origins(pool)
    await _put(pool, kind)
    assert kind.id in await read_types(pool)


async def test_a_change_is_seen_within_seconds(pool: Pool) -> None:
    moment = 0.0
    shelf, kind = TypeShelf(lambda: moment), invent_kind()
    first = await shelf.get(pool)
    await _put(pool, kind)
    assert await shelf.get(pool) is first
    moment = HELD_SECONDS - 0.1
    assert kind.id not in await shelf.get(pool)
    moment = HELD_SECONDS + 0.1
    assert kind.id in await shelf.get(pool)
    assert HELD_SECONDS <= 10


async def test_a_book_that_did_not_change_stays_the_same_object(pool: Pool) -> None:
    moment = 0.0
    shelf = TypeShelf(lambda: moment)
    first = await shelf.get(pool)
    moment = HELD_SECONDS + 0.1
    assert await shelf.get(pool) is first
    await _put(pool, invent_kind())
    moment = 2 * (HELD_SECONDS + 0.1)
    assert await shelf.get(pool) is not first


async def test_a_change_made_here_is_seen_at_once(pool: Pool) -> None:
    shelf, kind = TypeShelf(lambda: 0.0), invent_kind()
    await shelf.get(pool)
    await _put(pool, kind)
    shelf.forget()
    assert kind.id in await shelf.get(pool)


async def test_a_transaction_sees_its_own_change_and_holds_it_for_nobody(pool: Pool) -> None:
    shelf, kind = TypeShelf(lambda: 0.0), invent_kind()
    async with pool.acquire() as connection:
        undone = connection.transaction()
        await undone.start()
        await type_store.put_type(connection, kind, changed_by=uuid4(), now=NOW)
        assert kind.id in await shelf.get(connection)
        await undone.rollback()
    assert kind.id not in await shelf.get(pool)


async def test_a_shipped_kind_may_be_changed(fresh_pool: Pool) -> None:
    card = read_shipped()["senior-card"]
    await _put(fresh_pool, msgspec.structs.replace(card, issuers=["11310"]))
    assert (await read_types(fresh_pool))["senior-card"].issuers == ["11310"]
    assert {kind.id: origin for kind, origin in await list_origins(fresh_pool)}["senior-card"] is Origin.CHANGED

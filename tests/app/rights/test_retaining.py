"""What law has kept stays readable to whoever may read it while keys rotate, and goes on its day."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from app.database import Pool, open_pool, transaction
from app.people.seeding import SeededPerson, seed_person
from app.rights import store
from app.rights.retaining import find_retained, retain, tend_retained
from app.sealing import Vault, number_of_master
from app.secrets import create_secrets, read_secrets, rotate_secret
from app.settings import Settings

_NOW = datetime(2026, 7, 1, tzinfo=UTC)
_KEPT = timedelta(days=200)
_PHONE = "+8613900000077"


@pytest.fixture
async def own_pool(settings: Settings, fresh_database: str) -> AsyncGenerator[Pool]:
    """All records of a database are under one deployment's keys."""
    opened = await open_pool(settings, fresh_database, size=3)
    yield opened
    await opened.close()


@pytest.fixture
async def rotated(own_pool: Pool, tmp_path: Path) -> Vault:
    """A vault whose master and index keys were rotated after somebody's record was made under the first ones."""
    first = Vault(create_secrets(tmp_path, development=True))
    person = SeededPerson("王小明", _PHONE, f"{uuid4().hex}310101199003070011", uuid4(), verified=True)
    resident_id = await seed_person(own_pool, first, person, _NOW)
    holder = await store.get_holder(own_pool, resident_id)
    assert holder is not None
    async with transaction(own_pool) as db:
        await retain(db, first, holder, [_PHONE], now=_NOW, kept_until=_NOW + _KEPT)
    rotate_secret(tmp_path, "master", _NOW)
    rotate_secret(tmp_path, "index", _NOW)
    return Vault(read_secrets(tmp_path))


async def test_it_follows_the_newest_keys(own_pool: Pool, rotated: Vault) -> None:
    await tend_retained(own_pool, rotated, _NOW + timedelta(hours=1))
    (record,) = await find_retained(own_pool, rotated, _PHONE, _NOW)
    assert (record.name, record.phones) == ("王小明", [_PHONE])
    rows = await own_pool.fetch("SELECT wrapped_key FROM retained_records")
    numbers = {number_of_master(row["wrapped_key"]) for row in rows}
    assert numbers == {rotated.maker_number}


async def test_it_goes_on_its_day(own_pool: Pool, rotated: Vault) -> None:
    await tend_retained(own_pool, rotated, _NOW + _KEPT - timedelta(seconds=1))
    assert len(await find_retained(own_pool, rotated, _PHONE, _NOW)) >= 1
    await tend_retained(own_pool, rotated, _NOW + _KEPT)
    assert await find_retained(own_pool, rotated, _PHONE, _NOW) == []

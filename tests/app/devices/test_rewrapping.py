"""Addresses go under other keys while phones register: each is found by every server, and reaches who it did."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from app.database import Pool, open_pool, transaction
from app.devices.rewrapping import count_addresses_to_follow, rewrap_addresses
from app.people.rewrapping import Rewrapped
from app.pushing.addressing import open_address, seal_address
from app.sealing import Vault, number_of_master
from app.secrets import create_secrets, read_secrets, retire_secret, rotate_secret
from app.settings import read_settings
from push.addresses import Address
from push.reaching import list_addresses, register_address, remove_addresses

NOW = datetime.now(UTC)
LONG_AGO = NOW - timedelta(days=60)
APP = "cn.suixing.app"


@pytest.fixture
async def alone(fresh_database: str, tmp_path: Path) -> AsyncGenerator[Pool]:
    """A database in which nobody else is."""
    pool = await open_pool(
        read_settings({"SUIXING_DATA": str(tmp_path), "DATABASE_URL": fresh_database}), fresh_database, size=8
    )
    yield pool
    await pool.close()


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    create_secrets(tmp_path / "keys", development=True)
    return tmp_path / "keys"


def open_vault(keys: Path) -> Vault:
    return Vault(read_secrets(keys))


async def register(pool: Pool, vault: Vault, token: str, recipient: UUID | None = None) -> UUID:
    recipient = recipient or uuid4()
    kept = seal_address(vault, "apns", APP, token)
    address = Address(
        recipient=recipient, channel="apns", app_id=APP, address_id=uuid4(), environment="production",
        sealed=kept.sealed, locale="en", registered_at=NOW, seen_at=NOW,
    )  # fmt: skip
    async with transaction(pool) as db:
        await register_address(db, address, index=kept.index, indexes=kept.indexes, retired=kept.retired)
    return recipient


async def run(pool: Pool, vault: Vault) -> Rewrapped:
    return await rewrap_addresses(pool, vault, lambda *_: None)


async def reached_at(pool: Pool, vault: Vault, recipient: UUID) -> list[str]:
    return [open_address(vault, one.sealed) for one in await list_addresses(pool, recipient)]


async def test_addresses_go_under_the_newest_keys(alone: Pool, keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("push.rekeying.PAGE", 7)
    before = open_vault(keys)
    tokens = {token: await register(alone, before, token) for token in (f"{number:064x}" for number in range(20))}
    rotate_secret(keys, "master", LONG_AGO)
    rotate_secret(keys, "index", LONG_AGO)
    after = open_vault(keys)
    assert await count_addresses_to_follow(alone, after) == 20
    assert await run(alone, after) == Rewrapped(20, 20, 0)
    assert await run(alone, after) == Rewrapped(0, 0, 0), "what is done is passed over"
    assert await count_addresses_to_follow(alone, after) == 0
    for token, recipient in tokens.items():
        (address,) = await list_addresses(alone, recipient)
        assert number_of_master(address.sealed) == 2
        assert open_address(after, address.sealed) == token
    taken = await register(alone, before, next(iter(tokens)))
    assert await list_addresses(alone, next(iter(tokens.values()))) == [], "by the key of before as well"
    assert await count_addresses_to_follow(alone, after) == 1, "its other lookup leads to whoever had it before"
    await run(alone, after)
    await remove_addresses_of(alone, taken)
    retire_secret(keys, "index", 1)
    last = open_vault(keys)
    second, third = list(tokens)[1:3]
    await register(alone, last, second)
    assert await list_addresses(alone, tokens[second]) == [], "whatever key it bears the index of"
    assert (await run(alone, last)).lookups_removed == 19
    await register(alone, last, third)
    assert await list_addresses(alone, tokens[third]) == []
    assert await alone.fetchval("SELECT count(*) FROM push_address_lookups") == 19


async def remove_addresses_of(pool: Pool, recipient: UUID) -> None:
    async with transaction(pool) as db:
        await remove_addresses(db, recipient, now=NOW)


async def test_phones_change_hands_and_go_meanwhile(alone: Pool, keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever comes in between: no lookup leads nowhere, and each phone is one recipient's."""
    monkeypatch.setattr("push.rekeying.PAGE", 10)
    old = open_vault(keys)
    tokens = [f"{number:064x}" for number in range(60)]
    owners = [await register(alone, old, token) for token in tokens]
    rotate_secret(keys, "index", LONG_AGO)
    new = open_vault(keys)

    async def disturb(number: int) -> None:
        if number % 3:
            owners[number] = await register(alone, old if number % 2 else new, tokens[number])
        else:
            await remove_addresses_of(alone, owners[number])

    await asyncio.gather(run(alone, new), *(disturb(number) for number in range(30)))
    await run(alone, new)
    for number, token in enumerate(tokens):
        is_gone = number < 30 and number % 3 == 0
        assert await reached_at(alone, new, owners[number]) == ([] if is_gone else [token])
    astray = await alone.fetchval(
        "SELECT count(*) FROM push_address_lookups AS l WHERE NOT EXISTS (SELECT FROM push_addresses AS a "
        "WHERE (a.recipient, a.channel, a.app_id, a.address_id) = (l.recipient, l.channel, l.app_id, l.address_id))"
    )
    assert astray == 0
    assert await alone.fetchval("SELECT count(DISTINCT address_index) FROM push_addresses") == 50

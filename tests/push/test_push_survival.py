"""Pushing under fire: workers killed at any moment, a database that restarts, and providers at their worst.

Nothing is lost. What is sent twice is sent under one id, to one phone, where nobody could know that it had arrived.
"""

from __future__ import annotations

import random
import shutil

import pytest

from app.embedded import PrivateServers, claim_folder
from app.migrating import migrate
from tests.harness.folders import create_short_folder
from tests.push.survival import MISDEEDS, kill_under_load, open_field


async def test_workers_killed_under_load_lose_nothing(fresh_database: str) -> None:
    """A sample of the soak's."""
    chance = random.Random(6)  # noqa: S311  of a test
    async with open_field(fresh_database, chance) as field:
        await field.tell(await field.settle_people(400))
        await kill_under_load(field, kills=3)
        await field.check(kills=3)


@pytest.mark.soak
@pytest.mark.timeout(1800)
async def test_pushing_survives_a_hundred_kills_and_restarts(seed: int) -> None:
    """Workers are killed a hundred times, PostgreSQL is restarted every twentieth; providers fail in every way."""
    folder = create_short_folder()
    lock = claim_folder(folder)
    servers = PrivateServers(lock, valkey=False)
    servers.start()
    try:
        url = servers.database_url or ""
        await migrate(url)
        chance = random.Random(seed)  # noqa: S311  of a test
        async with open_field(url, chance) as field:
            people = await field.settle_people(1_000)
            for _ in range(12):
                await field.tell(people)

            async def restart(number: int) -> None:
                if number % 20 == 10:
                    servers.stop()
                    servers.start()
                    await field.pool.expire_connections()  # those before are dead, whether the loop knows it or not
                for person in chance.sample(range(len(people)), 20):
                    await field.apple.script(f"{person:064x}", *chance.choice(MISDEEDS))

            await kill_under_load(field, kills=100, between=restart)
            doubled = await field.check(kills=100)
            print(f"of {len(field.messages)} messages {doubled} were sent twice, under the same id")  # noqa: T201
    finally:
        servers.stop()
        lock.release()
        shutil.rmtree(folder)

"""A campaign whose workers are killed with SIGKILL, inside pages and amid deliveries: from the walk to phones."""

from __future__ import annotations

import asyncio
import random
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

import asyncpg
import pytest

from app.campaigns.model import CampaignState, Window
from app.database import Pool
from app.identity.numbers import BEIJING
from tests.app.campaigns.harness import gather, launch, list_told, make_content, read
from tests.push.harness import make_notice, wait_until
from tests.push.survival import ROOT, WORKERS, Field, open_field

_NOON = 12
_PATIENCE = 120


def hours_behind() -> int:
    """How far the walk's clock is set back, so that no midnight comes while this runs."""
    return 6 if datetime.now(BEIJING).hour >= _NOON else 0


async def register(field: Field, people: list[UUID]) -> None:
    """Those who have phones, as residents that a campaign finds."""
    await field.pool.executemany(
        "INSERT INTO residents (resident_id, subject_no, created_at) VALUES ($1, $2, $3)",
        [(person, person.int & (2**62 - 1), datetime.now(UTC)) for person in people],
    )


async def begin(pool: Pool, rate: int) -> UUID:
    """A campaign to everybody, at any hour; half a second's worth of its rate is a page."""
    now = datetime.now(UTC)
    starts_at = now - timedelta(hours=hours_behind())
    window = Window(time(0), time(23, 59))
    content = make_content(rate=rate, window=window, starts_at=starts_at, expires_at=now + timedelta(days=1))
    return await launch(pool, content)


@asynccontextmanager
async def walker(url: str, *, dies_in: int = 0) -> AsyncGenerator[asyncio.subprocess.Process]:
    """A process that walks, killed at the end of the block in whatever it is doing."""
    command = ["-m", "tests.app.campaigns.walking_worker", url, str(hours_behind()), str(dies_in)]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(sys.executable, *command, cwd=ROOT, stdin=pipe, stdout=pipe)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGKILL)
        await process.wait()
        assert process.stdin is not None
        process.stdin.close()


async def kill_inside(url: str, page: int) -> None:
    """A walk that dies in its so-many-th page, whose notices were written and not committed."""
    async with walker(url, dies_in=page) as process, asyncio.timeout(_PATIENCE):
        assert process.stdout is not None
        assert await process.stdout.readline() == b"inside\n"


async def finish(pool: Pool, url: str, campaign_id: UUID) -> None:
    """Another walks on, until everybody was told."""

    async def is_over() -> bool:
        return (await read(pool, campaign_id)).state is not CampaignState.RUNNING

    async with walker(url):
        await wait_until(is_over, seconds=_PATIENCE)


async def check(field: Field, campaign_id: UUID, people: list[UUID], kills: int) -> None:
    """Each has the message once, and one phone of theirs showed it."""
    ended = await read(field.pool, campaign_id)
    assert (ended.state, ended.walk.queued) == (CampaignState.FINISHED, len(people))
    rows = await field.pool.fetch("SELECT recipient, message_id FROM messages WHERE topic = 'campaign'")
    assert sorted(row["recipient"] for row in rows) == sorted(people)
    assert sorted(await list_told(field.pool, campaign_id)) == sorted(people * 2)  # the message, and its push
    field.messages = [make_notice("inbox", notice_id=row["message_id"], recipient=row["recipient"]) for row in rows]
    await field.check(kills)


async def survive(field: Field, people: int, rate: int, pages: list[int]) -> None:
    """A campaign in which a walk dies in each of these pages, and a worker that delivers with each."""
    crowd = await field.settle_people(people)
    await register(field, crowd)
    for _ in range(WORKERS):
        await field.start_worker()
    campaign_id = await begin(field.pool, rate)
    for page in pages:
        await kill_inside(field.url, page)
        await field.kill_worker()
    await finish(field.pool, field.url, campaign_id)

    async def is_over() -> bool:
        return await field.count_under_way() == 0

    await wait_until(is_over, seconds=_PATIENCE)
    await check(field, campaign_id, crowd, kills=len(pages))


async def test_a_walk_that_is_killed_inside_a_page_loses_nobody(fresh_database: str) -> None:
    """A sample of the soak's: its first page stands, its second was never written, and another begins there."""
    async with asyncpg.create_pool(fresh_database, min_size=1, max_size=2) as pool:
        crowd = await gather(pool, 30)
        campaign_id = await begin(pool, rate=20)
        await kill_inside(fresh_database, page=2)
        assert sorted(await list_told(pool, campaign_id)) == sorted(crowd.ids)[:10]
        await finish(pool, fresh_database, campaign_id)
        assert sorted(await list_told(pool, campaign_id)) == sorted(crowd.ids)
        assert (await read(pool, campaign_id)).state is CampaignState.FINISHED


@pytest.mark.soak
@pytest.mark.timeout(1800)
async def test_a_campaign_survives_forty_kills(fresh_database: str, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  of a test
    async with open_field(fresh_database, chance) as field:
        await survive(field, people=3_000, rate=80, pages=[chance.randint(1, 3) for _ in range(40)])

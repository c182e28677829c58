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

import pytest

from app.campaigns.model import CampaignState, Window
from app.identity.numbers import BEIJING
from tests.app.campaigns.harness import launch, list_told, make_content, read
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


async def begin(field: Field, rate: int) -> UUID:
    """A campaign to everybody, at any hour; half a second's worth of its rate is a page."""
    now = datetime.now(UTC)
    starts_at = now - timedelta(hours=hours_behind())
    window = Window(time(0), time(23, 59))
    content = make_content(rate=rate, window=window, starts_at=starts_at, expires_at=now + timedelta(days=1))
    return await launch(field.pool, content)


@asynccontextmanager
async def walker(field: Field, *, dies_in: int = 0) -> AsyncGenerator[asyncio.subprocess.Process]:
    """A process that walks, killed at the end of the block in whatever it is doing."""
    command = ["-m", "tests.app.campaigns.walking_worker", field.url, str(hours_behind()), str(dies_in)]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(sys.executable, *command, cwd=ROOT, stdin=pipe, stdout=pipe)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGKILL)
        await process.wait()
        assert process.stdin is not None
        process.stdin.close()


async def kill_inside(field: Field, campaign_id: UUID, page: int) -> None:
    """A walk that dies in its so-many-th page, whose notices were written and not committed."""
    async with walker(field, dies_in=page) as process, asyncio.timeout(_PATIENCE):
        assert process.stdout is not None
        assert await process.stdout.readline() == b"inside\n"
    assert (await read(field.pool, campaign_id)).state is CampaignState.RUNNING


async def finish(field: Field, campaign_id: UUID) -> None:
    """Another walks on, until everybody was told and every push has come to its end."""

    async def is_over() -> bool:
        ended = (await read(field.pool, campaign_id)).state is not CampaignState.RUNNING
        return ended and await field.count_under_way() == 0

    async with walker(field):
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


async def survive(field: Field, people: int, rate: int, pages: list[int], workers: int = 1) -> None:
    """A campaign in which a walk dies in each of these pages, and a worker that delivers with each."""
    crowd = await field.settle_people(people)
    await register(field, crowd)
    for _ in range(workers):
        await field.start_worker()
    campaign_id = await begin(field, rate)
    for page in pages:
        await kill_inside(field, campaign_id, page)
        await field.kill_worker()
    await finish(field, campaign_id)
    await check(field, campaign_id, crowd, kills=len(pages))


async def test_a_campaign_survives_its_workers(fresh_database: str) -> None:
    """A sample of the soak's."""
    async with open_field(fresh_database, random.Random(6)) as field:  # noqa: S311  of a test
        await survive(field, people=30, rate=30, pages=[2])


@pytest.mark.soak
@pytest.mark.timeout(1800)
async def test_a_campaign_survives_forty_kills(fresh_database: str, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  of a test
    async with open_field(fresh_database, chance) as field:
        await survive(field, people=3_000, rate=80, pages=[chance.randint(1, 3) for _ in range(40)], workers=WORKERS)

"""The background of a server process: it goes on whatever happens, and ends when it is told to."""

from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from api import following as subject
from api.following import following
from app.limits import Limit
from app.settings import Settings
from tests.api.harness import Api, running_api


async def test_a_job_that_fails_is_begun_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "_AGAIN_SECONDS", 0.01)
    begun = asyncio.Event()
    failures = 0

    async def fail_twice() -> None:
        nonlocal failures
        failures += 1
        if failures < 3:
            raise LookupError("nobody expected this")
        begun.set()
        await asyncio.sleep(60)

    with capture_logs() as logs:
        async with following(endings=fail_twice):
            await asyncio.wait_for(begun.wait(), 5)
    assert [(line["event"], line["job"]) for line in logs] == [("following.failed", "endings")] * 2


async def test_a_job_that_loses_a_cancellation_is_cancelled_again() -> None:
    lost = 0

    async def lose_two() -> None:
        nonlocal lost
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                lost += 1
                if lost > 2:
                    raise

    async with asyncio.timeout(5):
        async with following(inbox=lose_two):
            await asyncio.sleep(0)
    assert lost == 3


@pytest.mark.parametrize("milliseconds", [0, 1, 2, 3, 5, 8])
async def test_a_server_can_be_stopped_while_it_still_connects(milliseconds: int, roomy: Settings) -> None:
    before = asyncio.all_tasks()
    async with asyncio.timeout(60):  # making the application takes seconds on a busy machine
        async with running_api(roomy):
            await asyncio.sleep(milliseconds / 1000)
    assert asyncio.all_tasks() <= before


async def test_every_limit_is_shared_and_forgets(api: Api) -> None:
    services = api.services
    desks = [getattr(services, name) for name in services.__struct_fields__]
    parts = [getattr(one, name) for one in desks for name in getattr(one, "__struct_fields__", ())]
    limits = {id(one): one.name for one in (*desks, *parts) if isinstance(one, Limit)}
    assert limits == {id(one): one.name for one in services.limits}

"""A worker of those that bench/push.py measures: Apple's lane and nothing else, from a line that says so to the end of
its standard input.
"""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import uvloop

from app.database import Pool, open_pool
from app.inbox.pushing import PushWordings
from app.pushing.addressing import open_address
from app.sealing import Vault
from app.secrets import read_secrets
from app.settings import read_settings
from push.apns import ApnsClient, ApnsSettings
from push.carrying import ProviderChannel
from push.couriers import ApnsCourier
from push.dispatching import Dispatcher
from push.templates import TemplateBook

_STARTS_WITHIN = 60.0


class Told(msgspec.Struct, frozen=True):
    """What a worker is given."""

    folder: str
    database_url: str
    apns: ApnsSettings


def make_wordings() -> PushWordings:
    return PushWordings({}, arrival_life=timedelta(minutes=30))


def _now() -> datetime:
    return datetime.now(UTC)


async def _work(told: Told) -> None:
    vault, settings = Vault(read_secrets(Path(told.folder) / "keys")), read_settings({"SUIXING_DATA": told.folder})
    async with (
        await open_pool(settings, told.database_url, size=4) as pool,
        ApnsClient(told.apns, now=_now) as client,
    ):
        dispatcher = Dispatcher(pool, [_open_channel(pool, vault, client)], now=_now)
        gc.collect()
        gc.freeze()  # as app/worker.py does
        print("ready", flush=True)
        loop, stopping = asyncio.get_running_loop(), asyncio.Event()
        await loop.run_in_executor(None, sys.stdin.readline)
        working = asyncio.create_task(dispatcher.run(stopping))
        await loop.run_in_executor(None, sys.stdin.read)
        stopping.set()
        await working


def _open_channel(pool: Pool, vault: Vault, client: ApnsClient) -> ProviderChannel:
    return ProviderChannel(
        ApnsCourier(client),
        pool,
        wordings=make_wordings(),
        book=TemplateBook([]),
        served=["apns"],
        open_sealed=lambda address: open_address(vault, address.sealed),
        now=_now,
    )


class Workers:
    """Running workers that wait for their start."""

    def __init__(self, processes: Sequence[asyncio.subprocess.Process]) -> None:
        self._processes = processes
        self.pids = {process.pid for process in processes}

    def start(self) -> None:
        for process in self._processes:
            assert process.stdin is not None
            process.stdin.write(b"start\n")


@asynccontextmanager
async def running_workers(count: int, told: Told) -> AsyncGenerator[Workers]:
    """So many, ready; they are stopped in the end."""
    async with AsyncExitStack() as stack:
        yield Workers([await stack.enter_async_context(_running(told)) for _ in range(count)])


@asynccontextmanager
async def _running(told: Told) -> AsyncGenerator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", __name__), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(msgspec.json.encode(told) + b"\n")
        line = await asyncio.wait_for(process.stdout.readline(), _STARTS_WITHIN)
        if line != b"ready\n":
            raise RuntimeError(f"a worker did not start: {line!r}")
        yield process
    finally:
        process.stdin.close()
        await process.wait()


if __name__ == "__main__":
    uvloop.run(_work(msgspec.json.decode(sys.stdin.readline(), type=Told)))

"""Where pushing survives: people with two phones each, both providers at their worst, and workers that are killed."""

from __future__ import annotations

import asyncio
import random
import signal
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
import msgspec
from uuid_utils.compat import uuid7

from push.addresses import Address
from push.many import enqueue_many
from push.notices import Notice
from push.reaching import register_address
from tests.push.harness import make_notice, wait_until
from tests.push.peers import apns, fcm
from tests.push.peers.certificates import server_certificate
from tests.push.peers.dying import LastWords
from tests.push.peers.running import NodePeer
from tests.push.push_worker import IN_FLIGHT, Told

ROOT = Path(__file__).resolve().parents[2]
WORKERS = 2
MISDEEDS: Sequence[Sequence[dict[str, Any]]] = [
    [{"status": 500, "reason": "InternalServerError"}] * 3,
    [{"status": 429, "reason": "TooManyRequests"}] * 2,
    [{"status": 503, "reason": "ServiceUnavailable"}],
    [{"hang": True}],
    [{"close": True}],
    [{"reset": True}],
    [{"refuse": True}],
    [{"hang": True}, {"status": 500, "reason": "InternalServerError"}],
]
"""What Apple's stand-in does to a phone's next requests; besides, it says goodbye after every hundredth."""


class _Worker(NamedTuple):
    process: asyncio.subprocess.Process
    words: LastWords


class Field:
    """Where it happens: a database, both providers, people with two phones each, and workers that die."""

    def __init__(self, url: str, apple: NodePeer, google: NodePeer, chance: random.Random) -> None:
        self.url = url
        self.apple = apple
        self.google = google
        self.chance = chance
        self.messages: list[Notice] = []
        self.pool: asyncpg.Pool[asyncpg.Record]
        self._workers: list[_Worker] = []

    async def settle_people(self, count: int) -> list[UUID]:
        """Each with a phone of Apple's and one of Google's; one phone in ten makes trouble."""
        people: list[UUID] = [uuid7() for _ in range(count)]
        now = datetime.now(UTC)
        async with self.pool.acquire() as db:
            for number, person in enumerate(people):
                for channel, app, name in (
                    ("apns", apns.TOPIC, f"{number:064x}"),
                    ("fcm", fcm.PROJECT, f"phone:{number:032x}"),
                ):
                    address = Address(
                        recipient=person,
                        channel=channel,  # type: ignore[arg-type]
                        app_id=app,
                        address_id=uuid7(),
                        environment="production" if channel == "apns" else "",
                        sealed=name.encode(),
                        locale="zh-CN",
                        registered_at=now,
                        seen_at=now,
                    )
                    async with db.transaction():
                        await register_address(db, address, index=name.encode(), indexes=[name.encode()])
        for number in self.chance.sample(range(count), count // 10):
            await self.apple.script(f"{number:064x}", *self.chance.choice(MISDEEDS))
        return people

    async def tell(self, people: Sequence[UUID]) -> None:
        """A message for each."""
        now = datetime.now(UTC)
        fresh = [make_notice("inbox", now, recipient=person, expires_at=now + timedelta(days=1)) for person in people]
        async with self.pool.acquire() as db:
            await enqueue_many(db, fresh)
        self.messages += fresh

    async def start_worker(self) -> None:
        told = Told(
            database_url=self.url,
            apns_url=self.apple.url,
            fcm_url=self.google.url,
            authority=server_certificate().authority,
            key=apns.make_key(apns.TEAM),
            account=fcm.make_account(self.google.url),
        )
        words = LastWords("push_worker")
        worker = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.push.push_worker",
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,  # whoever dies by itself says why on the other
            stderr=words.fileno(),
        )
        self._workers.append(_Worker(worker, words))
        assert worker.stdin is not None
        with suppress(ConnectionError):  # of one that has died: whoever kills it says so
            worker.stdin.write(msgspec.json.encode(told) + b"\n")
            await worker.stdin.drain()

    async def kill_worker(self) -> None:
        """One of them, in whatever it is doing; another takes its place."""
        await self._kill(self._workers.pop(self.chance.randrange(len(self._workers))))
        await self.start_worker()

    async def stop_workers(self) -> None:
        async with AsyncExitStack() as ending:
            for worker in self._workers:
                ending.push_async_callback(self._kill, worker)
            self._workers.clear()

    async def _kill(self, worker: _Worker) -> None:
        with closing(worker.words):
            process = worker.process
            ended_before = process.returncode is not None
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGKILL)
            if await process.wait() != -signal.SIGKILL or ended_before:
                raise AssertionError(f"it has died by itself: {worker.words.tell_end(process)}")

    async def count_accepted(self) -> int:
        return int((await self.apple.tell())["accepted"]) + int((await self.google.tell())["accepted"])

    async def count_under_way(self) -> int:
        """What is not settled yet, in the inbox's lane or in one of the phones'."""
        return int(await self.pool.fetchval("SELECT count(*) FROM outbox WHERE settled_at IS NULL"))

    async def check(self, kills: int) -> int:
        """That each message was told once, or twice under one id to one phone; how many were told twice."""
        rows = await self.pool.fetch(
            "SELECT notice_id, channel, outcome, attempts, dedupe_key FROM outbox WHERE channel <> 'inbox'"
        )
        assert {row["dedupe_key"] for row in rows} == {f"push:{message.notice_id}" for message in self.messages}
        assert {row["outcome"] for row in rows} == {"delivered"}
        shown: dict[str, dict[str, int]] = (await self.apple.tell(list=True))["shown"]
        tags = [told["android"]["notification"]["tag"] for told in (await self.google.tell())["messages"]]
        attempts = {str(row["notice_id"]): row["attempts"] for row in rows}
        message_ids = {str(message.notice_id) for message in self.messages}
        assert set(shown) | set(tags) == message_ids, "each was told"
        assert set(shown) & set(tags) == set(), "none on two phones"
        assert {len(ids) for ids in shown.values()} <= {1}, "each under one id"
        twice = [own_id for ids in shown.values() for own_id, times in ids.items() if times > 1]
        assert all(attempts[own_id] > 1 for own_id in twice)
        doubled = len(twice) + len(tags) - len(set(tags))
        assert doubled <= kills * 2 * IN_FLIGHT, "what was under way when a worker died, and no more"
        return doubled


@asynccontextmanager
async def open_field(url: str, chance: random.Random) -> AsyncGenerator[Field]:
    async with (
        apns.running_apns(goawayEvery=100) as apple,
        fcm.running_fcm() as google,
        asyncpg.create_pool(url, min_size=1, max_size=3) as pool,
    ):
        field = Field(url, apple, google, chance)
        field.pool = pool
        try:
            yield field
        finally:
            await field.stop_workers()


async def kill_under_load(field: Field, kills: int, between: Callable[[int], Awaitable[None]] | None = None) -> None:
    """A kill whenever some more were told, at a moment within that nobody chose."""
    for _ in range(WORKERS):
        await field.start_worker()
    for number in range(kills):
        at = len(field.messages) * (number + 1) // (kills + 2)

        async def has_come_to(at: int = at) -> bool:
            return await field.count_accepted() >= at or await field.count_under_way() == 0

        await wait_until(has_come_to, seconds=120)
        await asyncio.sleep(field.chance.random() / 20)
        await field.kill_worker()
        if between is not None:
            await between(number)

    async def is_over() -> bool:
        return await field.count_under_way() == 0

    await wait_until(is_over, seconds=120)

"""Notifications a second, from a row of the outbox to its recorded outcome, over HTTP/2 and TLS to a stand-in of Apple.

All of it works on two cores at once: a worker for each, a durable PostgreSQL, and the stand-in. So the cost of each is
given too, and that of each of a worker's parts, every one measured by itself over the same notices.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import uvloop
from uuid_utils.compat import uuid7

from app.database import Pool, open_pool
from app.embedded import running_servers
from app.inbox.pushing import PushWordings
from app.migrating import migrate
from app.pushing.addressing import open_address, seal_address
from app.sealing import Vault
from app.secrets import create_secrets
from app.settings import read_settings
from bench import Ratio
from bench.push_worker import Told, Workers, make_wordings, running_workers
from bench.swift_apns import SwiftPeer, running_swift_apns
from push import reaching, store
from push.addresses import Address, Locale
from push.apns import ApnsClient
from push.couriers import ApnsCourier, Letter
from push.departing import Departure
from push.fanning import read_message_id
from push.many import enqueue_many
from push.notices import Notice
from push.rendering import write_apns_payload
from push.rules import Ruling
from push.walking import Stop
from tests.push.peers.apns import TOPIC, make_settings

NOTICES = int(os.environ.get("BENCH_PUSH", "20000"))
ROUNDS = 5
WORKERS = 2
TARGET = 4_000.0
BATCH = 300
_TICKS = os.sysconf("SC_CLK_TCK")


def _now() -> datetime:
    return datetime.now(UTC)


class _Stand(msgspec.Struct, frozen=True):
    """A worker's tools, and who is told: a phone each."""

    pool: Pool
    vault: Vault
    wordings: PushWordings
    client: ApnsClient
    peer: SwiftPeer
    told: Told
    recipients: list[UUID]

    def open_name(self, address: Address) -> str:
        return open_address(self.vault, address.sealed)


async def _register(pool: Pool, vault: Vault, recipients: Sequence[UUID]) -> None:
    now, rows = _now(), []
    for recipient in recipients:
        kept = seal_address(vault, "apns", TOPIC, os.urandom(32).hex())
        rows.append((recipient, "apns", TOPIC, uuid7(), "production", kept.sealed, kept.index, "zh-CN", now, now))
    await pool.copy_records_to_table(
        "push_addresses",
        records=rows,
        columns=(
            "recipient", "channel", "app_id", "address_id", "environment", "sealed_address", "address_index", "locale",
            "registered_at", "seen_at",
        ),
    )  # fmt: skip
    await pool.execute("VACUUM ANALYZE push_addresses")


async def _fill(stand: _Stand) -> None:
    """A notice of a scan for each recipient, as the inbox's lane leaves it."""
    await stand.pool.execute("TRUNCATE outbox")
    now = _now()
    notices = [_make_notice(recipient, now) for recipient in stand.recipients]
    async with stand.pool.acquire() as connection:
        for batch in _split(notices):
            await enqueue_many(connection, batch)
    await stand.pool.execute("VACUUM ANALYZE outbox")
    await stand.pool.execute("CHECKPOINT")


def _make_notice(recipient: UUID, now: datetime) -> Notice:
    notice_id = uuid7()
    return Notice(
        routing_key=notice_id.int % 2**62,
        notice_id=notice_id,
        recipient=recipient,
        channel="apns",
        topic="code.scanned",
        dedupe_key=f"push:{uuid7()}",
        data={"access_id": str(uuid7()), "venue_id": str(uuid7()), "purpose": "metro-gate", "at": now.isoformat()},
        created_at=now,
        due_at=now,
        expires_at=now + timedelta(days=1),
    )


async def _carry_all(stand: _Stand, workers: Workers) -> None:
    workers.start()
    while await _is_one_left(stand):  # noqa: ASYNC110  the workers are other processes
        await asyncio.sleep(0.05)


async def _is_one_left(stand: _Stand) -> Any:
    return await stand.pool.fetchval("SELECT EXISTS (SELECT FROM outbox WHERE settled_at IS NULL)")


def _split(notices: Sequence[Notice]) -> Iterator[Sequence[Notice]]:
    for start in range(0, len(notices), BATCH):
        yield notices[start : start + BATCH]


class _Parts:
    """Each part of the work by itself, over all notices, in the batches that a lane makes of them."""

    def __init__(self, stand: _Stand) -> None:
        self._stand = stand
        self._claimed: list[Notice] = []
        self._stops: list[Stop] = []
        self._names: list[str] = []
        self._letters: list[Letter] = []

    async def claim(self) -> None:
        pool, until = self._stand.pool, _now() + timedelta(minutes=10)
        while more := await store.lease_notices(pool, "apns", limit=BATCH, now=_now(), leased_until=until):
            self._claimed += more

    async def reach(self) -> None:
        for batch in _split(self._claimed):
            found = await reaching.load_reach(self._stand.pool, [notice.recipient for notice in batch])
            self._stops += [Stop(found[notice.recipient].addresses[0]) for notice in batch]
        self._names = [self._stand.open_name(stop.address) for stop in self._stops]

    async def render(self) -> None:
        wordings = self._stand.wordings
        for batch in _split(self._claimed):
            locales: dict[UUID, Locale] = dict.fromkeys((notice.recipient for notice in batch), "zh-CN")
            spoken = await wordings.speak(batch, locales)
            for notice in batch:
                rule, words = wordings.topics[notice.topic], spoken[notice.notice_id]
                write_apns_payload(words, notice.notice_id, rule)
                message_id = read_message_id(notice)
                letter = Letter(notice=notice, message_id=message_id, rule=rule, spoken=words, locale="zh-CN")
                self._letters.append(letter)

    async def send(self) -> None:
        """With what is rendered being rendered once more: it is taken off in the end."""
        courier = ApnsCourier(self._stand.client)
        turns = iter(zip(self._letters, self._stops, self._names, strict=True))

        async def work() -> None:
            for letter, stop, name in turns:
                await courier.send(letter, stop, name, Departure())

        await asyncio.gather(*(work() for _ in range(BATCH)))

    async def record(self) -> None:
        for batch in _split(sorted(self._claimed, key=lambda notice: (notice.routing_key, notice.notice_id))):
            now = _now()
            rulings = [Ruling(notice, "delivered", None, now) for notice in batch]
            await store.record_rulings(self._stand.pool, rulings, now)


async def _measure_parts(stand: _Stand) -> dict[str, float]:
    """Our microseconds of CPU a notification, by part."""
    await _fill(stand)
    parts = _Parts(stand)
    works = (parts.claim, parts.reach, parts.render, parts.send, parts.record)
    return {work.__name__: await _time_cpu(work, len(stand.recipients)) for work in works}


async def _time_cpu(part: Callable[[], Awaitable[None]], count: int) -> float:
    begun = time.process_time()
    await part()
    return (time.process_time() - begun) / count * 1e6


class _Process(msgspec.Struct, frozen=True):
    parent: int
    program: str
    seconds: float
    """Of CPU, so far."""


def _list_processes() -> dict[int, _Process]:
    """What this process has started, directly or not, without itself."""
    every: dict[int, _Process] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            program = (folder / "exe").readlink().name
        except OSError:
            continue  # it has just ended, or is the kernel's
        every[int(folder.name)] = _Process(int(fields[1]), program, (int(fields[11]) + int(fields[12])) / _TICKS)
    ours = {os.getpid()}
    while more := {pid for pid, process in every.items() if process.parent in ours and pid not in ours}:
        ours |= more
    return {pid: process for pid, process in every.items() if pid in ours - {os.getpid()}}


def _name_part(pid: int, process: _Process, workers: Workers) -> str:
    if pid in workers.pids:
        return "worker"
    return "postgres" if process.program == "postgres" else "stand-in"


def _sum_cpu(workers: Workers, before: dict[int, _Process], after: dict[int, _Process]) -> dict[str, float]:
    """Seconds that each part of the work had between the two; a process that came later had them all."""
    spent = dict.fromkeys(("worker", "postgres", "stand-in"), 0.0)
    for pid, process in after.items():
        spent[_name_part(pid, process, workers)] += process.seconds - (before[pid].seconds if pid in before else 0.0)
    return spent


async def _measure_whole(stand: _Stand) -> dict[str, float]:
    """Notifications a second, and the microseconds of CPU that each costs the workers, PostgreSQL and the stand-in."""
    await _fill(stand)
    count = len(stand.recipients)
    async with running_workers(WORKERS, stand.told) as workers:
        before, begun = _list_processes(), time.perf_counter()
        await _carry_all(stand, workers)
        seconds, after = time.perf_counter() - begun, _list_processes()
    assert await stand.pool.fetchval("SELECT count(*) FROM outbox WHERE outcome = 'delivered'") == count
    spent = _sum_cpu(workers, before, after)
    return {"rate": count / seconds, **{part: cpu / count * 1e6 for part, cpu in spent.items()}}


@asynccontextmanager
async def _standing(folder: Path, url: str) -> AsyncGenerator[_Stand]:
    await migrate(url)
    settings = read_settings({"SUIXING_DATA": str(folder / "data")})
    vault = Vault(create_secrets(folder / "keys", development=True))
    recipients = [uuid7() for _ in range(NOTICES)]
    async with running_swift_apns(folder) as peer, await open_pool(settings, url, size=4) as pool:
        await _register(pool, vault, recipients)
        told = Told(str(folder), url, make_settings(peer))
        async with ApnsClient(told.apns, now=_now) as client:
            yield _Stand(pool, vault, make_wordings(), client, peer, told, recipients)


async def _run(folder: Path, url: str) -> list[Ratio]:
    async with _standing(folder, url) as stand:
        wholes = [await _measure_whole(stand) for _ in range(ROUNDS)]
        parts = [await _measure_parts(stand) for _ in range(ROUNDS)]
        seen = await stand.peer.tell()
    assert (seen.accepted, seen.requests) == (2 * ROUNDS * NOTICES, 2 * ROUNDS * NOTICES), "each was sent once"
    whole = max(wholes, key=lambda one: one["rate"])  # whatever else runs on the machine can only take away
    part = {name: min(one[name] for one in parts) for name in parts[0]}
    part["send"] -= part["render"]
    part["lane"] = whole["worker"] - sum(part.values())
    return [
        Ratio(
            name="push: row to recorded outcome / asked",
            ours=whole["rate"],
            peer=TARGET,
            ratio=whole["rate"] / TARGET,
            target=1.0,
            better="higher",
            unit="1/s",
            note=f"{WORKERS} workers; µs of CPU each: worker {whole['worker']:.0f} ({_say(part)}), "
            f"PostgreSQL {whole['postgres']:.0f}, stand-in {whole['stand-in']:.0f}",
        )
    ]


def _say(parts: dict[str, Any]) -> str:
    return ", ".join(f"{name} {cost:.0f}" for name, cost in parts.items())


def run() -> list[Ratio]:
    """Starts a durable PostgreSQL and a stand-in of its own and measures."""
    with tempfile.TemporaryDirectory(prefix="sx-bench-") as name:
        os.chmod(name, 0o711)  # noqa: PTH101, S103  as root, the server runs as another user
        with running_servers(Path(name)) as servers:
            return uvloop.run(_run(Path(name), servers.database_url))


if __name__ == "__main__":
    for one in run():
        print(one)

"""A campaign to everybody, against a plain INSERT … SELECT of the same rows, and what memory a worker takes to its end.

The floor is what the rows of the outbox cost where nobody pages, paces, or keeps where they are: one statement, two
thousand residents at a time, each its own commit, durable. Ours is the worker's walk with no rate to keep. Then the
whole way to phones, one each: the walk, the inbox's lane and Apple's in one process, its memory read at the half and at
the end. The provider is a stand-in within it, which takes every payload: how fast one is sent, bench/push.py says.
"""

from __future__ import annotations

import asyncio
import os
import resource
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from datetime import time as clock
from pathlib import Path
from statistics import median
from uuid import UUID

import asyncpg

from app.campaigns import store
from app.campaigns.digesting import NEWEST, digest_content
from app.campaigns.model import Campaign, CampaignContent, CampaignState, Said, Segment, Walk, Window
from app.campaigns.reading import TOPIC
from app.campaigns.speaking import CampaignSpeaker
from app.campaigns.walking import MOST_WAITING, walk_page
from app.database import Pool, open_pool, transaction
from app.embedded import running_servers
from app.identifiers import new_id
from app.inbox.pushing import PushWordings
from app.migrating import migrate
from app.settings import read_settings
from bench import Ratio
from push.addresses import PushChannel
from push.carrying import ProviderChannel
from push.couriers import Letter
from push.departing import Departure
from push.dispatching import Dispatcher
from push.fanning import FanOut
from push.inbox import InboxChannel
from push.rendering import write_apns_payload
from push.sending import Accepted, SendOutcome
from push.templates import TemplateBook
from push.walking import Stop

PEOPLE = 100_000
CROWD = int(os.environ.get("BENCH_CAMPAIGN", "1000000"))
ROUNDS = 3
TARGET = 0.35
MOST_GROWTH = 8 * 1024
"""KiB that the second half of a crowd may add: what Python's allocator and the pool's buffers breathe."""
_NOBODY = UUID(int=0)
_NO_RATE = 10**9
_NEVER = 10**9
_PHONE = (
    "recipient", "channel", "app_id", "address_id", "environment", "sealed_address", "address_index", "locale",
    "registered_at", "seen_at",
)  # fmt: skip

# As the floor has no ids of its own making, PostgreSQL makes them.
FLOOR = """
INSERT INTO outbox (routing_key, notice_id, recipient, channel, topic, dedupe_key, data, created_at, due_at, expires_at)
SELECT subject_no, gen_random_uuid(), resident_id, 'inbox', 'campaign', 'campaign:' || $1::text,
       jsonb_build_object('campaign_id', $1::text), $2, $2, $2::timestamptz + interval '1 day'
FROM (SELECT resident_id, subject_no FROM residents WHERE resident_id > $3 ORDER BY resident_id LIMIT 2000) AS page
"""
LAST = """
SELECT resident_id FROM (
    SELECT resident_id FROM residents WHERE resident_id > $1 ORDER BY resident_id LIMIT 2000
) AS page ORDER BY resident_id DESC LIMIT 1
"""


def _now() -> datetime:
    return datetime.now(UTC)


async def _settle_people(url: str, count: int, *, has_phones: bool = False) -> None:
    """Rows of residents alone, in the order in which they registered."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("TRUNCATE residents CASCADE")
        for start in range(0, count, 50_000):
            ids = [new_id() for _ in range(min(50_000, count - start))]
            rows = [(one, one.int & (2**62 - 1), _now()) for one in ids]
            columns = ["resident_id", "subject_no", "created_at"]
            await connection.copy_records_to_table("residents", records=rows, columns=columns)
            if has_phones:
                phones = [
                    (one[0], "apns", "cn.suixing", one[0], "production", b"", one[0].bytes, "en", *[_now()] * 2)
                    for one in rows
                ]
                await connection.copy_records_to_table("push_addresses", records=phones, columns=_PHONE)
        await connection.execute("VACUUM ANALYZE residents, push_addresses")
    finally:
        await connection.close()


async def _launch(pool: Pool) -> UUID:
    """A running campaign to everybody, at any hour of the day."""
    now = _now()
    content = CampaignContent(
        title=Said("通知", "Notice"),
        body=Said("请查看。", "Please look."),
        link="",
        segment=Segment(),
        rate=_NO_RATE,
        window=Window(clock(0), clock(23, 59)),
        starts_at=now,
        expires_at=now + timedelta(days=1),
    )
    campaign = Campaign(
        campaign_id=new_id(),
        content=content,
        digest=digest_content(content),
        digest_version=NEWEST,
        state=CampaignState.RUNNING,
        drafted_by=new_id(),
        drafted_at=now,
        approve_by=None,
        approved_at=now,
        ended_at=None,
        walk=Walk(_NOBODY, now),
    )
    async with transaction(pool) as db:
        await store.insert_campaign(db, campaign)
    return campaign.campaign_id


async def _empty(pool: Pool) -> None:
    await pool.execute("TRUNCATE outbox, messages")
    await pool.execute("CHECKPOINT")


async def _measure_floor(pool: Pool) -> float:
    await _empty(pool)
    begun, after, campaign_id = time.perf_counter(), _NOBODY, str(new_id())
    while await pool.execute(FLOOR, campaign_id, _now(), after) != "INSERT 0 0":
        after = await pool.fetchval(LAST, after)
    return PEOPLE / (time.perf_counter() - begun)


async def _measure_walk(pool: Pool) -> float:
    await _empty(pool)
    campaign_id = await _launch(pool)
    begun = time.perf_counter()
    while await walk_page(pool, campaign_id, "31", _now(), served=["inbox"], most_waiting=_NEVER) is not None:
        pass
    seconds = time.perf_counter() - begun
    assert await pool.fetchval("SELECT count(*) FROM outbox") == PEOPLE
    return PEOPLE / seconds


def _memory() -> int:
    """KiB that this process holds now."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize() // 1024


class _Taking:
    """Apple, as if it took everything at once: what is counted is what we do."""

    channel: PushChannel = "apns"
    concurrency = 300

    def name_line(self, stop: Stop) -> str:
        return stop.address.app_id

    def turn(self, stop: Stop) -> None:
        del stop

    async def send(self, letter: Letter, stop: Stop, name: str, departure: Departure) -> SendOutcome:
        departure.go()
        assert write_apns_payload(letter.spoken, letter.message_id, letter.rule)
        assert (stop.address.recipient, name) == (letter.notice.recipient, "a phone")
        return Accepted()


def _open_dispatcher(pool: Pool) -> Dispatcher:
    """The lanes of a worker that campaigns go by."""
    wordings = PushWordings({TOPIC: CampaignSpeaker(pool, _now)}, arrival_life=timedelta(minutes=30))
    fan_out = FanOut(pool, wordings.topics, ["apns"])
    phones = ProviderChannel(
        _Taking(),
        pool,
        wordings=wordings,
        book=TemplateBook([]),
        served=["apns"],
        open_sealed=lambda _: "a phone",
        now=_now,
    )
    dispatcher = Dispatcher(pool, [InboxChannel(pool, now=_now, fan_out=fan_out), phones], now=_now)
    fan_out.on_enqueued = dispatcher.wake
    return dispatcher


async def _tell_crowd(pool: Pool, crowd: int) -> tuple[float, int, int]:
    """Messages a second from the campaign's first page to the last phone, and KiB at the half and at the end."""
    await _empty(pool)
    stopping, campaign_id = asyncio.Event(), await _launch(pool)
    dispatcher = _open_dispatcher(pool)
    delivering = asyncio.create_task(dispatcher.run(stopping))
    begun, half = time.perf_counter(), 0
    while dispatcher.tally["apns", "delivered"] < crowd:
        if (
            await walk_page(pool, campaign_id, "31", _now(), served=dispatcher.served, most_waiting=MOST_WAITING)
            is None
        ):
            # A worker comes again in half a second, and a crowded campaign waits a whole one: here it is asked at once.
            await pool.execute("UPDATE campaigns SET due_at = $2 WHERE campaign_id = $1", campaign_id, _now())
            await asyncio.sleep(0.02)
        if not half and dispatcher.tally["apns", "delivered"] * 2 >= crowd:
            half = _memory()
    seconds, end = time.perf_counter() - begun, _memory()
    stopping.set()
    await delivering
    assert await pool.fetchval("SELECT count(*) FROM messages") == crowd
    assert await pool.fetchval("SELECT count(DISTINCT recipient) FROM messages") == crowd
    return crowd / seconds, half, end


async def _run(url: str, folder: Path, crowd: int) -> list[Ratio]:
    await migrate(url)
    settings = read_settings({"SUIXING_DATA": str(folder), "DATABASE_URL": url})
    pool = await open_pool(settings, url, size=6)
    async with pool:
        await _settle_people(url, PEOPLE)
        floors, ours = [], []
        for _ in range(ROUNDS):  # in turn, so that both meet the machine's moods
            floors.append(await _measure_floor(pool))
            ours.append(await _measure_walk(pool))
        await _settle_people(url, crowd, has_phones=True)
        rate, half, end = await _tell_crowd(pool, crowd)
    return [_walk_ratio(median(ours), median(floors)), _memory_ratio(rate, half, end, crowd)]


def _walk_ratio(mine: float, floor: float) -> Ratio:
    return Ratio(
        name="campaign: page by page into the outbox / plain INSERT … SELECT",
        ours=mine,
        peer=floor,
        ratio=mine / floor,
        target=TARGET,
        better="higher",
        unit="notices/s",
        note=f"{PEOPLE:,} residents, 2,000 a commit, durable",
    )


def _memory_ratio(rate: float, half: int, end: int, crowd: int) -> Ratio:
    return Ratio(
        name="campaign: a worker's memory at the end / at the half",
        ours=end / 1024,
        peer=half / 1024,
        ratio=end / half,
        target=1 + MOST_GROWTH / half,
        better="lower",
        unit="MiB",
        note=f"{crowd:,} recipients, {rate:,.0f} messages/s from campaign to inbox to phone, in one process",
    )


def run(crowd: int = CROWD) -> list[Ratio]:
    """Starts a durable PostgreSQL of its own and measures."""
    with tempfile.TemporaryDirectory(prefix="sx-bench-") as folder:
        os.chmod(folder, 0o711)  # noqa: PTH101, S103  as root, the server runs as another user
        with running_servers(Path(folder)) as servers:
            return asyncio.run(_run(servers.database_url, Path(folder), crowd))


if __name__ == "__main__":
    for one in run(int(sys.argv[1]) if len(sys.argv) > 1 else CROWD):
        print(one)

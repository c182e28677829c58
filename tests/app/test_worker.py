"""The worker as a process of its own: it delivers, chains, publishes and forgets, whatever fails beside it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from app import worker
from app.audit import WITNESS
from app.database import Pool, open_pool
from app.development.sms_gateway import SmsGatewayStandIn
from app.development.standing_in import ACCESS_KEY_ID, ACCESS_KEY_SECRET
from app.development.texts import TextFile
from app.identifiers import new_id
from app.keeping import create_keys
from app.people.challenging import open_text, request_otp
from app.sealing import Vault
from app.secrets import read_secrets
from app.settings import Settings, read_settings
from app.venues import store as venues
from push.notices import Notice
from push.outbox import enqueue
from tests.push.sms_server import serving


@pytest.fixture
def own(tmp_path: Path, fresh_database: str, valkey_url: str) -> Settings:
    """Settings of a deployment that this worker has for itself, chaining each second."""
    settings = read_settings(
        {
            "SUIXING_DATA": str(tmp_path),
            "DATABASE_URL": fresh_database,
            "REDIS_URL": valkey_url,
            "SUIXING_AUDIT_INTERVAL": "1",
            "SUIXING_PORT": "1",
        }
    )
    create_keys(settings, development=True, now=datetime.now(UTC))
    return settings


@pytest.fixture
async def fresh_pool(own: Settings, fresh_database: str) -> AsyncGenerator[Pool]:
    opened = await open_pool(own, fresh_database, size=3)
    yield opened
    opened.terminate()


@asynccontextmanager
async def running_worker(settings: Settings, log: Path, **more: str) -> AsyncGenerator[asyncio.subprocess.Process]:
    """`suixing worker` until the block ends; told to stop, it ends well and soon."""
    environment = {
        "PATH": os.environ["PATH"],
        "SUIXING_DATA": str(settings.data),
        "DATABASE_URL": settings.database_url or "",
        "REDIS_URL": settings.redis_url or "",
        "SUIXING_AUDIT_INTERVAL": "1",
        **more,
    }
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", "app.cli", "worker", env=environment, stdout=output, stderr=output
        )
    try:
        yield process
        async with asyncio.timeout(30):
            while "worker.started" not in read_events(log):  # noqa: ASYNC110  another process
                await asyncio.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 10) == 0, read_events(log)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def wait_for(pool: Pool, question: str, *arguments: object) -> object:
    """The answer, once it is one."""
    async with asyncio.timeout(30):
        while not (answer := await pool.fetchval(question, *arguments)):  # noqa: ASYNC110  a database tells nobody
            await asyncio.sleep(0.05)
    return answer


def read_events(log: Path) -> list[str]:
    return [json.loads(line)["event"] for line in log.read_text().splitlines() if line.startswith("{")]


async def put_notice(pool: Pool) -> Notice:
    """Something for somebody's inbox."""
    now = datetime.now(UTC)
    notice = Notice(
        routing_key=1,
        recipient=uuid4(),
        channel="inbox",
        topic="account.locked",
        dedupe_key=str(uuid4()),
        data={"at": now},
        created_at=now,
        due_at=now,
        expires_at=now + timedelta(hours=1),
    )
    async with pool.acquire() as db:
        await enqueue(db, notice)
    return notice


async def put_access(pool: Pool) -> None:
    """A scan of a while ago, of a subject of its own."""
    now = datetime.now(UTC) - timedelta(minutes=5)
    subject_no = uuid4().int >> 66
    await pool.execute(
        "INSERT INTO subjects VALUES ($1, 'personal', $2, $3, $3)", subject_no, uuid4(), now - timedelta(hours=1)
    )
    recorded = await venues.record_scan(
        pool,
        venues.ScanRow(
            subject_no=subject_no,
            cti=os.urandom(24),
            kind="personal",
            form="dynamic",
            issued_at=now,
            certified_at=None,
            expires_at=now + timedelta(seconds=60),
            list_no=None,
            place=None,
            access_id=new_id(),
            venue_id=uuid4(),
            scanner_id=uuid4(),
            purpose="metro-gate",
            fields=["kind"],
            salt=os.urandom(16),
            request_key=None,
            now=now,
            notice_id=new_id(),
            second_notice_id=new_id(),
            notice_expires_at=now + timedelta(days=1),
        ),
    )
    assert recorded["outcome"] == "accepted"


async def test_a_worker_does_all_that_waits(own: Settings, fresh_pool: Pool, tmp_path: Path) -> None:
    notice = await put_notice(fresh_pool)
    await put_access(fresh_pool)
    await fresh_pool.execute(
        "INSERT INTO session_endings VALUES ($1, $2)", uuid4(), datetime.now(UTC) - timedelta(days=1)
    )
    log = tmp_path / "worker.log"
    async with running_worker(own, log):
        await wait_for(fresh_pool, "SELECT 1 FROM messages WHERE message_id = $1", notice.notice_id)
        await wait_for(
            fresh_pool, "SELECT 1 FROM outbox WHERE notice_id = $1 AND outcome = 'delivered'", notice.notice_id
        )
        await wait_for(fresh_pool, "SELECT count(*) FROM messages WHERE topic = 'code.scanned'")
        await wait_for(fresh_pool, "SELECT count(*) FROM trust_lists")
        await wait_for(fresh_pool, "SELECT leaf_count FROM access_batches WHERE leaf_count = 1")
        await wait_for(fresh_pool, "SELECT count(*) = 0 FROM session_endings")
        await wait_for(fresh_pool, "SELECT count(*) > 12 FROM pg_inherits WHERE inhparent = 'accesses'::regclass")
    events = read_events(log)
    assert {"worker.started", "worker.stopped", "trust-list.published", "audit.head"} <= set(events)
    assert "worker.job-failed" not in events
    assert (own.data / WITNESS).read_text().strip()


async def test_a_text_goes_to_the_gateway_and_leaves_nothing_behind(
    own: Settings, fresh_pool: Pool, tmp_path: Path
) -> None:
    gateway = SmsGatewayStandIn(
        TextFile(tmp_path / "sent.jsonl"),
        access_key_id=ACCESS_KEY_ID,
        access_key_secret=ACCESS_KEY_SECRET,
        sign_name=own.sms_sign_name,
        template_code=own.sms_template_code,
        warning_template_code=own.sms_warning_template_code,
        now=lambda: datetime.now(UTC),
    )
    vault = Vault(read_secrets(own.keys_folder))
    challenge = await request_otp(
        fresh_pool,
        vault,
        own,
        phone="+8613812345678",
        address="127.0.0.1",
        installation_id=None,
        now=datetime.now(UTC),
    )
    sealed = await fresh_pool.fetchval("SELECT sealed FROM outbox WHERE recipient = $1", challenge.challenge_id)
    async with serving(gateway) as sms:
        account = {
            "SUIXING_SMS_URL": sms.url,
            "SUIXING_SMS_ACCESS_KEY_ID": ACCESS_KEY_ID,
            "SUIXING_SMS_ACCESS_KEY_SECRET": ACCESS_KEY_SECRET,
        }
        log = tmp_path / "worker.log"
        async with running_worker(own, log, **account):
            await wait_for(
                fresh_pool,
                "SELECT sealed IS NULL FROM outbox WHERE recipient = $1 AND outcome = 'delivered'",
                challenge.challenge_id,
            )
    [text] = gateway.texts_to("+8613812345678")
    assert text.otp == open_text(vault, sealed).otp
    assert text.otp not in log.read_text()
    assert "13812345678" not in log.read_text()


async def test_two_workers_share_the_work(own: Settings, fresh_pool: Pool, tmp_path: Path) -> None:
    notices = [await put_notice(fresh_pool) for _ in range(50)]
    async with (
        running_worker(own, tmp_path / "one.log"),
        running_worker(own, tmp_path / "two.log"),
    ):
        ids = [notice.notice_id for notice in notices]
        await wait_for(fresh_pool, "SELECT count(*) = 50 FROM messages WHERE message_id = ANY($1::uuid[])", ids)
        await wait_for(fresh_pool, "SELECT count(*) FROM trust_lists")
    assert await fresh_pool.fetchval("SELECT count(*) FROM trust_lists") == 1


async def test_a_job_that_fails_comes_again() -> None:
    turns: list[datetime] = []

    async def fail_at_first(now: datetime) -> None:
        turns.append(now)
        if len(turns) == 1:
            raise LookupError("nobody expected this")
        if len(turns) == 2:
            raise ConnectionRefusedError

    with capture_logs() as logs:
        repeating = asyncio.create_task(worker._repeat("chore", 0.01, fail_at_first))
        async with asyncio.timeout(5):
            while len(turns) < 4:  # noqa: ASYNC110  the job runs beside
                await asyncio.sleep(0.01)
        repeating.cancel()
        await asyncio.gather(repeating, return_exceptions=True)
    assert [(line["event"], line["job"]) for line in logs] == [
        ("worker.job-failed", "chore"),
        ("worker.database-away", "chore"),
    ]

"""Limits on one-time passwords hold in PostgreSQL, for whoever asks at the same moment and however many ask."""

from __future__ import annotations

import asyncio
import dataclasses
from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.database import Pool
from app.errors import InvalidError, TooManyRequestsError
from app.people import store
from app.people.challenging import hash_otp, open_phone, open_text, request_otp
from app.people.endings import forget_ended
from app.people.model import Challenge
from app.sealing import UnsealingError, Vault
from app.settings import Settings
from tests.harness.clock import Clock

SPAN = timedelta(minutes=10)


@pytest.fixture
def bucket() -> bytes:
    """Of a quota that no other test has claimed."""
    return uuid4().bytes


async def ask(pool: Pool, vault: Vault, settings: Settings, clock: Clock, phone: str, **more: object) -> Challenge:
    given_by_test: dict[str, object] = {"address": str(uuid4()), "installation_id": None} | more
    return await request_otp(pool, vault, settings, phone=phone, now=clock.now, **given_by_test)  # type: ignore[arg-type]


def invent_phone() -> str:
    return f"+8613{uuid4().int % 10**9:09}"


async def test_so_many_places_and_then_the_time_of_the_next(pool: Pool, bucket: bytes, clock: Clock) -> None:
    began = clock.now
    for _ in range(3):
        assert await store.claim_quota(pool, bucket, 3, SPAN, clock.now) is None
        clock.turn(minutes=1)
    assert await store.claim_quota(pool, bucket, 3, SPAN, clock.now) == began + SPAN
    clock.now = began + SPAN
    assert await store.claim_quota(pool, bucket, 3, SPAN, clock.now) is None
    assert await store.claim_quota(pool, bucket, 3, SPAN, clock.now) == began + timedelta(minutes=11)


async def test_claims_at_once_get_the_places_there_are(pool: Pool, bucket: bytes, clock: Clock) -> None:
    claims = await asyncio.gather(*(store.claim_quota(pool, bucket, 5, SPAN, clock.now) for _ in range(30)))
    assert claims.count(None) == 5


@given(gaps=st.lists(st.integers(0, 400), min_size=1, max_size=25), most=st.integers(1, 4))
async def test_no_span_has_more_than_its_places(pool: Pool, gaps: list[int], most: int) -> None:
    bucket, clock = uuid4().bytes, Clock()
    taken = []
    for gap in gaps:
        clock.turn(gap)
        if await store.claim_quota(pool, bucket, most, SPAN, clock.now) is None:
            taken.append(clock.now)
    for first in taken:
        assert sum(first <= moment < first + SPAN for moment in taken) <= most


async def test_refusals_take_no_place(pool: Pool, vault: Vault, settings: Settings, clock: Clock) -> None:
    phone = invent_phone()
    for _ in range(5):
        await ask(pool, vault, settings, clock, phone)
    for _ in range(3):
        with pytest.raises(TooManyRequestsError) as refusal:
            await ask(pool, vault, settings, clock, phone)
        assert refusal.value.retry_after == 601
    clock.turn(601)
    await ask(pool, vault, settings, clock, phone)


async def test_a_bad_number_takes_no_place(pool: Pool, vault: Vault, settings: Settings, clock: Clock) -> None:
    tight = dataclasses.replace(settings, otp_per_address=1)
    with pytest.raises(InvalidError):
        await ask(pool, vault, tight, clock, "021 6598 1234", address="10.9.8.7")
    await ask(pool, vault, tight, clock, invent_phone(), address="10.9.8.7")


async def test_a_quota_says_neither_phone_nor_address(
    pool: Pool, vault: Vault, settings: Settings, clock: Clock
) -> None:
    phone, address = invent_phone(), "198.51.100.77"
    await ask(pool, vault, settings, clock, phone, address=address, installation_id=uuid4())
    rows = await pool.fetch("SELECT q::text AS row FROM quotas AS q")
    text = "".join(row["row"] for row in rows)
    for said in (phone, phone[3:], address):
        assert said not in text
        assert said.encode().hex() not in text


async def test_a_challenge_is_sealed_and_its_password_hashed_under_a_key(
    pool: Pool, vault: Vault, settings: Settings, clock: Clock
) -> None:
    phone = invent_phone()
    challenge = await ask(pool, vault, settings, clock, phone)
    row = await pool.fetchrow(
        "SELECT sealed_phone, otp_hash, expires_at FROM otp_challenges WHERE challenge_id = $1", challenge.challenge_id
    )
    sealed = await pool.fetchval("SELECT sealed FROM outbox WHERE recipient = $1", challenge.challenge_id)
    assert row is not None
    text = open_text(vault, sealed)
    assert (open_phone(vault, row["sealed_phone"]), text.phone) == (phone, phone)
    assert row["otp_hash"] == hash_otp(vault, challenge.challenge_id, text.otp)
    assert row["otp_hash"] != hash_otp(vault, uuid4(), text.otp)
    assert row["expires_at"] == challenge.expires_at == clock.now + timedelta(seconds=300)
    assert phone.encode() not in row["sealed_phone"] + sealed
    with pytest.raises(UnsealingError):
        open_phone(vault, sealed)


async def test_passwords_have_six_digits_and_no_pattern(
    pool: Pool, vault: Vault, settings: Settings, clock: Clock
) -> None:
    seen = set()
    for _ in range(30):
        challenge = await ask(pool, vault, settings, clock, invent_phone())
        sealed = await pool.fetchval("SELECT sealed FROM outbox WHERE recipient = $1", challenge.challenge_id)
        otp = open_text(vault, sealed).otp
        assert len(otp) == 6
        assert otp.isascii()
        assert otp.isdigit()
        seen.add(otp)
    assert len(seen) >= 29


async def test_what_is_over_is_forgotten_and_what_is_not_is_kept(
    pool: Pool, vault: Vault, settings: Settings, clock: Clock, bucket: bytes
) -> None:
    old = await ask(pool, vault, settings, clock, invent_phone())
    session_id = uuid4()
    async with pool.acquire() as db:
        await store.insert_endings(db, [session_id], clock.now)
    clock.turn(hours=1, minutes=10)
    young = await ask(pool, vault, settings, clock, invent_phone())
    await store.claim_quota(pool, bucket, 1, SPAN, clock.now)
    await forget_ended(pool, clock.now)
    left = await pool.fetch(
        "SELECT challenge_id FROM otp_challenges WHERE challenge_id = ANY($1::uuid[])",
        [old.challenge_id, young.challenge_id],
    )
    assert [row["challenge_id"] for row in left] == [young.challenge_id]
    assert await pool.fetchval("SELECT count(*) FROM session_endings WHERE session_id = $1", session_id) == 0
    assert await store.claim_quota(pool, bucket, 1, SPAN, clock.now) is not None


async def test_a_daily_quota_outlives_an_hour(pool: Pool, bucket: bytes, clock: Clock) -> None:
    day = timedelta(hours=24)
    await store.claim_quota(pool, bucket, 1, day, clock.now)
    await forget_ended(pool, clock.turn(hours=23))
    assert await store.claim_quota(pool, bucket, 1, day, clock.now) is not None

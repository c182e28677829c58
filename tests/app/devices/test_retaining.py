"""A phone whose session simply ran out is told nothing more."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from app.database import Pool, transaction
from app.devices import retaining
from app.devices.retaining import forget_left_devices
from push.addresses import Address
from push.reaching import list_addresses, register_address
from tests.harness.clock import Clock

LIFETIME = timedelta(days=90)
SESSION = """
INSERT INTO sessions
    (generation, resident_id, session_id, installation_id, created_at, refreshed_at, expires_at, ended_at)
VALUES (1, $1, gen_random_uuid(), $2, $3, $3, $4, $5)
"""


async def register(pool: Pool, recipient: UUID, installation_id: UUID, at: datetime) -> None:
    index = uuid4().bytes
    address = Address(
        recipient=recipient, channel="fcm", app_id="p", address_id=installation_id, environment="", sealed=b"sealed",
        locale="en", registered_at=at, seen_at=at,
    )  # fmt: skip
    async with transaction(pool) as db:
        await register_address(db, address, index=index, indexes=[index])


async def test_addresses_without_a_session_go_when_they_are_old(
    pool: Pool, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retaining, "_AT_ONCE", 1)
    recipient, over, living, fresh = uuid4(), uuid4(), uuid4(), uuid4()
    await pool.execute(
        "INSERT INTO residents (resident_id, subject_no, created_at) VALUES ($1, 1, $2)", recipient, clock.now
    )
    long_ago = clock.now - timedelta(days=100)
    for installation_id, seen_at, expires_at in (
        (over, long_ago, clock.now - timedelta(days=1)),
        (living, long_ago, clock.now + timedelta(days=1)),
        (fresh, clock.now - timedelta(days=1), clock.now - timedelta(hours=1)),
    ):
        await pool.execute(SESSION, recipient, installation_id, seen_at, expires_at, None)
        await register(pool, recipient, installation_id, seen_at)
    await forget_left_devices(pool, clock.now, session_lifetime=LIFETIME)
    assert {one.address_id for one in await list_addresses(pool, recipient)} == {living, fresh}

"""What is old and of no use goes; what lives, or may still matter, stays."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

from app.database import Pool, transaction
from app.people import store
from app.people.accounts import PhoneAccount
from app.people.registering import find_or_register
from app.people.retention import INSTALLATIONS_KEPT, SESSIONS_KEPT, forget_logins
from app.sealing import Vault
from tests.api.harness import invent_phone
from tests.harness.clock import Clock

DAY = timedelta(days=1)


async def open_session(pool: Pool, vault: Vault, clock: Clock, *, days: int) -> tuple[UUID, UUID, UUID]:
    """A resident who logged in now, with a session of so many days: resident, installation, session."""
    installation_id, session_id = uuid4(), uuid4()
    async with transaction(pool) as db:
        resident_id = (await find_or_register(db, vault, PhoneAccount(invent_phone()), clock.now)).resident_id
        await store.touch_installation(db, resident_id, installation_id, clock.now)
        await store.insert_session(
            db,
            resident_id,
            session_id,
            installation_id=installation_id,
            login_id=resident_id,
            now=clock.now,
            expires_at=clock.now + days * DAY,
        )
    return resident_id, installation_id, session_id


async def find_left(pool: Pool, resident_id: UUID) -> tuple[int, int]:
    """How many sessions and installations the resident has in the tables."""
    sessions = await pool.fetchval("SELECT count(*) FROM sessions WHERE resident_id = $1", resident_id)
    installations = await pool.fetchval("SELECT count(*) FROM installations WHERE resident_id = $1", resident_id)
    return sessions, installations


async def test_sessions_go_when_they_are_long_over(pool: Pool, vault: Vault, clock: Clock) -> None:
    short, _, _ = await open_session(pool, vault, clock, days=30)
    long, _, _ = await open_session(pool, vault, clock, days=365)
    clock.turn((SESSIONS_KEPT + 29 * DAY).total_seconds())
    await forget_logins(pool, clock.now)
    assert await find_left(pool, short) == (1, 1)
    clock.turn((2 * DAY).total_seconds())
    await forget_logins(pool, clock.now)
    assert await find_left(pool, short) == (0, 1)
    assert await find_left(pool, long) == (1, 1)


async def test_a_session_that_was_ended_is_kept_as_the_law_asks(pool: Pool, vault: Vault, clock: Clock) -> None:
    resident_id, _, _ = await open_session(pool, vault, clock, days=365)
    async with transaction(pool) as db:
        await store.end_sessions(db, resident_id, now=clock.now, reason="closed")
    clock.turn((SESSIONS_KEPT - DAY).total_seconds())
    await forget_logins(pool, clock.now)
    assert await find_left(pool, resident_id) == (1, 1)
    clock.turn((2 * DAY).total_seconds())
    await forget_logins(pool, clock.now)
    assert await find_left(pool, resident_id) == (0, 1)


async def test_installations_go_when_nobody_comes_back(pool: Pool, vault: Vault, clock: Clock) -> None:
    gone, _, _ = await open_session(pool, vault, clock, days=30)
    back, installation_id, _ = await open_session(pool, vault, clock, days=30)
    clock.turn((INSTALLATIONS_KEPT - DAY).total_seconds())
    async with transaction(pool) as db:
        await store.touch_installation(db, back, installation_id, clock.now)
    clock.turn((2 * DAY).total_seconds())
    await forget_logins(pool, clock.now)
    assert await find_left(pool, gone) == (0, 0)
    assert await find_left(pool, back) == (0, 1)

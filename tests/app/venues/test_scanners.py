"""Scanners are known by a credential that nobody can guess, and for no longer than a moment without asking."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.database import Pool
from app.errors import NotFoundError, UnauthenticatedError
from app.venues import known_scanners, registering
from app.venues.errors import VenueNotApprovedError
from app.venues.known_scanners import KnownScanners
from app.venues.model import IssuedScanner
from app.venues.scanners import add_scanner, make_credential, read_scanner_id, revoke_scanner
from tests.harness.clock import Clock


class Timer:
    """What `monotonic` would say, turned by hand."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


async def enrol(pool: Pool, clock: Clock, manager_id: UUID) -> tuple[UUID, IssuedScanner]:
    venue = await registering.create_venue(
        pool,
        manager_id=manager_id,
        name="馆",
        purpose="library-entry",
        adcode="310101",
        address="路1号",
        now=clock.now,
    )
    with pytest.raises(VenueNotApprovedError):
        await add_scanner(pool, venue_id=venue.venue_id, manager_id=manager_id, name="x", lifetime=60, now=clock.now)
    await registering.approve_venue(pool, venue_id=venue.venue_id, operator_id=uuid4(), now=clock.now)
    issued = await add_scanner(
        pool, venue_id=venue.venue_id, manager_id=manager_id, name="x", lifetime=60, now=clock.now
    )
    return venue.venue_id, issued


@given(st.uuids())
def test_a_credential_names_its_scanner(scanner_id: UUID) -> None:
    credential = make_credential(scanner_id)
    assert credential.startswith("sxs_")
    assert read_scanner_id(credential) == scanner_id
    assert make_credential(scanner_id) != credential


@given(st.text(max_size=80))
def test_what_is_no_credential_names_nobody(text: str) -> None:
    with pytest.raises(UnauthenticatedError):
        read_scanner_id(text)


async def test_a_scanner_is_known_with_its_venues_purpose(pool: Pool, clock: Clock) -> None:
    venue_id, issued = await enrol(pool, clock, uuid4())
    scanner = await KnownScanners(pool).require(issued.credential, clock.now)
    assert (scanner.scanner_id, scanner.venue_id) == (issued.scanner_id, venue_id)
    assert (scanner.purpose, scanner.fields, scanner.approved) == ("library-entry", ["kind"], True)
    assert issued.credential.encode() not in scanner.credential_hash


async def test_a_revoked_scanner_is_known_for_two_seconds_at_most(pool: Pool, clock: Clock) -> None:
    manager_id, timer = uuid4(), Timer()
    venue_id, issued = await enrol(pool, clock, manager_id)
    known = KnownScanners(pool, timer)
    await known.require(issued.credential, clock.now)
    await revoke_scanner(pool, venue_id=venue_id, manager_id=manager_id, scanner_id=issued.scanner_id, now=clock.now)
    timer.seconds += 1.9
    await known.require(issued.credential, clock.now)
    timer.seconds += 0.2
    with pytest.raises(UnauthenticatedError, match="revoked"):
        await known.require(issued.credential, clock.now)


async def test_a_credential_ends_to_the_second(pool: Pool, clock: Clock) -> None:
    _, issued = await enrol(pool, clock, uuid4())
    known = KnownScanners(pool, Timer())
    await known.require(issued.credential, clock.turn(59))
    with pytest.raises(UnauthenticatedError, match="ended"):
        await known.require(issued.credential, clock.turn(1))


async def test_another_secret_of_the_same_scanner_is_nobody(pool: Pool, clock: Clock) -> None:
    _, issued = await enrol(pool, clock, uuid4())
    known = KnownScanners(pool)
    for credential in (make_credential(issued.scanner_id), make_credential(uuid4()), f"{issued.credential}="):
        with pytest.raises(UnauthenticatedError):
            await known.require(credential, clock.now)


async def test_what_is_remembered_is_bounded(pool: Pool, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_scanners, "_REMEMBERED", 3)
    known = KnownScanners(pool)
    manager_id = uuid4()
    for _ in range(5):
        _, issued = await enrol(pool, clock, manager_id)
        await known.require(issued.credential, clock.now)
    assert len(known._known) <= 3


async def test_only_its_manager_revokes_a_scanner(pool: Pool, clock: Clock) -> None:
    manager_id = uuid4()
    venue_id, issued = await enrol(pool, clock, manager_id)
    for venue, manager, scanner in (
        (venue_id, uuid4(), issued.scanner_id),
        (uuid4(), manager_id, issued.scanner_id),
        (venue_id, manager_id, uuid4()),
    ):
        with pytest.raises(NotFoundError):
            await revoke_scanner(pool, venue_id=venue, manager_id=manager, scanner_id=scanner, now=clock.now)
    assert await KnownScanners(pool).require(issued.credential, clock.now)


async def test_revoking_twice_keeps_the_first_time(pool: Pool, clock: Clock) -> None:
    manager_id = uuid4()
    venue_id, issued = await enrol(pool, clock, manager_id)
    revoke = {"venue_id": venue_id, "manager_id": manager_id, "scanner_id": issued.scanner_id}
    first = clock.now
    await revoke_scanner(pool, **revoke, now=first)
    await revoke_scanner(pool, **revoke, now=first + timedelta(hours=1))
    revoked_at = await pool.fetchval("SELECT revoked_at FROM scanners WHERE scanner_id = $1", issued.scanner_id)
    assert revoked_at == first


async def test_enrolments_at_once_have_credentials_of_their_own(pool: Pool, clock: Clock) -> None:
    manager_id = uuid4()
    venue_id, _ = await enrol(pool, clock, manager_id)
    issued = await asyncio.gather(
        *(
            add_scanner(pool, venue_id=venue_id, manager_id=manager_id, name="x", lifetime=60, now=clock.now)
            for _ in range(10)
        )
    )
    assert len({one.credential for one in issued}) == len({one.scanner_id for one in issued}) == 10

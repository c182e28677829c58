"""Roles come into a token by a second factor, for a while: idle, absolute and revoked ends."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import msgspec
import pytest

from app.errors import ForbiddenError, UnauthenticatedError
from app.people.endings import EndedSessions
from app.people.errors import InstallationNotApprovedError, SessionExpiredError
from app.people.locking import lock_account
from app.people.model import Assurance, Role
from app.people.sessions import Doorkeeper, refresh
from app.staff import sessions
from app.staff.guesses import Proof
from tests.app.staff.harness import (
    START,
    STEP,
    Person,
    enrol,
    list_acts,
    make_person,
    open_with,
    read,
    refresh_caller,
)

LATER = START + STEP


async def test_in_development_roles_need_a_factor_once_there_is_one(door: Doorkeeper, operator: Person) -> None:
    assert operator.caller.roles == operator.caller.held_roles == {Role.OPERATOR}
    await enrol(door, operator)
    after = await refresh_caller(door, operator.opened, START)
    assert after.roles == frozenset()
    assert after.held_roles == {Role.OPERATOR}


async def test_where_it_is_required_nobody_has_roles_without(strict_door: Doorkeeper) -> None:
    person = await make_person(strict_door, Role.OPERATOR, Role.AUDITOR)
    assert person.caller.roles == frozenset()
    assert person.caller.held_roles == {Role.OPERATOR, Role.AUDITOR}
    secret, _ = await enrol(strict_door, person)
    opened = await open_with(strict_door, person, secret, LATER)
    caller = read(strict_door, opened.opened, LATER)
    assert caller.roles == {Role.OPERATOR, Role.AUDITOR}
    assert caller.second_factor_at == LATER
    assert caller.session_id != person.caller.session_id
    assert await list_acts(strict_door, person) == ["staff.factor-added", "staff.session-opened"]


async def test_a_residents_own_session_goes_on_without_roles(door: Doorkeeper, operator: Person) -> None:
    secret, _ = await enrol(door, operator)
    await open_with(door, operator, secret, LATER)
    own = await refresh_caller(door, operator.opened, LATER)
    assert (own.assurance, own.roles) == (Assurance.VERIFIED, frozenset())


async def test_idle_for_a_quarter_of_an_hour_is_over(door: Doorkeeper, operator: Person) -> None:
    secret, _ = await enrol(door, operator)
    opened = await open_with(door, operator, secret, LATER)
    assert opened.idle_until == LATER + timedelta(minutes=15)
    again = await refresh(door, opened.opened.refresh_token, LATER + timedelta(minutes=14, seconds=59))
    assert read(door, again, LATER + timedelta(minutes=14, seconds=59)).roles == {Role.OPERATOR}
    with pytest.raises(SessionExpiredError):
        await refresh(door, again.refresh_token, LATER + timedelta(minutes=29, seconds=59))


async def test_a_working_day_ends_however_often_it_is_refreshed(door: Doorkeeper, operator: Person) -> None:
    secret, _ = await enrol(door, operator)
    opened = await open_with(door, operator, secret, LATER)
    assert opened.ends_at == LATER + timedelta(hours=8)
    pair, now = opened.opened, LATER
    while now + timedelta(minutes=14) < opened.ends_at:
        now += timedelta(minutes=14)
        pair = await refresh(door, pair.refresh_token, now)
    assert pair.expires_at <= opened.ends_at
    last = opened.ends_at - timedelta(seconds=60)
    pair = await refresh(door, pair.refresh_token, last)
    assert pair.expires_at == opened.ends_at
    with pytest.raises(UnauthenticatedError, match="ended"):
        read(door, pair, opened.ends_at)
    with pytest.raises(SessionExpiredError):
        await refresh(door, pair.refresh_token, opened.ends_at)


async def test_a_short_idle_time_cuts_the_access_token_short(door: Doorkeeper, operator: Person) -> None:
    secret, _ = await enrol(door, operator)
    settings = dataclasses.replace(door.settings, staff_idle=60)
    brief = Doorkeeper(door.pool, door.vault, settings, door.access_tokens, door.refresh_tokens)
    opened = await open_with(brief, operator, secret, LATER)
    assert opened.opened.expires_at == LATER + timedelta(seconds=60)


async def test_opening_again_takes_the_place_of_the_one_before(door: Doorkeeper, operator: Person) -> None:
    secret, _ = await enrol(door, operator)
    first = await open_with(door, operator, secret, LATER)
    after = LATER + STEP
    await open_with(door, operator, secret, after)
    with pytest.raises(SessionExpiredError):
        await refresh(door, first.opened.refresh_token, after)
    ended = EndedSessions(door.pool, 300, lambda: after)
    await ended.catch_up()
    assert read(door, first.opened, after).session_id in ended


async def test_a_lock_ends_it_with_everything_else(door: Doorkeeper, operator: Person) -> None:
    secret, _ = await enrol(door, operator)
    opened = await open_with(door, operator, secret, LATER)
    await lock_account(door.pool, operator.caller, LATER)
    with pytest.raises(SessionExpiredError):
        await refresh(door, opened.opened.refresh_token, LATER)


async def test_whoever_holds_no_role_gets_no_session(door: Doorkeeper, operator: Person) -> None:
    secret, _ = await enrol(door, operator)
    await door.pool.execute("DELETE FROM roles WHERE resident_id = $1", operator.id)
    with pytest.raises(ForbiddenError):
        await open_with(door, operator, secret, LATER)


async def test_an_installation_that_nobody_let_in_opens_none(door: Doorkeeper, operator: Person) -> None:
    _, added = await enrol(door, operator)
    newcomer = msgspec.structs.replace(operator.caller, assurance=Assurance.PHONE)
    with pytest.raises(InstallationNotApprovedError):
        await sessions.open_staff_session(door, newcomer, Proof(recovery_code=added.recovery_codes[0]), LATER)

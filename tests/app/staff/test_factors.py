from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import uuid4

import msgspec
import pytest

from app.errors import NotFoundError
from app.people.errors import IdentityNotVerifiedError, SecondFactorRequiredError
from app.people.model import ResidentCaller, Role
from app.people.sessions import Doorkeeper
from app.staff import factors
from app.staff.errors import LastFactorError, SecondFactorLockedError, SecondFactorWrongError
from app.staff.model import FactorKind
from tests.app.staff.harness import (
    START,
    STEP,
    Person,
    code_at,
    enrol,
    list_topics,
    make_person,
    open_with,
    read,
    refresh_caller,
    show,
)

LATER = START + STEP


async def step_up(door: Doorkeeper, person: Person, secret: str) -> ResidentCaller:
    """The person in a session of staff that was opened just now."""
    return read(door, (await open_with(door, person, secret, LATER)).opened, LATER)


async def test_the_first_factor_needs_none_and_brings_recovery_codes(door: Doorkeeper, operator: Person) -> None:
    made = await factors.begin_totp(door, operator.caller, "my phone", START)
    assert await factors.list_factors(door.pool, operator.caller) == ([], 0)  # it counts once it is confirmed
    assert made.secret not in show(made)
    added = await factors.confirm_totp(door, operator.caller, made.factor_id, code_at(made.secret, START), START)
    assert (added.factor.kind, added.factor.name) == (FactorKind.TOTP, "my phone")
    assert len(added.recovery_codes) == 10
    [listed], left = await factors.list_factors(door.pool, operator.caller)
    assert (listed.factor_id, left) == (made.factor_id, 10)
    assert await list_topics(door, operator) == ["staff.factor-added"]


async def test_the_second_one_needs_the_first(door: Doorkeeper, operator: Person) -> None:
    secret, _ = await enrol(door, operator)
    for caller in (operator.caller, msgspec.structs.replace(operator.caller, second_factor_at=None)):
        with pytest.raises(SecondFactorRequiredError):
            await factors.begin_totp(door, caller, "another", LATER)
        with pytest.raises(SecondFactorRequiredError):
            await factors.prepare_passkey(door, caller, LATER)
        with pytest.raises(SecondFactorRequiredError):
            await factors.renew_codes(door, caller, LATER)
    caller = await step_up(door, operator, secret)
    made = await factors.begin_totp(door, caller, "another", LATER)
    added = await factors.confirm_totp(door, caller, made.factor_id, code_at(made.secret, LATER), LATER)
    assert added.recovery_codes == []
    assert len((await factors.list_factors(door.pool, caller))[0]) == 2


async def test_a_proof_of_ten_minutes_ago_is_stale(door: Doorkeeper, operator: Person) -> None:
    secret, _ = await enrol(door, operator)
    caller = await step_up(door, operator, secret)
    await factors.begin_totp(door, caller, "another", LATER + timedelta(minutes=10))
    with pytest.raises(SecondFactorRequiredError):
        await factors.begin_totp(door, caller, "another", LATER + timedelta(minutes=10, seconds=1))


async def test_of_two_first_factors_begun_one_is_confirmed(door: Doorkeeper, operator: Person) -> None:
    """Somebody with a stolen session has begun one too; once the first is there, theirs needs it."""
    mine = await factors.begin_totp(door, operator.caller, "mine", START)
    theirs = await factors.begin_totp(door, operator.caller, "theirs", START)
    with pytest.raises(NotFoundError):  # a new one takes the place of what nobody confirmed
        await factors.confirm_totp(door, operator.caller, mine.factor_id, code_at(mine.secret, START), START)
    await factors.confirm_totp(door, operator.caller, theirs.factor_id, code_at(theirs.secret, START), START)
    with pytest.raises(SecondFactorRequiredError):
        await factors.begin_totp(door, operator.caller, "late", START)


async def test_confirming_at_once_twice_is_done_once(door: Doorkeeper, operator: Person) -> None:
    made = await factors.begin_totp(door, operator.caller, "phone", START)
    code = code_at(made.secret, START)
    answers = await asyncio.gather(
        *(factors.confirm_totp(door, operator.caller, made.factor_id, code, START) for _ in range(3)),
        return_exceptions=True,
    )
    assert sum(isinstance(answer, factors.NewFactor) for answer in answers) == 1
    assert (await factors.list_factors(door.pool, operator.caller))[1] == 10


async def test_a_wrong_first_code_counts_as_at_the_door(door: Doorkeeper, operator: Person) -> None:
    made = await factors.begin_totp(door, operator.caller, "phone", START)
    near = {code_at(made.secret, START + step * STEP) for step in (-1, 0, 1)}
    wrong = next(code for code in ("000000", "111111", "222222", "333333") if code not in near)
    for _ in range(5):
        with pytest.raises(SecondFactorWrongError):
            await factors.confirm_totp(door, operator.caller, made.factor_id, wrong, START)
    with pytest.raises(SecondFactorLockedError):
        await factors.confirm_totp(door, operator.caller, made.factor_id, code_at(made.secret, START), START)


async def test_a_secret_that_nobody_confirmed_is_over_in_ten_minutes(door: Doorkeeper, operator: Person) -> None:
    made = await factors.begin_totp(door, operator.caller, "phone", START)
    late = START + timedelta(minutes=10, seconds=1)
    with pytest.raises(NotFoundError):
        await factors.confirm_totp(door, operator.caller, made.factor_id, code_at(made.secret, late), late)


async def test_the_last_factor_stays(door: Doorkeeper, operator: Person) -> None:
    secret, first = await enrol(door, operator)
    caller = await step_up(door, operator, secret)
    with pytest.raises(LastFactorError):
        await factors.remove_factor(door, caller, first.factor.factor_id, LATER)
    made = await factors.begin_totp(door, caller, "another", LATER)
    await factors.confirm_totp(door, caller, made.factor_id, code_at(made.secret, LATER), LATER)
    with pytest.raises(NotFoundError):
        await factors.remove_factor(door, caller, uuid4(), LATER)
    await factors.remove_factor(door, caller, first.factor.factor_id, LATER)
    assert [one.factor_id for one in (await factors.list_factors(door.pool, caller))[0]] == [made.factor_id]
    assert (await list_topics(door, operator))[-1] == "staff.factor-removed"


async def test_new_recovery_codes_end_the_old_ones(door: Doorkeeper, operator: Person) -> None:
    secret, first = await enrol(door, operator)
    caller = await step_up(door, operator, secret)
    fresh = await factors.renew_codes(door, caller, LATER)
    assert not set(fresh) & set(first.recovery_codes)
    assert (await factors.list_factors(door.pool, caller))[1] == 10


async def test_without_a_factor_there_is_nothing_to_recover(door: Doorkeeper, operator: Person) -> None:
    with pytest.raises(NotFoundError):
        await factors.renew_codes(door, operator.caller, START)


async def test_whoever_is_not_verified_enrols_nothing(door: Doorkeeper) -> None:
    person = await make_person(door, Role.OPERATOR, verified=False)
    with pytest.raises(IdentityNotVerifiedError):
        await factors.begin_totp(door, person.caller, "phone", START)


async def test_demo_people_start_without_any(door: Doorkeeper, operator: Person) -> None:
    await enrol(door, operator)
    await factors.forget_factors(door.pool, [operator.id])
    assert await factors.list_factors(door.pool, operator.caller) == ([], 0)
    assert (await refresh_caller(door, operator.opened, START)).roles == {Role.OPERATOR}

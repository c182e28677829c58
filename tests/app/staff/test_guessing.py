"""Second factors at the door: counted before they are answered, used up by being right, locked after five."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

from app.people.model import Role
from app.people.sessions import Doorkeeper
from app.staff import factors, sessions
from app.staff.errors import SecondFactorLockedError, SecondFactorWrongError
from app.staff.guesses import Proof
from app.staff.model import Attempts
from app.staff.rules import count_failure
from tests.app.staff.harness import START, STEP, Person, code_at, enrol, list_topics, make_person, open_with, show


def wrong(secret: str, now: datetime) -> Proof:
    """A code of none of the three steps that count."""
    near = {code_at(secret, now + step * STEP) for step in (-1, 0, 1)}
    return Proof(totp=next(code for code in ("000000", "111111", "222222", "333333") if code not in near))


async def guess(door: Doorkeeper, person: Person, proof: Proof, now: datetime) -> str:
    try:
        await sessions.open_staff_session(door, person.caller, proof, now)
    except SecondFactorLockedError as locked:
        return f"locked {locked.retry_after}"
    except SecondFactorWrongError:
        return "wrong"
    return "right"


def test_each_lockout_is_twice_as_long_up_to_a_day() -> None:
    attempts, spans = Attempts(0, 0, None), []
    for _ in range(12):
        for _ in range(5):
            attempts = count_failure(attempts, START)
        assert attempts.locked_until is not None
        spans.append((attempts.locked_until - START) / timedelta(minutes=15))
    assert spans == [1, 2, 4, 8, 16, 32, 64, 96, 96, 96, 96, 96]


async def test_a_code_opens_once(door: Doorkeeper, operator: Person) -> None:
    secret, _ = await enrol(door, operator)
    assert await guess(door, operator, Proof(totp=code_at(secret, START)), START) == "wrong"  # spent on confirming
    later = START + STEP
    assert await guess(door, operator, Proof(totp=code_at(secret, later)), later) == "right"
    assert await guess(door, operator, Proof(totp=code_at(secret, later)), later) == "wrong"
    assert await guess(door, operator, Proof(totp=code_at(secret, START)), later) == "wrong"


async def test_of_many_at_once_with_one_code_one_comes_in(door: Doorkeeper, operator: Person) -> None:
    secret, _ = await enrol(door, operator)
    later = START + STEP
    proof = Proof(totp=code_at(secret, later))
    answers = await asyncio.gather(*(guess(door, operator, proof, later) for _ in range(4)))
    assert sorted(answers) == ["right", "wrong", "wrong", "wrong"]


async def test_five_wrong_ones_lock_and_the_person_is_told(door: Doorkeeper, operator: Person) -> None:
    secret, _ = await enrol(door, operator)
    later = START + STEP
    assert [await guess(door, operator, wrong(secret, later), later) for _ in range(5)] == ["wrong"] * 5
    right = Proof(totp=code_at(secret, later))
    assert await guess(door, operator, right, later) == "locked 901"
    assert (await list_topics(door, operator)).count("staff.factor-locked") == 1
    after = later + timedelta(minutes=15)
    assert await guess(door, operator, Proof(totp=code_at(secret, after)), after) == "right"


async def test_a_right_one_wipes_the_slate(door: Doorkeeper, operator: Person) -> None:
    secret, _ = await enrol(door, operator)
    now = START
    for _ in range(3):
        now += STEP
        for _ in range(4):
            assert await guess(door, operator, wrong(secret, now), now) == "wrong"
        assert await guess(door, operator, Proof(totp=code_at(secret, now)), now) == "right"


async def test_guesses_at_once_share_no_attempt(door: Doorkeeper, operator: Person) -> None:
    secret, _ = await enrol(door, operator)
    later = START + STEP
    answers = await asyncio.gather(*(guess(door, operator, wrong(secret, later), later) for _ in range(12)))
    assert answers.count("wrong") == 5
    assert answers.count("locked 901") == 7


async def test_a_recovery_code_opens_once_and_is_told(door: Doorkeeper, operator: Person) -> None:
    _, added = await enrol(door, operator)
    assert len(set(added.recovery_codes)) == 10
    first, second = added.recovery_codes[:2]
    assert await guess(door, operator, Proof(recovery_code=first), START) == "right"
    assert await guess(door, operator, Proof(recovery_code=first), START) == "wrong"
    assert await guess(door, operator, Proof(recovery_code=second.lower().replace("-", " ")), START) == "right"
    assert (await factors.list_factors(door.pool, operator.caller))[1] == 8
    assert (await list_topics(door, operator)).count("staff.recovery-code-used") == 2


async def test_anothers_factors_are_not_mine(door: Doorkeeper, operator: Person, other_operator: Person) -> None:
    secret, added = await enrol(door, operator)
    later = START + STEP
    assert await guess(door, other_operator, Proof(totp=code_at(secret, later)), later) == "wrong"
    assert await guess(door, other_operator, Proof(recovery_code=added.recovery_codes[0]), later) == "wrong"


async def test_nothing_that_is_stored_or_shown_is_the_secret(door: Doorkeeper, operator: Person) -> None:
    secret, added = await enrol(door, operator)
    stored = await door.pool.fetch("SELECT sealed_secret FROM staff_factors WHERE resident_id = $1", operator.id)
    hashes = await door.pool.fetch("SELECT code_hash FROM staff_recovery_codes WHERE resident_id = $1", operator.id)
    assert secret.encode() not in stored[0]["sealed_secret"]
    plain = added.recovery_codes[0].replace("-", "").encode()
    assert all(plain not in row["code_hash"] for row in hashes)
    assert "123456" not in show(Proof(totp="123456"))


async def test_without_the_installations_trust_no_factor_helps(door: Doorkeeper) -> None:
    person = await make_person(door, Role.OPERATOR)
    secret, _ = await enrol(door, person)
    await door.pool.execute("UPDATE installations SET trusted_at = NULL WHERE resident_id = $1", person.id)
    with pytest.raises(Exception, match="forbidden"):
        await open_with(door, person, secret, START + STEP)

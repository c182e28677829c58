"""A phone has one resident, an identity has one resident, and a resident's data opens under their own key alone."""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

import pytest

from app.database import Pool, transaction
from app.errors import ForbiddenError, NotFoundError
from app.people import store
from app.people.accounts import PhoneAccount
from app.people.profiles import get_masked_name, seal_for
from app.people.registering import find_or_register, new_subject_no, verify_identity
from app.people.seeding import SeededPerson, seed_person
from app.sealing import Vault
from app.secrets import Secret, Secrets
from tests.harness.clock import Clock


def invent_phone() -> str:
    return f"+8613{uuid4().int % 10**9:09}"


async def register(pool: Pool, vault: Vault, phone: str, clock: Clock) -> UUID:
    async with transaction(pool) as db:
        return (await find_or_register(db, vault, PhoneAccount(phone), clock.now)).resident_id


async def test_first_logins_at_once_make_one_resident(pool: Pool, vault: Vault, clock: Clock) -> None:
    phone = invent_phone()
    found = await asyncio.gather(*(register(pool, vault, phone, clock) for _ in range(8)))
    assert len(set(found)) == 1
    subjects = await pool.fetch("SELECT kind FROM subjects WHERE resident_id = $1", found[0])
    assert [row["kind"] for row in subjects] == ["personal"]


async def test_a_login_that_fails_leaves_the_phone_free(pool: Pool, vault: Vault, clock: Clock) -> None:
    phone = invent_phone()
    lost: list[UUID] = []

    async def fail() -> None:
        async with transaction(pool) as db:
            lost.append((await find_or_register(db, vault, PhoneAccount(phone), clock.now)).resident_id)
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    assert await register(pool, vault, phone, clock) != lost[0]
    assert await store.get_resident(pool, lost[0]) is None


async def test_a_phone_is_found_while_index_keys_rotate(pool: Pool, clock: Clock) -> None:
    """A resident of before the rotation is found under the old key, and none is made beside them."""

    def make_vault(*numbers: int) -> Vault:
        index = tuple(Secret(number=number, key=bytes([number]) * 32) for number in numbers)
        master = (Secret(number=1, key=bytes(32)),)
        return Vault(Secrets(development=True, master=master, index=index, token=master))

    phone = invent_phone()
    before = await register(pool, make_vault(1), phone, clock)
    assert await register(pool, make_vault(2, 1), phone, clock) == before
    other = await register(pool, make_vault(2, 1), invent_phone(), clock)
    assert other != before


def test_subjects_are_numbered_beyond_guessing() -> None:
    numbers = {new_subject_no() for _ in range(1000)}
    assert len(numbers) == 1000
    assert all(0 <= number < 2**63 for number in numbers)
    assert max(numbers) > 2**62 > min(numbers)


async def test_an_identity_that_has_a_resident_is_not_taken_over(pool: Pool, vault: Vault, clock: Clock) -> None:
    """Whoever knows a name and an ID number has proven nothing against the resident who is there."""
    identity = {"name": "王小明", "id_number": uuid4().hex}
    first = await register(pool, vault, invent_phone(), clock)
    second = await register(pool, vault, invent_phone(), clock)
    async with transaction(pool) as db:
        await verify_identity(db, vault, first, **identity, now=clock.now)
    with pytest.raises(ForbiddenError):
        async with transaction(pool) as db:
            await verify_identity(db, vault, second, **identity, now=clock.now)
    assert await get_masked_name(pool, vault, first) == "王**"
    assert await get_masked_name(pool, vault, second) is None


async def test_nobody_cannot_be_verified(pool: Pool, vault: Vault, clock: Clock) -> None:
    with pytest.raises(NotFoundError):
        async with transaction(pool) as db:
            await verify_identity(db, vault, uuid4(), name="x", id_number="y", now=clock.now)


async def test_a_resident_who_was_erased_has_no_name(pool: Pool, vault: Vault, clock: Clock) -> None:
    resident_id = await register(pool, vault, invent_phone(), clock)
    async with transaction(pool) as db:
        await verify_identity(db, vault, resident_id, name="李静怡", id_number=uuid4().hex, now=clock.now)
    await pool.execute(
        "UPDATE residents SET erased_at = $2, wrapped_key = NULL WHERE resident_id = $1", resident_id, clock.now
    )
    assert await get_masked_name(pool, vault, resident_id) is None
    assert await seal_for(pool, vault, resident_id, "words", "reason") is None


async def test_words_are_sealed_under_the_residents_own_key(pool: Pool, vault: Vault, clock: Clock) -> None:
    resident_id = await register(pool, vault, invent_phone(), clock)
    sealed = await seal_for(pool, vault, resident_id, "我没有去过", "reason")
    resident = await store.get_resident(pool, resident_id)
    assert sealed is not None
    assert resident is not None
    assert vault.open_data_key(resident.wrapped_key, resident_id).open(sealed, "reason") == "我没有去过"
    assert await seal_for(pool, vault, resident_id, "", "reason") is None
    assert await seal_for(pool, vault, uuid4(), "words", "reason") is None


async def test_seeding_twice_is_seeding_once(pool: Pool, vault: Vault, clock: Clock) -> None:
    person = SeededPerson("王小明", invent_phone(), uuid4().hex, uuid4(), verified=True)
    first = await seed_person(pool, vault, person, clock.now)
    assert await seed_person(pool, vault, person, clock.turn(60)) == first
    standing = await store.get_standing(pool, first, person.installation_id)
    assert standing is not None
    assert (standing.verified, standing.trusted) == (True, True)


async def test_seeding_mends_what_a_lock_took(pool: Pool, vault: Vault, clock: Clock) -> None:
    person = SeededPerson("王小明", invent_phone(), uuid4().hex, uuid4(), verified=True)
    resident_id = await seed_person(pool, vault, person, clock.now)
    async with transaction(pool) as db:
        await store.mark_locked(db, resident_id, clock.now)
        await store.distrust_installations(db, resident_id)
    await seed_person(pool, vault, person, clock.turn(60))
    resident = await store.get_resident(pool, resident_id)
    standing = await store.get_standing(pool, resident_id, person.installation_id)
    assert resident is not None
    assert standing is not None
    assert (resident.locked_at, standing.trusted) == (None, True)

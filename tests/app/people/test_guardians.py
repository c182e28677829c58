"""Consents are used and withdrawn in one order, whoever is first."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from app.database import Pool, transaction
from app.errors import NotFoundError
from app.identity.errors import GuardianConsentRequiredError
from app.identity.model import AgeBand, EvidenceKind, ProvenIdentity
from app.people import guardians, store
from app.people.guardian_confirming import confirm
from app.people.guardian_model import Child, ConfirmedBy, Consent, Relation
from app.people.model import Assurance, ResidentCaller
from app.people.seeding import SeededPerson, seed_person
from app.sealing import Vault
from tests.api.harness import invent_phone
from tests.harness.identity import invent_id_number, now

NAME = "王小宝"


async def make_caller(pool: Pool, vault: Vault, number: str, moment: datetime) -> ResidentCaller:
    seeded = SeededPerson("王小明", invent_phone(), number, uuid4(), verified=True)
    resident_id = await seed_person(pool, vault, seeded, moment)
    async with transaction(pool) as db:
        standing = await store.get_standing(db, resident_id, seeded.installation_id)
    assert standing is not None
    return ResidentCaller(
        resident_id=resident_id,
        session_id=uuid4(),
        installation_id=seeded.installation_id,
        subject_no=standing.subject_no,
        assurance=Assurance.VERIFIED,
        identity_verified=True,
        roles=frozenset(),
    )


def prove(number: str, moment: datetime) -> ProvenIdentity:
    born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    return ProvenIdentity(
        EvidenceKind.FACE, number, AgeBand.CHILD, moment, name=NAME, id_number=number, birth_date=born
    )


async def give(pool: Pool, vault: Vault, guardian: ResidentCaller, number: str) -> Consent:
    """A consent of which a window has seen the documents."""
    given = await guardians.give_consent(
        pool, vault, guardian, name=NAME, id_number=number, relation=Relation.PARENT, now=now()
    )
    async with transaction(pool) as db:
        await confirm(db, guardian.resident_id, given.id, ConfirmedBy.WINDOW, now())
    return given


async def use(pool: Pool, vault: Vault, number: str, child_id: UUID, *, pause: float = 0) -> None:
    async with transaction(pool) as db:
        await guardians.require_guardian_consent(db, vault, prove(number, now()), child_id, now())
        await asyncio.sleep(pause)


async def is_trusted(pool: Pool, caller: ResidentCaller) -> bool:
    query = "SELECT trusted_at IS NOT NULL FROM installations WHERE resident_id = $1 AND installation_id = $2"
    return bool(await pool.fetchval(query, caller.resident_id, caller.installation_id))


async def test_using_and_withdrawing_at_once_never_leaves_trust_without_consent(pool: Pool, vault: Vault) -> None:
    """Whichever is first, the child is let in before the withdrawal, and put out by it, or is refused."""
    guardian = await make_caller(pool, vault, invent_id_number(age=40), now())
    for _ in range(8):
        number = invent_id_number(age=8)
        child = await make_caller(pool, vault, number, now())
        given = await give(pool, vault, guardian, number)
        used, withdrawn = await asyncio.gather(
            use(pool, vault, number, child.resident_id, pause=0.02),
            guardians.withdraw_consent(pool, vault, guardian, given.id, now()),
            return_exceptions=True,
        )
        assert withdrawn is None
        assert used is None or isinstance(used, GuardianConsentRequiredError)
        assert await is_trusted(pool, child) is (used is not None)


async def test_nothing_leads_to_a_consent_that_was_withdrawn(pool: Pool, vault: Vault) -> None:
    guardian = await make_caller(pool, vault, invent_id_number(age=40), now())
    number = invent_id_number(age=8)
    count = "SELECT count(*) FROM guardian_consent_lookups WHERE guardian_id = $1"
    for _ in range(3):
        given = await give(pool, vault, guardian, number)
        assert await pool.fetchval(count, guardian.resident_id) == 1
        await guardians.withdraw_consent(pool, vault, guardian, given.id, now())
    assert await pool.fetchval(count, guardian.resident_id) == 0


async def test_two_withdrawals_at_once_are_one(pool: Pool, vault: Vault) -> None:
    guardian = await make_caller(pool, vault, invent_id_number(age=40), now())
    given = await give(pool, vault, guardian, invent_id_number(age=8))
    ended = await asyncio.gather(
        *(guardians.withdraw_consent(pool, vault, guardian, given.id, now()) for _ in range(3)),
        return_exceptions=True,
    )
    assert [type(one) for one in ended].count(NotFoundError) == 2


async def test_whoever_has_turned_fourteen_keeps_the_account(pool: Pool, vault: Vault) -> None:
    guardian = await make_caller(pool, vault, invent_id_number(age=40), now())
    number = invent_id_number(age=13)
    child = await make_caller(pool, vault, number, now())
    given = await give(pool, vault, guardian, number)
    await use(pool, vault, number, child.resident_id)
    await guardians.withdraw_consent(pool, vault, guardian, given.id, now() + timedelta(days=366))
    assert await is_trusted(pool, child)


async def test_erasing_a_guardian_withdraws_what_stands(pool: Pool, vault: Vault) -> None:
    guardian = await make_caller(pool, vault, invent_id_number(age=40), now())
    numbers = [invent_id_number(age=8) for _ in range(2)]
    child = await make_caller(pool, vault, numbers[0], now())
    for number in numbers:
        await give(pool, vault, guardian, number)
    await use(pool, vault, numbers[0], child.resident_id)
    async with transaction(pool) as db:
        await guardians.withdraw_all(db, vault, guardian.resident_id, now())
    assert not await is_trusted(pool, child)
    consents = await guardians.list_consents(pool, vault, guardian)
    assert [consent.withdrawn_at is not None for consent in consents] == [True, True]


async def test_a_child_known_by_a_network_credential_proves_by_number_instead(pool: Pool, vault: Vault) -> None:
    proven = ProvenIdentity(EvidenceKind.NETWORK_CREDENTIAL, "network:W", AgeBand.CHILD, now())
    with pytest.raises(GuardianConsentRequiredError):
        async with transaction(pool) as db:
            await guardians.require_guardian_consent(db, vault, proven, uuid4(), now())


def test_a_child_is_not_printed() -> None:
    assert repr(Child("王小宝", "1")) == "Child()"

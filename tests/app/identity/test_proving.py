"""Evidence counts for whom it was started, where it was started, once, and for minutes."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from app.database import Pool
from app.development.identity_files import certify_id_of
from app.development.identity_register import KnownPerson
from app.development.identity_standing_in import IdentityStandIns
from app.development.mishaps import Mishap
from app.errors import InvalidError, RefusedError, TooManyRequestsError
from app.identity.errors import (
    EvidenceExpiredError,
    EvidenceNotOfferedError,
    EvidencePendingError,
    IdentityNotConfirmedError,
)
from app.identity.model import (
    AgeBand,
    Applicant,
    CarrierEvidence,
    CredentialEvidence,
    EvidenceKind,
    FaceCheck,
    FaceEvidence,
    IdentityClaim,
    ProvenIdentity,
)
from app.identity.proving import ProvingDesk, forget_checks
from app.platforms.errors import ProviderUnavailableError
from app.sealing import Vault
from app.settings import Settings
from tests.harness.identity import now

FOREIGNER = "911124198108030024"


@pytest.fixture
def person(stand_ins: IdentityStandIns) -> KnownPerson:
    return stand_ins.register.people[0]


async def start(desk: ProvingDesk, applicant: Applicant, person: KnownPerson) -> FaceCheck:
    return await desk.start_face_check(
        applicant, name=person.name, id_number=person.id_number, device="{}", return_url=None, now=now()
    )


def claim_face(applicant: Applicant, check: FaceCheck, name: str, number: str) -> IdentityClaim:
    return IdentityClaim(applicant, FaceEvidence(check.check_id), name=name, id_number=number)


async def prove_face(
    desk: ProvingDesk, stand_ins: IdentityStandIns, applicant: Applicant, person: KnownPerson
) -> ProvenIdentity:
    check = await start(desk, applicant, person)
    stand_ins.files.complete_face(check.certify_id, "pass")
    return await desk.prove(claim_face(applicant, check, person.name, person.id_number), now())


async def test_a_face_that_passed_proves_name_and_number(
    desk: ProvingDesk, stand_ins: IdentityStandIns, applicant: Applicant, person: KnownPerson
) -> None:
    proven = await prove_face(desk, stand_ins, applicant, person)
    assert (proven.kind, proven.name, proven.id_number) == (EvidenceKind.FACE, person.name, person.id_number)
    assert proven.identity_key == person.id_number
    assert (proven.is_adult, proven.is_child) == (True, False)
    assert person.id_number not in repr(proven)


async def test_a_check_can_be_opened_in_a_browser(desk: ProvingDesk, applicant: Applicant, person: KnownPerson) -> None:
    check = await start(desk, applicant, person)
    assert check.url is not None
    assert check.url.endswith(f"/v1/development/identity/face-pages/{check.check_id}")
    assert check.certify_id == certify_id_of(check.check_id)


async def test_a_check_is_good_once_even_for_two_at_the_same_time(
    desk: ProvingDesk, stand_ins: IdentityStandIns, applicant: Applicant, person: KnownPerson
) -> None:
    check = await start(desk, applicant, person)
    stand_ins.files.complete_face(check.certify_id, "pass")
    claim = claim_face(applicant, check, person.name, person.id_number)
    ended = await asyncio.gather(*(desk.prove(claim, now()) for _ in range(4)), return_exceptions=True)
    assert sorted(type(one).__name__ for one in ended) == ["EvidenceExpiredError"] * 3 + ["ProvenIdentity"]
    with pytest.raises(EvidenceExpiredError):
        await desk.prove(claim, now())


async def test_a_check_of_somebody_else_or_of_another_phone_is_refused(
    desk: ProvingDesk, stand_ins: IdentityStandIns, applicant: Applicant, person: KnownPerson
) -> None:
    check = await start(desk, applicant, person)
    stand_ins.files.complete_face(check.certify_id, "pass")
    for thief in (Applicant(uuid4(), applicant.installation_id), Applicant(applicant.resident_id, uuid4())):
        with pytest.raises(EvidenceExpiredError):
            await desk.prove(claim_face(thief, check, person.name, person.id_number), now())
    assert await desk.prove(claim_face(applicant, check, person.name, person.id_number), now())


async def test_a_check_ends_after_ten_minutes(
    desk: ProvingDesk, stand_ins: IdentityStandIns, applicant: Applicant, person: KnownPerson
) -> None:
    check = await start(desk, applicant, person)
    stand_ins.files.complete_face(check.certify_id, "pass")
    claim = claim_face(applicant, check, person.name, person.id_number)
    with pytest.raises(EvidenceExpiredError):
        await desk.prove(claim, now() + timedelta(minutes=10, seconds=1))


async def test_a_check_is_for_the_name_and_number_that_it_was_started_for(
    desk: ProvingDesk, stand_ins: IdentityStandIns, applicant: Applicant, person: KnownPerson
) -> None:
    other = stand_ins.register.people[1]
    check = await start(desk, applicant, person)
    stand_ins.files.complete_face(check.certify_id, "pass")
    with pytest.raises(IdentityNotConfirmedError):
        await desk.prove(claim_face(applicant, check, other.name, other.id_number), now())
    with pytest.raises(IdentityNotConfirmedError):
        await desk.prove(claim_face(applicant, check, other.name, person.id_number), now())


async def test_a_check_that_nobody_went_through_is_pending_and_stays_good(
    desk: ProvingDesk, stand_ins: IdentityStandIns, applicant: Applicant, person: KnownPerson
) -> None:
    check = await start(desk, applicant, person)
    claim = claim_face(applicant, check, person.name, person.id_number)
    with pytest.raises(EvidencePendingError):
        await desk.prove(claim, now())
    stand_ins.files.complete_face(check.certify_id, "pass")
    assert (await desk.prove(claim, now())).name == person.name


async def test_another_face_and_another_name_are_answered_alike(
    desk: ProvingDesk, stand_ins: IdentityStandIns, applicant: Applicant, person: KnownPerson
) -> None:
    refused: list[RefusedError] = []
    for name, outcome in ((person.name, "fail"), ("某某某", "pass")):
        check = await start(desk, applicant, KnownPerson(name, person.phone, person.id_number))
        stand_ins.files.complete_face(check.certify_id, "fail" if outcome == "fail" else "pass")
        with pytest.raises(IdentityNotConfirmedError) as caught:
            await desk.prove(claim_face(applicant, check, name, person.id_number), now())
        refused.append(caught.value)
    assert refused[0].detail == refused[1].detail == ""


async def test_an_authority_that_is_away_costs_nobody_their_check(
    desk: ProvingDesk, stand_ins: IdentityStandIns, applicant: Applicant, person: KnownPerson
) -> None:
    check = await start(desk, applicant, person)
    stand_ins.files.complete_face(check.certify_id, "pass")
    claim = claim_face(applicant, check, person.name, person.id_number)
    stand_ins.cloud_auth.fail_next(1, Mishap(code="ServiceUnavailable", status=503))
    with pytest.raises(ProviderUnavailableError):
        await desk.prove(claim, now())
    assert (await desk.prove(claim, now())).id_number == person.id_number


async def test_a_forgotten_check_of_the_authority_has_ended(
    desk: ProvingDesk, pool: Pool, applicant: Applicant, person: KnownPerson
) -> None:
    check = await start(desk, applicant, person)
    await pool.execute("UPDATE identity_checks SET reference = 'gone' WHERE check_id = $1", check.check_id)
    with pytest.raises(EvidenceExpiredError):
        await desk.prove(claim_face(applicant, check, person.name, person.id_number), now())


async def test_the_carrier_knows_whose_phone_it_is(
    desk: ProvingDesk, stand_ins: IdentityStandIns, applicant: Applicant, person: KnownPerson
) -> None:
    other = stand_ins.register.people[1]

    def claim(name: str, number: str, phone: str | None) -> IdentityClaim:
        return IdentityClaim(applicant, CarrierEvidence(), name=name, id_number=number, phone=phone)

    proven = await desk.prove(claim(person.name, person.id_number, person.phone), now())
    assert (proven.kind, proven.identity_key) == (EvidenceKind.CARRIER, person.id_number)
    for wrong in (
        claim(person.name, person.id_number, other.phone),
        claim(other.name, person.id_number, person.phone),
        claim(person.name, person.id_number, "+8617012345678"),
    ):
        with pytest.raises(IdentityNotConfirmedError):
            await desk.prove(wrong, now())
    for unasked in (claim(person.name, person.id_number, None), claim(person.name, person.id_number, "+85261234567")):
        with pytest.raises(EvidenceNotOfferedError):
            await desk.prove(unasked, now())


async def test_a_network_credential_proves_somebody_without_name_or_number(
    desk: ProvingDesk, stand_ins: IdentityStandIns, applicant: Applicant, person: KnownPerson
) -> None:
    check = await desk.start_credential_check(applicant, now())
    credential = stand_ins.network.issue(check.sequence, person.phone)
    claim = IdentityClaim(applicant, CredentialEvidence(check.check_id, credential))
    proven = await desk.prove(claim, now())
    assert proven.kind is EvidenceKind.NETWORK_CREDENTIAL
    assert proven.identity_key.startswith("network:W")
    assert (proven.name, proven.id_number, proven.birth_date) == (None, None, None)
    assert (proven.masked_name, proven.age_band) == ("王**", AgeBand.ADULT)
    with pytest.raises(EvidenceExpiredError):
        await desk.prove(claim, now())


async def test_one_person_has_one_network_number(
    desk: ProvingDesk, stand_ins: IdentityStandIns, applicant: Applicant, person: KnownPerson
) -> None:
    keys = set[str]()
    for phone in (person.phone, person.phone, stand_ins.register.people[1].phone):
        check = await desk.start_credential_check(applicant, now())
        credential = stand_ins.network.issue(check.sequence, phone)
        keys.add((await desk.prove(_by_credential(applicant, check.check_id, credential), now())).identity_key)
    assert len(keys) == 2


def _by_credential(applicant: Applicant, check_id: object, credential: str) -> IdentityClaim:
    return IdentityClaim(applicant, CredentialEvidence(check_id, credential))  # type: ignore[arg-type]


async def test_a_credential_answers_one_sequence_number(
    desk: ProvingDesk, stand_ins: IdentityStandIns, applicant: Applicant, person: KnownPerson
) -> None:
    first, second = [await desk.start_credential_check(applicant, now()) for _ in range(2)]
    stolen = stand_ins.network.issue(first.sequence, person.phone)
    with pytest.raises(IdentityNotConfirmedError):
        await desk.prove(_by_credential(applicant, second.check_id, stolen), now())
    with pytest.raises(EvidenceExpiredError):
        await desk.prove(_by_credential(applicant, first.check_id, stolen), now() + timedelta(minutes=5, seconds=1))


async def test_a_sequence_number_is_good_for_one_guess(
    desk: ProvingDesk, stand_ins: IdentityStandIns, applicant: Applicant, person: KnownPerson
) -> None:
    check = await desk.start_credential_check(applicant, now())
    with pytest.raises(IdentityNotConfirmedError):
        await desk.prove(_by_credential(applicant, check.check_id, "a guess"), now())
    right = stand_ins.network.issue(check.sequence, person.phone)
    with pytest.raises(EvidenceExpiredError):
        await desk.prove(_by_credential(applicant, check.check_id, right), now())


async def test_nobody_keeps_the_authority_busy_with_one_check(
    desk: ProvingDesk, applicant: Applicant, person: KnownPerson
) -> None:
    check = await start(desk, applicant, person)
    claim = claim_face(applicant, check, person.name, person.id_number)
    for _ in range(60):
        with pytest.raises(EvidencePendingError):
            await desk.prove(claim, now())
    with pytest.raises(TooManyRequestsError):
        await desk.prove(claim, now())


async def test_no_name_or_number_comes_with_a_network_credential(
    desk: ProvingDesk, applicant: Applicant, person: KnownPerson
) -> None:
    evidence = CredentialEvidence(uuid4(), "x")
    for claim in (
        IdentityClaim(applicant, evidence, name=person.name),
        IdentityClaim(applicant, evidence, id_number=person.id_number),
    ):
        with pytest.raises(InvalidError):
            await desk.prove(claim, now())


async def test_a_face_check_is_no_network_credential(
    desk: ProvingDesk, applicant: Applicant, person: KnownPerson
) -> None:
    check = await start(desk, applicant, person)
    with pytest.raises(EvidenceExpiredError):
        await desk.prove(_by_credential(applicant, check.check_id, "x"), now())


async def test_attempts_are_counted(
    served: tuple[Settings, IdentityStandIns], desk: ProvingDesk, applicant: Applicant, person: KnownPerson
) -> None:
    for _ in range(served[0].identity_attempts_daily):
        await start(desk, applicant, person)
    with pytest.raises(TooManyRequestsError) as caught:
        await desk.start_credential_check(applicant, now())
    assert 86000 < (caught.value.retry_after or 0) <= 86401


async def test_permanent_residence_cards_are_for_an_authority_that_holds_them(
    desk: ProvingDesk, applicant: Applicant
) -> None:
    card = KnownPerson("SMITH, JOHN", "", FOREIGNER)
    with pytest.raises(EvidenceNotOfferedError):
        await start(desk, applicant, card)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "http://example.org/",
        "https://",
        "https://;script-src *",
        "https://a@example.org/",
        "https://example.org/\nx",
        "https://example.org/" + "x" * 500,
        "/here",
    ],
)
async def test_a_check_leads_back_to_the_web_alone(
    desk: ProvingDesk, applicant: Applicant, person: KnownPerson, url: str
) -> None:
    with pytest.raises(InvalidError):
        await desk.start_face_check(
            applicant, name=person.name, id_number=person.id_number, device="{}", return_url=url, now=now()
        )


async def test_without_an_authority_nothing_is_offered(pool: Pool, vault: Vault, applicant: Applicant) -> None:
    bare = ProvingDesk(pool, vault, cloud_auth=None, network=None, attempts_daily=1, judges_foreigners=False)
    assert bare.kinds == frozenset()
    with pytest.raises(EvidenceNotOfferedError):
        await bare.start_credential_check(applicant, now())
    with pytest.raises(EvidenceNotOfferedError):
        await bare.prove(IdentityClaim(applicant, CarrierEvidence()), now())
    await bare.close()


async def test_checks_are_forgotten_a_day_after_they_ended(
    desk: ProvingDesk, pool: Pool, applicant: Applicant, person: KnownPerson
) -> None:
    check = await start(desk, applicant, person)
    count = "SELECT count(*) FROM identity_checks WHERE check_id = $1"
    await forget_checks(pool, now())
    assert await pool.fetchval(count, check.check_id) == 1
    await forget_checks(pool, now() + timedelta(days=1, minutes=11))
    assert await pool.fetchval(count, check.check_id) == 0

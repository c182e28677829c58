"""Codes that phones made, and codes on paper, at a scanner that is online."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from api.services import now
from tests.api.harness import Api, Gate, Session, log_in, make_gate, scan, slug_of
from tests.api.long_codes import Phone, certify, print_paper, show_offline, subject_no_of


@pytest.fixture
async def metro(api: Api) -> Gate:
    """A purpose that learns nothing but the kind."""
    return await make_gate(api, purpose="plain-entry")


@pytest.fixture(autouse=True)
async def _purposes(api: Api) -> None:
    await api.services.pool.execute(
        "INSERT INTO purposes VALUES ('plain-entry', '进入', 'Entry', '{}', false, false), "
        "('strict-entry', '核验', 'Strict', '{}', true, false) ON CONFLICT DO NOTHING"
    )


async def test_a_code_that_a_phone_made_is_accepted_once(api: Api, resident: Session, metro: Gate) -> None:
    code = await show_offline(api, resident)
    accepted = await scan(api, metro, code)
    assert accepted.status_code == 201
    assert (accepted.json()["form"], accepted.json()["warnings"]) == ("phone", ["made-offline"])
    assert slug_of(await scan(api, metro, code)) == "code-already-used"


async def test_a_code_of_a_phone_is_asked_for_nothing_more(api: Api, resident: Session, gate: Gate) -> None:
    """It may have been made ahead of time, by whoever had the phone then."""
    refused = await scan(api, gate, await show_offline(api, resident))
    assert (refused.status_code, slug_of(refused)) == (422, "code-form-refused")


async def test_a_strict_purpose_takes_neither(api: Api, resident: Session) -> None:
    strict = await make_gate(api, purpose="strict-entry")
    for code in (await show_offline(api, resident), await print_paper(api, resident)):
        assert slug_of(await scan(api, strict, code)) == "code-form-refused"


async def test_what_was_certified_before_a_lock_is_refused_whatever_the_phone_says(
    api: Api, resident: Session, metro: Gate
) -> None:
    phone = Phone()
    certificate = await certify(api, phone, await subject_no_of(api, resident.person.resident_id))
    await api.post("/v1/me/lock", by=resident)
    ahead = phone.show(certificate, now() + timedelta(seconds=20))
    assert slug_of(await scan(api, metro, ahead)) == "code-revoked"


async def test_a_certificate_of_no_batch_is_refused(api: Api, resident: Session, metro: Gate) -> None:
    code = await show_offline(api, resident)
    await api.services.pool.execute("DELETE FROM certificate_batches")
    assert slug_of(await scan(api, metro, code)) == "code-revoked"


async def test_paper_is_shown_again_and_again(api: Api, resident: Session, gate: Gate) -> None:
    code = await print_paper(api, resident)
    answers = [await scan(api, gate, code) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert len({answer.json()["scan_id"] for answer in answers}) == 2
    for answer in answers:
        assert (answer.json()["form"], answer.json()["warnings"]) == ("paper", ["check-person"])
        assert answer.json()["holder"] == {"masked_name": "王**"}
    accesses = (await api.get("/v1/me/accesses", by=resident)).json()["items"]
    assert len(accesses) == 2


async def test_a_repeated_request_with_paper_gets_the_first_answer(api: Api, resident: Session, gate: Gate) -> None:
    code, key = await print_paper(api, resident), uuid4().hex
    first, second = [await scan(api, gate, code, key) for _ in range(2)]
    assert first.json() == second.json()
    assert (await scan(api, gate, code, uuid4().hex)).json()["scan_id"] != first.json()["scan_id"]


async def test_paper_that_was_reported_lost_is_refused(api: Api, resident: Session, gate: Gate) -> None:
    code = await print_paper(api, resident)
    await api.services.pool.execute("UPDATE paper_codes SET revoked_at = now(), revoked_for = 'lost'")
    assert slug_of(await scan(api, gate, code)) == "code-revoked"


async def test_logging_in_again_leaves_paper_good(api: Api, resident: Session, gate: Gate) -> None:
    code = await print_paper(api, resident)
    await log_in(api, resident.person)
    assert (await scan(api, gate, code)).status_code == 201

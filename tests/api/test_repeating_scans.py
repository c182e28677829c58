"""The same scanner, key and body get the first answer again, byte for byte, whatever has happened since."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from api.services import now
from tests.api.crafting import craft, subject_of
from tests.api.harness import Api, Gate, Session, issue_code, make_gate, scan, slug_of


async def test_a_repetition_gets_the_first_answer(api: Api, resident: Session, gate: Gate) -> None:
    code = await issue_code(api, resident)
    first = await scan(api, gate, code, "key-1")
    assert first.status_code == 201
    for _ in range(3):
        again = await scan(api, gate, code, "key-1")
        assert (again.status_code, again.content) == (201, first.content)
    count = await api.services.pool.fetchval(
        "SELECT count(*) FROM outbox WHERE routing_key = $1 AND topic = 'code.scanned'",
        await subject_of(api, resident),
    )
    assert count == 1


async def test_repetitions_at_once_get_one_answer(api: Api, resident: Session, gate: Gate) -> None:
    code = await issue_code(api, resident)
    answers = await asyncio.gather(*(scan(api, gate, code, "key-1") for _ in range(20)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1


async def test_with_keys_of_their_own_one_of_many_is_accepted(api: Api, resident: Session, gate: Gate) -> None:
    code = await issue_code(api, resident)
    answers = await asyncio.gather(*(scan(api, gate, code, f"key-{number}") for number in range(20)))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 19}


async def test_without_a_key_there_is_no_repetition(api: Api, resident: Session, gate: Gate) -> None:
    code = await issue_code(api, resident)
    assert (await scan(api, gate, code)).status_code == 201
    assert slug_of(await scan(api, gate, code)) == "code-already-used"
    assert slug_of(await scan(api, gate, code, "key-1")) == "code-already-used"


async def test_another_key_body_or_scanner_is_no_repetition(api: Api, resident: Session, gate: Gate) -> None:
    code = await issue_code(api, resident)
    assert (await scan(api, gate, code, "key-1")).status_code == 201
    assert slug_of(await scan(api, gate, code, "key-2")) == "code-already-used"
    assert slug_of(await scan(api, gate, code, "key-1", purpose=gate.purpose)) == "code-already-used"
    assert slug_of(await scan(api, await make_gate(api), code, "key-1")) == "code-already-used"


async def test_a_key_serves_for_another_code(api: Api, resident: Session, gate: Gate) -> None:
    """A scanner that counts from one after each start still scans."""
    answers = [await scan(api, gate, await issue_code(api, resident), "1") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json()["scan_id"] != answers[1].json()["scan_id"]


async def test_a_repetition_after_the_code_has_ended(api: Api, resident: Session, gate: Gate) -> None:
    ends_soon = await craft(api, resident, lifetime=2)
    first = await scan(api, gate, ends_soon, "key-1")
    assert first.status_code == 201
    async with asyncio.timeout(10):
        while slug_of(await scan(api, gate, ends_soon)) != "code-expired":  # noqa: ASYNC110  time goes by
            await asyncio.sleep(0.1)
    again = await scan(api, gate, ends_soon, "key-1")
    assert (again.status_code, again.content) == (201, first.content)
    assert slug_of(await scan(api, gate, ends_soon, "key-2")) == "code-expired"


async def test_a_repetition_after_the_account_was_locked(api: Api, resident: Session, gate: Gate) -> None:
    """What was accepted was accepted, and whoever did not hear the answer may ask again."""
    code, other = await issue_code(api, resident), await issue_code(api, resident)
    first = await scan(api, gate, code, "key-1")
    await api.post("/v1/me/lock", by=resident)
    again = await scan(api, gate, code, "key-1")
    assert (again.status_code, again.content) == (201, first.content)
    assert slug_of(await scan(api, gate, code, "key-2")) == "code-revoked"
    assert slug_of(await scan(api, gate, other, "key-1")) == "code-revoked"


async def test_a_repetition_after_the_subject_has_ended(api: Api, resident: Session, gate: Gate) -> None:
    code = await issue_code(api, resident)
    first = await scan(api, gate, code, "key-1")
    await api.services.pool.execute(
        "UPDATE subjects SET ended_at = now() WHERE subject_no = $1", await subject_of(api, resident)
    )
    assert (await scan(api, gate, code, "key-1")).content == first.content


async def test_a_refused_scan_is_not_kept(api: Api, resident: Session, gate: Gate) -> None:
    """What was refused for its time may be right a moment later."""
    code = await craft(api, resident, at=now() + timedelta(seconds=31.5))
    assert slug_of(await scan(api, gate, code, "key-1")) == "code-not-yet-valid"
    async with asyncio.timeout(10):
        while (accepted := await scan(api, gate, code, "key-1")).status_code != 201:  # noqa: ASYNC110  time goes by
            await asyncio.sleep(0.1)
    assert accepted.json()["kind"] == "personal"


@pytest.mark.parametrize("key", ["k" * 129, "k" * 4000])
async def test_a_key_that_is_too_long(api: Api, resident: Session, gate: Gate, key: str) -> None:
    refused = await scan(api, gate, await issue_code(api, resident), key)
    assert slug_of(refused) == "invalid-request"
    assert key not in refused.text


@pytest.mark.parametrize("key", ["4cc61628-b1f7", "k" * 128, "ключ", "键", " spaced out ", "\x80\xff"])
async def test_any_key_of_a_client_will_do(api: Api, resident: Session, gate: Gate, key: str) -> None:
    code = await issue_code(api, resident)
    headers = {b"Idempotency-Key": key.encode()}
    first = await api.post("/v1/scans", by=gate, json={"code": code}, headers=headers)
    again = await api.post("/v1/scans", by=gate, json={"code": code}, headers=headers)
    assert (first.status_code, again.content) == (201, first.content)

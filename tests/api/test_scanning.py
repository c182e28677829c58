"""Scanning: a code is good once, and every way in which it is not has its refusal."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest

from api.services import now
from app.settings import Settings
from app.venues import scanners
from codes import Kind
from tests.api import crafting
from tests.api.crafting import craft, craft_ended, make_foreign_ring, sign_longer, subject_of
from tests.api.harness import (
    Api,
    Gate,
    Session,
    issue_code,
    log_in,
    make_gate,
    make_person,
    running_api,
    scan,
    slug_of,
)


async def refuse(api: Api, gate: Gate, code: str, **body: str) -> tuple[int, str]:
    response = await scan(api, gate, code, **body)
    return response.status_code, slug_of(response)


async def count_traces(api: Api, session: Session) -> tuple[int, int]:
    """How many accesses and scan notices the resident has."""
    subject_no = await subject_of(api, session)
    row = await api.services.pool.fetchrow(
        "SELECT (SELECT count(*) FROM accesses WHERE subject_no = $1), "
        "(SELECT count(*) FROM outbox WHERE routing_key = $1 AND topic = 'code.scanned')",
        subject_no,
    )
    assert row is not None
    return row[0], row[1]


async def test_a_code_is_accepted_once(api: Api, resident: Session, gate: Gate) -> None:
    code, asked_at = await issue_code(api, resident), datetime.now(UTC)
    accepted = await scan(api, gate, code)
    assert accepted.status_code == 201
    assert accepted.headers["cache-control"] == "no-store"
    answer = accepted.json()
    assert UUID(answer.pop("scan_id")).version == 7
    assert timedelta(0) <= datetime.fromisoformat(answer.pop("scanned_at")) - asked_at < timedelta(seconds=60)
    assert answer == {
        "kind": "personal",
        "holder": {"masked_name": "王**"},
        "province": "31",
        "form": "dynamic",
        "warnings": ["check-person"],
    }
    assert await refuse(api, gate, code) == (409, "code-already-used")
    assert await refuse(api, await make_gate(api), code) == (409, "code-already-used")
    assert await count_traces(api, resident) == (1, 1)


async def test_of_scans_at_once_one_is_accepted(api: Api, resident: Session) -> None:
    gates = [await make_gate(api) for _ in range(5)]
    code = await issue_code(api, resident)
    answers = await asyncio.gather(*(scan(api, gates[number % 5], code) for number in range(40)))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 39}
    assert {slug_of(answer) for answer in answers if answer.status_code == 409} == {"code-already-used"}
    assert await count_traces(api, resident) == (1, 1)


@pytest.mark.parametrize(
    ("purpose", "answer"),
    [
        ("library-entry", {"holder": {}, "kind": "personal", "warnings": []}),
        ("metro-gate", {"holder": {}, "kind": "personal", "warnings": []}),
        ("service-window", {"holder": {"masked_name": "王**"}, "kind": "personal", "warnings": ["check-person"]}),
    ],
)
async def test_a_purpose_answers_what_it_needs(
    api: Api, resident: Session, purpose: str, answer: dict[str, object]
) -> None:
    gate = await make_gate(api, purpose=purpose)
    accepted = (await scan(api, gate, await issue_code(api, resident), purpose=purpose)).json()
    assert {name: accepted[name] for name in answer} == answer
    assert resident.person.name not in str(accepted)


async def test_a_purpose_that_needs_nothing_is_answered_nothing(api: Api, resident: Session) -> None:
    await api.services.pool.execute(
        "INSERT INTO purposes VALUES ('count-visitors', '计数', 'Counting', '{}', false, false) ON CONFLICT DO NOTHING"
    )
    gate = await make_gate(api, purpose="count-visitors")
    answer = (await scan(api, gate, await issue_code(api, resident))).json()
    assert answer.keys() == {"scan_id", "scanned_at", "holder", "province", "form", "warnings"}
    assert answer["holder"] == {}


async def test_a_code_of_somebody_without_a_name(api: Api, unverified: Session, gate: Gate) -> None:
    answer = (await scan(api, gate, await craft(api, unverified))).json()
    assert answer["holder"] == {}


async def test_the_code_decides_nothing_about_time(api: Api, resident: Session, gate: Gate) -> None:
    assert await refuse(api, gate, await craft_ended(api, resident)) == (422, "code-expired")
    future = await craft(api, resident, at=now() + timedelta(seconds=90))
    assert await refuse(api, gate, future) == (422, "code-not-yet-valid")
    long = sign_longer(api, await issue_code(api, resident), 300)
    assert await refuse(api, gate, long) == (422, "code-lifetime-excessive")
    assert (await scan(api, gate, await craft(api, resident, at=now() + timedelta(seconds=10)))).status_code == 201


async def test_what_is_no_code_of_ours(api: Api, resident: Session, gate: Gate, tmp_path: Path) -> None:
    code = await issue_code(api, resident)
    assert await refuse(api, gate, "https://weixin.qq.com/r/x") == (422, "code-not-ours")
    assert await refuse(api, gate, "") == (422, "code-malformed")
    assert await refuse(api, gate, "SX1:" + "A" * 201) == (422, "code-malformed")
    assert await refuse(api, gate, code[:-3]) == (422, "code-malformed")
    assert await refuse(api, gate, crafting.alter_signature(code)) == (422, "code-signature-invalid")
    assert await refuse(api, gate, crafting.alter_algorithm(code)) == (422, "code-algorithm-refused")
    foreign = await craft(api, resident, ring=make_foreign_ring(tmp_path / "32"), issuer="32")
    assert await refuse(api, gate, foreign) == (422, "code-issuer-unknown")
    assert await count_traces(api, resident) == (0, 0)
    assert (await scan(api, gate, f"{code.lower()}\r\n")).status_code == 201


async def test_a_megabyte_is_refused_in_words(api: Api, gate: Gate) -> None:
    assert await refuse(api, gate, "SX1:" + "A" * 2**20) == (422, "code-malformed")


async def test_a_handle_that_names_nobody(api: Api, gate: Gate) -> None:
    """Genuinely signed, but of no subject that is known: a venue learns no more than of any ended code."""
    assert await refuse(api, gate, await craft(api, subject_no=4711)) == (409, "code-revoked")
    assert await refuse(api, gate, await craft(api, subject_no=2**63 - 1)) == (409, "code-revoked")
    assert await refuse(api, gate, await craft(api, subject_no=2**64 - 1)) == (409, "code-revoked")


async def test_a_code_of_another_kind_than_its_subject(api: Api, resident: Session, gate: Gate) -> None:
    assert await refuse(api, gate, await craft(api, resident, kind=Kind.ENTERPRISE)) == (409, "code-revoked")


async def test_a_code_of_a_resident_who_was_erased(api: Api, resident: Session, gate: Gate) -> None:
    code = await issue_code(api, resident)
    await api.services.pool.execute(
        "UPDATE subjects SET ended_at = now() WHERE subject_no = $1", await subject_of(api, resident)
    )
    assert await refuse(api, gate, code) == (409, "code-revoked")
    assert await count_traces(api, resident) == (0, 0)


async def test_a_venue_uses_its_own_purpose_alone(api: Api, resident: Session, gate: Gate) -> None:
    code = await issue_code(api, resident)
    assert await refuse(api, gate, code, purpose="metro-gate") == (403, "purpose-not-registered")
    assert await refuse(api, gate, code, purpose="no-such-purpose") == (403, "purpose-not-registered")
    assert (await scan(api, gate, code, purpose=gate.purpose)).status_code == 201


async def test_a_venue_that_is_not_approved_scans_nothing(api: Api, resident: Session) -> None:
    gate = await make_gate(api, approved=False)
    assert await refuse(api, gate, await issue_code(api, resident)) == (403, "venue-not-approved")


async def test_a_revoked_scanner_is_refused_everywhere_within_seconds(
    api: Api, roomy: Settings, resident: Session, gate: Gate
) -> None:
    async with running_api(roomy) as other:
        assert slug_of(await scan(other, gate, "x")) == "code-not-ours"
        await scanners.revoke_scanner(
            api.services.pool, venue_id=gate.venue_id, manager_id=gate.manager_id, scanner_id=gate.scanner_id, now=now()
        )
        async with asyncio.timeout(5):
            while (await scan(other, gate, "x")).status_code != 401:  # noqa: ASYNC110  nobody tells
                await asyncio.sleep(0.05)
        assert slug_of(await scan(other, gate, await issue_code(api, resident))) == "unauthenticated"


async def test_a_credential_ends(api: Api, gate: Gate) -> None:
    await api.services.pool.execute("UPDATE scanners SET expires_at = $2 WHERE scanner_id = $1", gate.scanner_id, now())
    assert await refuse(api, gate, "x") == (401, "unauthenticated")


async def test_a_credential_ends_while_it_is_remembered(api: Api, gate: Gate) -> None:
    await api.services.pool.execute(
        "UPDATE scanners SET expires_at = $2 WHERE scanner_id = $1", gate.scanner_id, now() + timedelta(seconds=0.5)
    )
    assert await refuse(api, gate, "x") == (422, "code-not-ours")
    await asyncio.sleep(0.5)
    assert await refuse(api, gate, "x") == (401, "unauthenticated")


async def test_a_scanner_is_limited_by_itself(api: Api, gate: Gate, roomy: Settings) -> None:
    async with running_api(dataclasses.replace(roomy, scans_per_minute=60, scans_burst=5)) as tight:
        answers = [await scan(tight, gate, "x") for _ in range(8)]
        assert [answer.status_code for answer in answers] == [422] * 5 + [429] * 3
        assert answers[-1].headers["retry-after"] == "1"
        assert (await scan(tight, await make_gate(api), "x")).status_code == 422


async def test_three_hundred_at_once_and_no_more(api: Api, gate: Gate) -> None:
    """More come back meanwhile, ten a second: how many is known by the time that it took."""
    began = time.monotonic()
    served = 0
    while (await scan(api, gate, "x")).status_code == 422:
        served += 1
    assert 300 <= served <= 300 + 10 * (time.monotonic() - began) + 1


async def test_scan_and_notice_are_one_transaction(api: Api, resident: Session, gate: Gate) -> None:
    """Where the notice cannot be enqueued, there is no access, and the code is still good."""
    code = await issue_code(api, resident)
    await api.services.pool.execute(
        """
        CREATE OR REPLACE FUNCTION refuse_notice() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'no room in the outbox'; END $$
        """
    )
    await api.services.pool.execute(
        f"CREATE TRIGGER refuse_notice BEFORE INSERT ON outbox FOR EACH ROW "
        f"WHEN (NEW.routing_key = {await subject_of(api, resident)}) EXECUTE FUNCTION refuse_notice()"
    )
    try:
        assert await refuse(api, gate, code) == (500, "internal")
        assert await count_traces(api, resident) == (0, 0)
    finally:
        await api.services.pool.execute("DROP FUNCTION refuse_notice CASCADE")
    assert (await scan(api, gate, code)).status_code == 201
    assert await count_traces(api, resident) == (1, 1)


async def test_two_residents_codes_do_not_meet(api: Api, gate: Gate) -> None:
    people = [await log_in(api, await make_person(api, name=name)) for name in ("李静怡", "欧阳兰")]
    answers = [(await scan(api, gate, await issue_code(api, person))).json() for person in people]
    assert [answer["holder"]["masked_name"] for answer in answers] == ["李**", "欧阳*"]


async def test_an_unknown_scanner_is_nobody(api: Api, gate: Gate) -> None:
    """Another secret with a scanner's own id is no credential of that scanner's."""
    for credential in (
        scanners.make_credential(gate.scanner_id),
        scanners.make_credential(uuid4()),
        gate.credential[:-1],
        gate.credential + "A",
        gate.credential.replace("sxs_", "sxs_ "),
    ):
        response = await api.post("/v1/scans", by=credential, json={"code": "x"})
        assert (response.status_code, slug_of(response)) == (401, "unauthenticated")


async def test_while_the_database_is_away_nothing_is_decided(
    api: Api, roomy: Settings, resident: Session, gate: Gate
) -> None:
    code = await issue_code(api, resident)
    async with running_api(roomy) as cut:
        assert slug_of(await scan(cut, gate, "x")) == "code-not-ours"
        cut.services.pool.terminate()
        refused = await scan(cut, gate, code)
        assert (refused.status_code, slug_of(refused)) == (503, "unavailable")
        assert refused.headers["retry-after"] == "1"
    with pytest.raises(asyncpg.InterfaceError):
        await cut.services.pool.fetchval("SELECT 1")
    assert (await scan(api, gate, code)).status_code == 201

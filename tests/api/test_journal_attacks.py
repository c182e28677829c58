"""Whoever has a scanner, or what it wrote, gets nothing more by its journal than it scanned."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from api.services import now
from app.identifiers import new_id
from tests.api.crafting import subject_of
from tests.api.devices import Device
from tests.api.harness import Api, Session, issue_code, log_in, make_gate, make_person, running_api, slug_of
from tests.api.journaling import BEGINNING, HOUR, Entry, Offline, results_of, write_time

FORGED = "refused journal-signature-invalid"
FORKED = "refused journal-forked"


@pytest.fixture
async def offline(api: Api) -> Offline:
    return await Offline.enrol(api, await make_gate(api, purpose="metro-gate"))


@pytest.fixture
async def other(api: Api) -> Offline:
    return await Offline.enrol(api, await make_gate(api, purpose="metro-gate"))


async def count_accesses(api: Api, resident: Session) -> int:
    found: int = await api.services.pool.fetchval(
        "SELECT count(*) FROM accesses WHERE subject_no = $1", await subject_of(api, resident)
    )
    return found


async def test_another_scanners_journal_is_nobodys_here(
    api: Api, resident: Session, offline: Offline, other: Offline
) -> None:
    """Sent by another scanner with its own credential, as they are or signed anew by that one's key for the first."""
    offline.scan(await issue_code(api, resident))
    assert results_of(await other.send(*offline.entries)) == [FORGED]
    assert await count_accesses(api, resident) == 0
    assert results_of(await offline.send()) == ["accepted"]


async def test_an_id_of_another_scanners_scan_is_taken_for_no_second_one(
    api: Api, resident: Session, offline: Offline, other: Offline
) -> None:
    """It would have two accesses of one id, of which the chained log could hold one alone."""
    first = offline.scan(await issue_code(api, resident))
    await offline.send()
    entry = other.seal({**other.scan(await issue_code(api, resident)), "id": first["id"]})
    assert results_of(await other.send(entry)) == [FORKED]
    assert await count_accesses(api, resident) == 1


@pytest.mark.parametrize("field", ["id", "sequence", "previous", "code", "scanned_at", "outcome", "signature"])
async def test_nothing_of_an_entry_can_be_changed(api: Api, resident: Session, offline: Offline, field: str) -> None:
    entry = offline.scan(await issue_code(api, resident))
    changes: Entry = {
        "id": "0198c0de-7a1e-7c3b-9f00-3a5d1c2b4e6f", "sequence": 2, "previous": "B" * 42 + "A",
        "code": await issue_code(api, resident), "scanned_at": write_time(now() - HOUR), "outcome": "code-expired",
        "signature": None,
    }  # fmt: skip
    assert results_of(await offline.send({**entry, field: changes[field]})) == [FORGED]
    thiefs = Offline(api, offline.gate, Device()).seal(entry)
    assert results_of(await offline.send(thiefs)) == [FORGED]
    assert await count_accesses(api, resident) == 0


async def test_a_sequence_has_one_entry(api: Api, resident: Session, offline: Offline) -> None:
    offline.scan(await issue_code(api, resident))
    await offline.send()
    for change in ({"id": str(new_id())}, {"code": await issue_code(api, resident)}):
        forked = offline.seal({**offline.entries[0], **change})
        assert results_of(await offline.send(forked)) == [FORKED]
    moved = offline.seal({**offline.entries[0], "sequence": 7})
    assert results_of(await offline.send(moved)) == [FORKED]
    assert results_of(await offline.send()) == ["duplicate"]
    assert await count_accesses(api, resident) == 1


async def test_a_chain_goes_on_from_what_was_sent(api: Api, resident: Session, offline: Offline) -> None:
    """A gate that was put back to before it let somebody in would tell another story from there on."""
    for _ in range(2):
        offline.scan(await issue_code(api, resident))
    await offline.send()
    code = await issue_code(api, resident)
    made: Entry = {**offline.scan(code), "previous": offline.entries[1]["previous"]}
    assert results_of(await offline.send(offline.seal(made))) == [FORKED]
    begun = offline.seal({**offline.entries[2], "sequence": 4, "previous": BEGINNING})
    assert results_of(await offline.send(begun)) == ["accepted"]  # of a gap nobody can say more than that it is there
    assert results_of(await offline.send(offline.entries[2])) == [FORKED]


async def test_a_key_of_the_other_kind_signs_as_well(api: Api, resident: Session) -> None:
    ed = await Offline.enrol(api, await make_gate(api, purpose="metro-gate"), "EdDSA")
    ed.scan(await issue_code(api, resident))
    assert results_of(await ed.send()) == ["accepted"]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"id": str(uuid4())}, "/scans/0/id"),
        ({"id": "x"}, "/scans/0/id"),
        ({"sequence": 0}, "/scans/0/sequence"),
        ({"sequence": 2**53}, "/scans/0/sequence"),
        ({"previous": "A" * 42}, "/scans/0/previous"),
        ({"previous": "=" * 43}, "/scans/0/previous"),
        ({"code": "X" * 1025}, "/scans/0/code"),
        ({"scanned_at": "2026-02-30T08:00:00.000Z"}, "/scans/0/scanned_at"),
        ({"scanned_at": "yesterday"}, "/scans/0/scanned_at"),
        ({"scanned_at": "0001-01-01T00:00:00.000Z"}, "/scans/0/scanned_at"),
        ({"scanned_at": "9999-12-31T23:59:59.999Z"}, "/scans/0/scanned_at"),
        ({"outcome": "Accepted"}, "/scans/0/outcome"),
        ({"outcome": "accepted\n"}, "/scans/0/outcome"),
        ({"signature": "A" * 129}, "/scans/0/signature"),
    ],
)
async def test_what_is_no_entry_is_refused_whole(
    api: Api, resident: Session, offline: Offline, change: dict[str, Any], pointer: str
) -> None:
    offline.scan(await issue_code(api, resident))
    refused = await offline.try_to_send([{**offline.entries[0], **change}])
    assert slug_of(refused) == "invalid-request"
    assert [error["pointer"] for error in refused.json()["errors"]] == [pointer]


@pytest.mark.parametrize(("scanned_at", "sent_at"), [(1970, 2199), (2199, 1970), (1970, None), (2199, None)])
async def test_no_clock_is_too_wrong(offline: Offline, scanned_at: int, sent_at: int | None) -> None:
    offline.scan("SX1:X", at=datetime(scanned_at, 1, 1, tzinfo=UTC))
    said = await offline.send(sent_at=datetime(sent_at, 1, 1, tzinfo=UTC) if sent_at else None)
    assert results_of(said) in (["refused journal-too-old"], ["refused journal-from-future"])


async def test_a_scanner_makes_up_no_counts(api: Api, offline: Offline) -> None:
    for outcome in ("code-expired", "status-list-missing", "made-up", "made-up-anew"):
        offline.scan("", outcome=outcome)
    await offline.send()
    held, scanner_id = api.services.tallies._counts, offline.gate.scanner_id
    counted = {reason: count for (_, of, reason), (count, _) in held.items() if of == scanner_id and reason != "used"}
    assert counted == {"code-expired": 1, "status-list-missing": 1, "other": 2}


async def test_a_flood_is_dammed(api: Api, offline: Offline) -> None:
    entry = offline.scan("", outcome="code-not-ours")
    assert slug_of(await offline.try_to_send([entry] * 501)) == "invalid-request"
    settings = dataclasses.replace(api.services.settings, journals_per_minute=1, journals_burst=2)
    async with running_api(settings) as narrow:
        dammed = Offline(narrow, offline.gate, offline.device)
        answers = [await dammed.try_to_send([entry] * 500) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[2].headers["retry-after"]) > 0
    assert {one["result"] for one in answers[0].json()["items"]} == {"noted"}
    held = await api.services.pool.fetchval(
        "SELECT count(*) FROM journal_entries WHERE scanner_id = $1", offline.gate.scanner_id
    )
    assert held == 1


async def test_a_journal_keeps_nothing_of_whom_it_was(api: Api, offline: Offline) -> None:
    resident = await log_in(api, await make_person(api))
    code = await issue_code(api, resident)
    offline.scan(code)
    await offline.send()
    row = await api.services.pool.fetchrow(
        "SELECT j::text AS all FROM journal_entries AS j WHERE scanner_id = $1", offline.gate.scanner_id
    )
    assert row is not None
    for secret in (code, code.encode().hex(), str(resident.person.resident_id), resident.person.phone):
        assert secret not in row["all"]

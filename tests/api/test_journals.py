"""Journals of scanners without a network: each entry counts once, whatever comes, twice, half or in another order."""

from __future__ import annotations

import asyncio
import dataclasses
from collections import Counter
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from api.services import now
from app.identifiers import new_id
from app.venues import registering
from tests.api.crafting import craft, subject_of
from tests.api.devices import Device
from tests.api.harness import Api, Gate, Session, issue_code, log_in, make_gate, make_person, running_api, scan, slug_of
from tests.api.journaling import HOUR, Offline, results_of, write_time
from tests.api.long_codes import print_paper, show_offline
from tests.api.telling import list_messages
from tests.api.test_scanners import own_gate
from tests.api.test_shifts import add, sign_in
from tests.api.test_venue_scans import count, project, show

__all__ = ["own_gate"]

USED = "conflict code-already-used"
REVOKED = "refused code-revoked"
SECOND = timedelta(seconds=1)


@pytest.fixture
async def metro(api: Api) -> Gate:
    return await make_gate(api, purpose="metro-gate")


@pytest.fixture
async def offline(api: Api, metro: Gate) -> Offline:
    """A metro gate that has lost its network, of a venue that was approved an hour ago."""
    await api.services.pool.execute(
        "UPDATE venue_standings SET since_at = since_at - interval '1 hour' WHERE venue_id = $1", metro.venue_id
    )
    return await Offline.enrol(api, metro)


async def read_accesses(api: Api, offline: Offline) -> list[dict[str, Any]]:
    rows = await api.services.pool.fetch(
        "SELECT access_id, form, scanned_at, recorded_at, fields, staff_id FROM accesses WHERE scanner_id = $1 "
        "ORDER BY access_id",
        offline.gate.scanner_id,
    )
    return [dict(row) for row in rows]


async def test_an_entry_of_each_form_is_accepted_once(api: Api, resident: Session, offline: Offline) -> None:
    for code in (await issue_code(api, resident), await show_offline(api, resident), await print_paper(api, resident)):
        offline.scan(code)
    assert results_of(await offline.send()) == ["accepted", "accepted", "accepted"]
    assert results_of(await offline.send()) == ["duplicate", "duplicate", "duplicate"]
    rows = await read_accesses(api, offline)
    assert [str(row["access_id"]) for row in rows] == [entry["id"] for entry in offline.entries]
    assert [row["form"] for row in rows] == ["dynamic", "phone", "paper"]
    assert [write_time(row["scanned_at"]) for row in rows] == [entry["scanned_at"] for entry in offline.entries]
    assert [row["fields"] for row in rows] == [["kind"]] * 3


async def test_what_comes_in_any_order_twice_and_half_counts_once(
    api: Api, resident: Session, offline: Offline
) -> None:
    entries = [offline.scan(await issue_code(api, resident)) for _ in range(6)]
    late = await offline.send(*entries[3:][::-1])
    assert results_of(late) == ["accepted"] * 3
    assert [one["warnings"] for one in late] == [[], [], ["sequence-gap"]]
    mixed = await offline.send(*entries[:4], entries[0])
    assert results_of(mixed) == ["accepted", "accepted", "accepted", "duplicate", "duplicate"]
    assert [one["id"] for one in mixed] == [one["id"] for one in (*entries[:4], entries[0])]
    assert {warning for one in await offline.send() for warning in one["warnings"]} == set()
    assert len(await read_accesses(api, offline)) == 6
    assert results_of(await offline.send(sent_at=now())) == ["duplicate"] * 6


async def test_uploads_at_once_count_each_entry_once(api: Api, resident: Session, offline: Offline) -> None:
    entries = [offline.scan(await issue_code(api, resident)) for _ in range(8)]
    answers = await asyncio.gather(*(offline.send(*entries[number % 4 :]) for number in range(8)))
    accepted = Counter(one["id"] for answer in answers for one in answer if one["result"] == "accepted")
    assert accepted == Counter({entry["id"]: 1 for entry in entries})
    assert {one["result"] for answer in answers for one in answer} <= {"accepted", "duplicate"}
    assert len(await read_accesses(api, offline)) == 8


async def test_a_retry_is_told_from_a_second_use(api: Api, resident: Session, offline: Offline) -> None:
    code = await issue_code(api, resident)
    offline.scan(code)
    offline.scan(code)
    assert results_of(await offline.send()) == ["accepted", USED]
    assert results_of(await offline.send()) == ["duplicate", USED]


async def test_the_first_of_a_journal_is_the_first_to_claim(api: Api, resident: Session, offline: Offline) -> None:
    code = await issue_code(api, resident)
    first, second = offline.scan(code), offline.scan(code)
    assert results_of(await offline.send(second, first)) == [USED, "accepted"]


async def test_what_was_cut_off_is_done_by_the_next_upload(
    api: Api, resident: Session, offline: Offline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the claims and before they are written down: the server knows nothing of it but the accesses."""
    code = await issue_code(api, resident)
    offline.scan(code)
    offline.scan(code)

    async def cut(*_: object) -> None:
        raise OSError

    with monkeypatch.context() as patch:
        patch.setattr("app.venues.journal_store.settle_entries", cut)
        assert slug_of(await offline.try_to_send(offline.entries)) == "unavailable"
    assert len(await read_accesses(api, offline)) == 1
    assert results_of(await offline.send()) == ["accepted", USED]
    assert len(await list_messages(api, resident, 2)) == 2


async def test_a_code_that_passed_two_venues_is_told_to_all(
    api: Api, resident: Session, manager: Session, own_gate: Gate, offline: Offline
) -> None:
    """The second venue's day has the conflict, the first one's has that it was used again, the holder has both."""
    here, code = await Offline.enrol(api, own_gate), await issue_code(api, resident)
    here.scan(code)
    await here.send()
    twice = offline.scan(code)
    assert results_of(await offline.send()) == [USED]
    await api.services.pool.execute("UPDATE venues SET name = '地铁站' WHERE venue_id = $1", offline.gate.venue_id)
    [message] = [one for one in await list_messages(api, resident, 2) if one["topic"] == "code.used-twice"]
    assert "「地铁站」" in message["body"]
    assert "「甲医院」" in message["body"]
    await project(api)
    [first] = (await show(api, manager, own_gate))["items"]
    assert (first["outcome"], first["offline"]) == ("accepted", True)
    assert datetime.fromisoformat(first["used_again_at"]) == datetime.fromisoformat(twice["scanned_at"])
    await api.services.pool.execute(
        "UPDATE venues SET manager_id = $2 WHERE venue_id = $1", offline.gate.venue_id, manager.person.resident_id
    )
    [second] = (await show(api, manager, offline.gate))["items"]
    assert (second["id"], second["outcome"], second["form"]) == (twice["id"], "conflict", "dynamic")
    assert (await count(api, manager, offline.gate))["hours"] == []
    assert [one["id"] for one in (await api.get("/v1/me/accesses", by=resident)).json()["items"]] == [
        here.entries[0]["id"]
    ]


async def test_an_answer_that_was_lost_is_no_second_use(api: Api, resident: Session, offline: Offline) -> None:
    """The server accepted the code, the gate never heard of it, and let its holder in by itself."""
    code = await issue_code(api, resident)
    online = await offline.device.call(api, "POST", "/v1/scans", offline.gate.credential, json={"code": code})
    assert online.status_code == 201
    offline.scan(code)
    assert results_of(await offline.send()) == ["duplicate"]
    assert len(await read_accesses(api, offline)) == 1
    other = await Offline.enrol(api, await make_gate(api, purpose="metro-gate"))
    other.scan(code)
    assert results_of(await other.send()) == [USED]


async def test_what_a_gate_refused_is_noted_and_claims_nothing(api: Api, resident: Session, offline: Offline) -> None:
    code = await issue_code(api, resident)
    offline.scan(code, outcome="code-already-used")
    offline.scan("", outcome="code-not-ours")
    assert results_of(await offline.send()) == ["noted", "noted"]
    assert results_of(await offline.send()) == ["noted", "noted"]
    assert (await scan(api, await make_gate(api), code)).status_code == 201


async def test_a_code_is_judged_as_of_when_it_was_scanned(api: Api, resident: Session, offline: Offline) -> None:
    begun = now()
    offline.scan(await craft(api, resident, at=begun), begun + 59 * SECOND)
    offline.scan(await craft(api, resident, at=begun), begun + 61 * SECOND)
    offline.scan(await craft(api, resident, at=begun), begun - 31 * SECOND)
    offline.scan("SX1:X", begun)
    offline.scan("https://example.cn", begun)
    results = results_of(await offline.send(sent_at=begun))
    assert results == ["refused journal-from-future"] * 2 + [
        "refused code-not-yet-valid", "refused code-malformed", "refused code-not-ours",
    ]  # fmt: skip


async def test_a_wrong_clock_is_set_right_and_said(api: Api, resident: Session, offline: Offline) -> None:
    """A gate whose clock is two hours ahead says a time at which no code of its would be good."""
    ahead = 2 * HOUR
    entry = offline.scan(await issue_code(api, resident), now() + ahead)
    [item] = await offline.send(sent_at=now() + ahead)
    assert (item["result"], item["warnings"]) == ("accepted", ["clock-skewed"])
    [row] = await read_accesses(api, offline)
    assert abs(row["scanned_at"] - now()) < 30 * SECOND
    [again] = await offline.send(sent_at=now())
    assert (again["result"], again["warnings"]) == ("duplicate", ["clock-skewed"])
    said = await api.services.pool.fetchval(
        "SELECT said_at FROM journal_entries WHERE scanner_id = $1", offline.gate.scanner_id
    )
    assert write_time(said) == entry["scanned_at"]


async def test_a_skew_decides_whether_a_code_was_in_time(api: Api, resident: Session, offline: Offline) -> None:
    """By its own clock, ten seconds behind, the gate read it in the last of its time."""
    begun, behind = now(), 10 * SECOND
    for said in (begun - 10 * SECOND, begun - 20 * SECOND):
        code = await craft(api, resident, at=begun - 15 * SECOND, lifetime=10)  # until 5 s ago
        offline.scan(code, said)
    items = await offline.send(sent_at=begun - behind)
    assert results_of(items) == ["refused code-expired", "accepted"]


async def test_what_lies_outside_the_window_is_refused(api: Api, resident: Session, offline: Offline) -> None:
    offline.scan(await issue_code(api, resident), now() - 73 * HOUR)
    assert results_of(await offline.send()) == ["refused journal-too-old"]
    assert results_of(await offline.send()) == ["refused journal-too-old"]


async def test_a_window_is_a_setting(api: Api, resident: Session, metro: Gate) -> None:
    settings = dataclasses.replace(api.services.settings, journal_window_hours=1)
    async with running_api(settings) as narrow:
        offline = await Offline.enrol(narrow, metro)
        seen = await offline.device.call(narrow, "GET", "/v1/scanner", metro.credential)
        assert seen.json()["offline"] == {"policy": "refuse", "journal_window_hours": 1}
        offline.scan(await issue_code(api, resident), now() - 2 * HOUR)
        assert results_of(await offline.send()) == ["refused journal-too-old"]


async def lock(api: Api, resident: Session, at: datetime) -> None:
    await api.services.pool.execute(
        "UPDATE subjects SET codes_valid_from = $2 WHERE subject_no = $1", await subject_of(api, resident), at
    )


async def test_what_was_scanned_before_a_lock_counts_and_after_it_does_not(
    api: Api, resident: Session, offline: Offline, manager: Session
) -> None:
    begun = now()
    codes = [await craft(api, resident, at=begun) for _ in range(2)]
    offline.scan(codes[0], begun)
    offline.scan(codes[1], begun + 3 * SECOND)
    await lock(api, resident, begun + 2 * SECOND)
    before, after = await offline.send()
    assert results_of([before, after]) == ["accepted", REVOKED]
    assert before["warnings"] == ["revoked-since"]
    topics = {message["topic"] for message in await list_messages(api, resident, 2)}
    assert topics == {"code.scanned", "code.used-revoked"}
    assert results_of(await offline.send()) == ["duplicate", REVOKED]
    await api.services.pool.execute(
        "UPDATE venues SET manager_id = $2 WHERE venue_id = $1", offline.gate.venue_id, manager.person.resident_id
    )
    await project(api)
    shown = {one["id"]: one["outcome"] for one in (await show(api, manager, offline.gate))["items"]}
    assert shown == {before["id"]: "accepted", after["id"]: "revoked"}


async def test_nobody_dates_a_scan_back_behind_what_they_sent(api: Api, resident: Session, offline: Offline) -> None:
    begun = now()
    code = await craft(api, resident, at=begun - 31 * SECOND, lifetime=120)
    offline.scan("", begun + 5 * SECOND, outcome="code-not-ours")
    await offline.send()
    await lock(api, resident, begun)
    offline.scan(code, begun - 29 * SECOND)
    assert results_of(await offline.send()) == ["noted", REVOKED]


async def test_a_lost_paper_and_a_revoked_phone_are_found(api: Api, resident: Session, offline: Offline) -> None:
    begun = now()
    paper, phone = await print_paper(api, resident), await show_offline(api, resident)
    for code, at in ((paper, begun), (phone, begun), (paper, begun + 3 * SECOND), (phone, begun + 3 * SECOND)):
        offline.scan(code, at)
    subject_no, ended = await subject_of(api, resident), begun + 2 * SECOND
    await api.services.pool.execute(
        "UPDATE paper_codes SET revoked_at = $2, revoked_for = 'lost' WHERE subject_no = $1", subject_no, ended
    )
    await api.services.pool.execute(
        "UPDATE certificate_batches SET revoked_at = $2 WHERE subject_no = $1", subject_no, ended
    )
    items = await offline.send()
    assert results_of(items)[:3] == ["accepted", "accepted", REVOKED]
    assert items[3]["result"] in {"conflict", "refused"}
    assert [one["warnings"] for one in items[:2]] == [["revoked-since"]] * 2


async def test_nothing_is_added_for_whoever_was_erased(api: Api, resident: Session, offline: Offline) -> None:
    offline.scan(await issue_code(api, resident))
    await api.services.pool.execute(
        "INSERT INTO access_erasures (subject_no, erasure_id, erased_at, salt, kid, signature) "
        "VALUES ($1, $2, $3, '', '', '')",
        await subject_of(api, resident),
        new_id(),
        now(),
    )
    assert results_of(await offline.send()) == [REVOKED]
    assert await read_accesses(api, offline) == []


async def test_a_venue_is_judged_as_it_stood(api: Api, resident: Session, own_gate: Gate, manager: Session) -> None:
    """Scanned while it was approved, then renamed, so that it waits for approval anew."""
    offline = await Offline.enrol(api, own_gate)
    offline.scan(await issue_code(api, resident))
    await asyncio.sleep(0.05)
    await registering.update_venue(
        api.services.pool,
        venue_id=own_gate.venue_id,
        manager_id=manager.person.resident_id,
        name="新名字",
        address=None,
        requires_shift=None,
        now=now(),
    )
    offline.scan(await issue_code(api, resident), now() + timedelta(milliseconds=5))
    assert results_of(await offline.send()) == ["accepted", "refused venue-not-approved"]


async def test_a_scan_is_its_shifts_at_the_time(api: Api, resident: Session, own_gate: Gate, manager: Session) -> None:
    """Whoever was signed in then did it, be they long gone at the sync."""
    who = await add(api, manager, own_gate, "A7")
    await sign_in(api, own_gate, who)
    offline = await Offline.enrol(api, own_gate)
    offline.scan(await issue_code(api, resident))
    await asyncio.sleep(0.05)
    path, credential = "/v1/scanner/shifts/current", own_gate.credential
    assert (await offline.device.call(api, "DELETE", path, credential)).status_code == 204
    await registering.update_venue(
        api.services.pool,
        venue_id=own_gate.venue_id,
        manager_id=manager.person.resident_id,
        name=None,
        address=None,
        requires_shift=True,
        now=now(),
    )
    offline.scan(await issue_code(api, resident), now() + timedelta(milliseconds=5))
    assert results_of(await offline.send()) == ["accepted", "refused shift-required"]
    [row] = await read_accesses(api, offline)
    assert row["staff_id"] is not None


async def test_a_purpose_that_learns_of_a_holder_takes_no_code_of_a_phone(api: Api, resident: Session) -> None:
    offline = await Offline.enrol(api, await make_gate(api))
    offline.scan(await show_offline(api, resident))
    offline.scan(await issue_code(api, resident))
    assert results_of(await offline.send()) == ["refused code-form-refused", "accepted"]


async def test_a_revoked_scanner_tells_what_it_scanned_before(api: Api, resident: Session, offline: Offline) -> None:
    begun = now()
    offline.scan(await craft(api, resident, at=begun), begun)
    offline.scan(await craft(api, resident, at=begun), begun + 3 * SECOND)
    await api.services.pool.execute(
        "UPDATE scanners SET revoked_at = $2 WHERE scanner_id = $1", offline.gate.scanner_id, begun + 2 * SECOND
    )
    api.services.scanners._known.clear()
    assert results_of(await offline.send()) == ["accepted", "refused scanner-ended"]
    asked = await offline.device.call(api, "GET", "/v1/scanner", offline.gate.credential)
    assert slug_of(asked) == "unauthenticated"
    thief = Offline(api, offline.gate, Device())
    thief.entries = offline.entries
    assert slug_of(await thief.try_to_send(offline.entries)) == "dpop-proof-invalid"


async def test_a_scanner_without_a_key_that_ended_tells_nothing(api: Api, metro: Gate) -> None:
    body = {"sent_at": write_time(now()), "scans": []}
    assert (await api.post("/v1/scans/batch", by=metro, json=body)).json() == {"items": [], "next_cursor": None}
    await api.services.pool.execute(
        "UPDATE scanners SET revoked_at = $2 WHERE scanner_id = $1", metro.scanner_id, now()
    )
    api.services.scanners._known.clear()
    assert slug_of(await api.post("/v1/scans/batch", by=metro, json=body)) == "unauthenticated"


async def test_the_last_entry_is_known_for_whoever_lost_their_journal(api: Api, resident: Session, metro: Gate) -> None:
    offline = await Offline.enrol(api, metro)
    path, credential = "/v1/scanner", metro.credential
    fresh = (await offline.device.call(api, "GET", path, credential)).json()
    assert fresh["journal"] == {"sequence": 0, "digest": "A" * 43}
    offline.scan(await issue_code(api, resident))
    await offline.send()
    offline.scan(await issue_code(api, resident))
    held = (await offline.device.call(api, "GET", path, credential)).json()
    assert held["journal"] == {"sequence": 1, "digest": offline.entries[1]["previous"]}
    assert (held["fields"], held["strict"], held["checks_person"]) == (["kind"], False, False)


async def test_another_person_is_another_claim(api: Api, resident: Session, offline: Offline) -> None:
    other = await log_in(api, await make_person(api))
    offline.scan(await issue_code(api, resident))
    offline.scan(await issue_code(api, other))
    assert results_of(await offline.send()) == ["accepted", "accepted"]
    assert uuid4() not in {row["access_id"] for row in await read_accesses(api, offline)}

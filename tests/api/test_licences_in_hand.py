"""A licence shown in hand: what a venue is told of it, once, and what it is told nothing of."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import pytest

from api.services import now
from app.licences.model import Standing
from app.people.model import Role
from codes import KeyUse, Kind, create_key_ring, mint_licence
from tests.api.companies import told as topics_of
from tests.api.harness import Api, Gate, Session, issue_code, log_in, make_gate, make_person, scan, slug_of
from tests.api.wallets import IDENTITY_CARD, hold, list_looks, look, show, told

_NUMBER = "11010519491231002X"


@pytest.fixture
async def hotel(api: Api) -> Gate:
    return await make_gate(api, purpose="hotel-check-in")


@pytest.fixture
async def card(api: Api, resident: Session) -> str:
    return await hold(api, resident, name="王小明", id_number=_NUMBER, photo="AAAA", address="某路1号")


async def test_a_hotel_learns_what_it_needs_and_nothing_else(
    api: Api, resident: Session, hotel: Gate, card: str
) -> None:
    item = await told(api, hotel, await show(api, resident, card))
    assert item["fields"] == {"name": "王小明", "id_number": _NUMBER, "photo": "AAAA"}
    assert (item["licence_type"], item["standing"]) == (IDENTITY_CARD, "valid")
    (seen,) = await list_looks(api, resident)
    assert seen["id"] == item["access_id"]
    assert seen["fields"] == ["name", "id_number", "photo"]
    assert (seen["licence_type"], seen["form"]) == (IDENTITY_CARD, "licence")
    assert (await topics_of(api, resident)).count("licence.shown") == 1


async def test_a_hotel_may_ask_for_less(api: Api, resident: Session, hotel: Gate, card: str) -> None:
    item = await told(api, hotel, await show(api, resident, card), licence_type=IDENTITY_CARD, fields=["name"])
    assert item["fields"] == {"name": "王小明"}
    assert [seen["fields"] for seen in await list_looks(api, resident)] == [["name"]]


async def test_what_a_licence_does_not_say_is_not_told_nor_said_to_be(api: Api, resident: Session, hotel: Gate) -> None:
    card = await hold(api, resident, name="王小明", id_number=_NUMBER, photo="")
    item = await told(api, hotel, await show(api, resident, card))
    assert item["fields"] == {"name": "王小明", "id_number": _NUMBER}
    assert [seen["fields"] for seen in await list_looks(api, resident)] == [["name", "id_number"]]


async def test_a_code_is_good_for_one_look(api: Api, resident: Session, hotel: Gate, card: str) -> None:
    code = await show(api, resident, card)
    other = await make_gate(api, purpose="hotel-check-in")
    answers = await asyncio.gather(*(look(api, gate, code) for gate in (hotel, other) * 3))
    slugs = Counter("told" if one.status_code == 201 else slug_of(one) for one in answers)
    assert slugs == {"told": 1, "code-already-used": 5}
    assert len(await list_looks(api, resident)) == 1


async def test_the_same_request_gets_the_first_answer_again(
    api: Api, resident: Session, hotel: Gate, card: str
) -> None:
    code = await show(api, resident, card)
    first = await look(api, hotel, code, "key-1")
    again = await look(api, hotel, code, "key-1")
    assert first.status_code == again.status_code == 201
    assert again.json() == first.json()
    assert slug_of(await look(api, hotel, code, "key-2")) == "code-already-used"
    with patch("api.presentations.now", lambda: now() + timedelta(minutes=1, seconds=30)):
        late = await look(api, hotel, code, "key-1")
        assert late.json() == first.json(), "its code is over by now"
    assert len(await list_looks(api, resident)) == 1


async def test_a_request_is_not_repeated_for_ever(api: Api, resident: Session, hotel: Gate, card: str) -> None:
    """What the licence says by then, nobody has looked at."""
    code = await show(api, resident, card)
    await told(api, hotel, code)
    assert (await look(api, hotel, code, "key-1")).status_code == 409
    kept = await show(api, resident, card)
    assert (await look(api, hotel, kept, "key-2")).status_code == 201
    with patch("api.presentations.now", lambda: now() + timedelta(minutes=11)):
        assert slug_of(await look(api, hotel, kept, "key-2")) == "code-expired"


async def test_a_venue_beyond_its_purpose(api: Api, resident: Session, hotel: Gate, card: str) -> None:
    """Its own mistakes spend nothing, and are no look."""
    code = await show(api, resident, card)
    park = await make_gate(api, purpose="scenic-spot-entry")
    assert slug_of(await look(api, park, code)) == "fields-not-allowed"
    assert slug_of(await look(api, hotel, code, fields=["name", "address"])) == "fields-not-allowed"
    assert slug_of(await look(api, hotel, code, purpose="service-window")) == "purpose-not-registered"
    assert slug_of(await look(api, hotel, code, licence_type="driving-licence")) == "licence-not-held"
    closed = await make_gate(api, purpose="hotel-check-in", approved=False)
    assert slug_of(await look(api, closed, code)) == "venue-not-approved"
    assert await list_looks(api, resident) == []
    assert (await told(api, hotel, code))["fields"]["name"] == "王小明"


@pytest.mark.parametrize("standing", [one for one in Standing if one is not Standing.VALID])
async def test_a_licence_that_has_ended_since(
    api: Api, resident: Session, hotel: Gate, card: str, standing: Standing
) -> None:
    """The venue learns that it is not good; its holder, that somebody looked, and was told nothing."""
    code = await show(api, resident, card)
    await hold(api, resident, standing=standing, changed_at=now())
    for _ in range(2):
        assert slug_of(await look(api, hotel, code, "key-1")) == "licence-not-good"
    assert [seen["fields"] for seen in await list_looks(api, resident)] == [[]]
    assert (await topics_of(api, resident)).count("licence.shown") == 1
    await hold(api, resident, standing=Standing.VALID, changed_at=now())
    assert slug_of(await look(api, hotel, code, "key-1")) == "licence-not-good"
    assert slug_of(await look(api, hotel, code, "key-2")) == "code-already-used"


async def test_a_licence_that_is_gone_since(api: Api, resident: Session, hotel: Gate, card: str) -> None:
    code = await show(api, resident, card)
    await api.services.pool.execute("DELETE FROM licences WHERE holder_id = $1", resident.person.resident_id)
    assert slug_of(await look(api, hotel, code)) == "code-revoked"


async def test_a_lock_ends_what_was_shown(api: Api, resident: Session, hotel: Gate, card: str) -> None:
    code = await show(api, resident, card)
    assert (await api.post("/v1/me/lock", by=resident)).status_code == 204
    assert slug_of(await look(api, hotel, code)) == "code-revoked"


async def test_a_code_that_is_over(api: Api, resident: Session, hotel: Gate, card: str) -> None:
    code = await show(api, resident, card)
    with patch("api.presentations.now", lambda: now() + timedelta(seconds=61)):
        assert slug_of(await look(api, hotel, code)) == "code-expired"
    assert await list_looks(api, resident) == []


async def test_a_gate_scans_no_licence_and_a_desk_reads_no_code(
    api: Api, resident: Session, hotel: Gate, card: str
) -> None:
    shown = await show(api, resident, card)
    assert slug_of(await scan(api, hotel, shown)) == "code-form-refused"
    assert (await told(api, hotel, shown))["standing"] == "valid"
    assert slug_of(await look(api, hotel, await issue_code(api, resident))) == "code-malformed"
    assert slug_of(await look(api, hotel, "hello")) == "code-not-ours"
    assert slug_of(await look(api, hotel, shown[:-3])) == "code-malformed"


async def test_a_code_of_a_stranger(api: Api, resident: Session, hotel: Gate, card: str, tmp_path: Path) -> None:
    """A ring that no trust list names: as another province's until provinces recognise one another's licences."""
    await show(api, resident, card)
    moment = now()
    for province in ("31", "32"):
        ring = create_key_ring(tmp_path / province, province, moment, development=True)
        epoch = ring.current(KeyUse.LICENCE, moment)
        minted = mint_licence(epoch, issuer=province, subject_no=1, licence_no=1, kind=Kind.PERSONAL, now=moment)
        assert slug_of(await look(api, hotel, minted.text)) == "code-issuer-unknown"


async def test_a_shift_is_asked_for(api: Api, resident: Session, hotel: Gate, card: str) -> None:
    manager = await log_in(api, await make_person(api, role=Role.MANAGER))
    await api.services.pool.execute(
        "UPDATE venues SET requires_shift = true, manager_id = $2 WHERE venue_id = $1",
        hotel.venue_id,
        manager.person.resident_id,
    )
    code = await show(api, resident, card)
    assert slug_of(await look(api, hotel, code)) == "shift-required"

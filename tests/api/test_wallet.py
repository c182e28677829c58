"""A resident's wallet: what its list shows, what one licence says, and what is shown of it in hand."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import msgspec
import pytest

from api.services import now
from app.licences.cards import Pen, open_cards
from app.licences.holding import Holder
from app.licences.model import Standing
from app.licences.types import forget_types, get_types
from app.people.profiles import open_resident_key
from codes import verify_licence
from tests.api.harness import Api, Session, log_in, make_person, slug_of
from tests.api.wallets import IDENTITY_CARD, PATH, get_one, hold, list_wallet, present, show

_NUMBER = "11010519491231002X"


async def test_an_empty_wallet(api: Api, resident: Session) -> None:
    response = await api.get(PATH, by=resident)
    assert response.status_code == 200
    assert response.json()["items"] == []
    assert response.json()["next_cursor"] is None


async def test_a_list_shows_what_stands_on_the_card_masked(api: Api, resident: Session) -> None:
    licence_id = await hold(api, resident, name="王小明", id_number=_NUMBER, address="某路1号", photo="AAAA")
    (card,) = await list_wallet(api, resident)
    assert card["id"] == licence_id
    assert (card["type"], card["standing"], card["abnormal"]) == (IDENTITY_CARD, "valid", False)
    assert card["masked"] == {"name": "王**", "id_number": "110***********002X"}
    assert card["issuer_name"] == "示范发证机关"


async def test_one_licence_in_full(api: Api, resident: Session) -> None:
    licence_id = await hold(api, resident, name="王小明", id_number=_NUMBER, address="某路1号")
    response = await get_one(api, resident, licence_id)
    assert response.headers["cache-control"] == "no-store"
    licence = response.json()
    assert licence["fields"]["id_number"] == _NUMBER
    assert licence["fields"]["address"] == "某路1号"
    assert licence["identifier"].startswith("1.2.156.3005.2.")
    assert licence["parts"] == []
    (card,) = await list_wallet(api, resident)
    assert {name: licence[name] for name in card} == card


async def test_what_a_registry_changes_is_listed_anew(api: Api, resident: Session) -> None:
    licence_id = await hold(api, resident, "driving-licence", licence_number="A1")
    assert [card["standing"] for card in await list_wallet(api, resident)] == ["valid"]
    later = now() + timedelta(seconds=1)
    await hold(api, resident, "driving-licence", standing=Standing.WITHDRAWN, changed_at=later)
    (card,) = await list_wallet(api, resident)
    assert (card["id"], card["standing"], card["abnormal"]) == (licence_id, "withdrawn", True)
    await hold(api, resident)
    assert len(await list_wallet(api, resident)) == 2


async def test_a_standing_that_is_changed_in_place_is_listed(api: Api, resident: Session) -> None:
    """As where a registry tells no more of a licence that it had: nothing but the row's standing changes."""
    await hold(api, resident)
    await list_wallet(api, resident)
    await api.services.pool.execute(
        "UPDATE licences SET standing = 'other' WHERE holder_id = $1", resident.person.resident_id
    )
    assert [card["standing"] for card in await list_wallet(api, resident)] == ["other"]


async def test_a_last_day_that_is_over(api: Api, resident: Session) -> None:
    """Nobody tells of it: it is seen when the wallet is opened, from cards that were made before as from new ones."""
    yesterday = date(2026, 1, 2)
    licence_id = await hold(api, resident, valid_until=yesterday)
    for _ in range(2):
        (card,) = await list_wallet(api, resident)
        assert (card["standing"], card["abnormal"], card["valid_until"]) == ("expired", True, "2026-01-02")
    assert slug_of(await present(api, resident, licence_id)) == "licence-not-good"


async def test_cards_are_drawn_anew_on_the_day_on_which_one_ceases_to_be_good(api: Api, resident: Session) -> None:
    """Kept cards say how each stood when they were drawn: they are good until that changes by itself, and no longer."""
    await hold(api, resident, "driving-licence", valid_until=date(2036, 6, 29))
    await hold(api, resident)
    services, person = api.services, resident.person
    holder = Holder.own(person.resident_id, 0)

    async def look(moment: datetime) -> tuple[list[bytes], bytes]:
        opened = await open_cards(services.cards, holder, Pen("standings", lambda card: card.standing.encode()), moment)
        kept = await services.pool.fetchval("SELECT sealed_cards FROM wallets WHERE holder_id = $1", holder.holder_id)
        return [card for card, _ in opened.cards], kept

    noon = datetime(2036, 6, 29, 4, tzinfo=UTC)
    stood, kept = await look(noon)
    assert stood == [b"valid", b"valid"]
    assert await look(noon - timedelta(days=365)) == (stood, kept)
    stood, drawn_anew = await look(noon + timedelta(days=1))
    assert sorted(stood) == [b"expired", b"valid"]
    assert drawn_anew != kept
    stood, _ = await look(noon + timedelta(days=2))
    assert stood == [b"expired", b"expired"]
    stood, _ = await look(noon)
    assert stood == [b"valid", b"valid"], "a clock that was put back is believed too"
    assert [card["standing"] for card in await list_wallet(api, resident)] == ["valid", "valid"], (
        "drawn in its own form"
    )


async def test_who_open_wallets_at_once_see_each_their_own(api: Api, resident: Session) -> None:
    others = [await log_in(api, await make_person(api)) for _ in range(9)]
    held = {one: await hold(api, one) for one in others}
    for _ in range(2):  # drawn for the first time, and as they were kept
        wallets = await asyncio.gather(*(list_wallet(api, one) for one in (*others, resident, *others)))
        seen = [[card["id"] for card in wallet] for wallet in wallets]
        assert seen == [*([held[one]] for one in others), [], *([held[one]] for one in others)]


async def test_a_delegation_that_is_none_is_said_to_be(api: Api, resident: Session) -> None:
    response = await api.get(PATH, by=resident, params={"delegation_id": "mine"})
    assert slug_of(response) == "invalid-request"


async def test_cards_are_sealed_once_and_made_anew_where_a_kind_changes(api: Api, resident: Session) -> None:
    await hold(api, resident, name="王小明", id_number=_NUMBER)
    pool, holder_id = api.services.pool, resident.person.resident_id
    await list_wallet(api, resident)
    first = await pool.fetchval("SELECT sealed_cards FROM wallets WHERE holder_id = $1", holder_id)
    assert "王".encode() not in first
    await list_wallet(api, resident)
    assert await pool.fetchval("SELECT sealed_cards FROM wallets WHERE holder_id = $1", holder_id) == first
    said_again = datetime(2031, 2, 3, tzinfo=UTC)
    await pool.execute("UPDATE licences SET fetched_at = $2 WHERE holder_id = $1", holder_id, said_again)
    (card,) = await list_wallet(api, resident)
    assert datetime.fromisoformat(card["fetched_at"]) == said_again
    assert await pool.fetchval("SELECT sealed_cards FROM wallets WHERE holder_id = $1", holder_id) == first
    kind = (await get_types(pool))[IDENTITY_CARD]
    shown = msgspec.structs.replace(kind.fields[-1], on_card=True)
    changed = msgspec.structs.replace(kind, fields=[*kind.fields[:-1], shown])
    assert shown.id not in (await list_wallet(api, resident))[0]["masked"]
    await pool.execute(
        "INSERT INTO licence_types (type_id, definition, changed_at) VALUES ($1, $2, now())",
        IDENTITY_CARD,
        msgspec.to_builtins(changed),
    )
    try:
        forget_types()
        assert shown.id in (await list_wallet(api, resident))[0]["masked"]
    finally:
        await pool.execute("DELETE FROM licence_types WHERE type_id = $1", IDENTITY_CARD)
        forget_types()


async def test_cards_of_another_version_of_this_program_are_made_anew(api: Api, resident: Session) -> None:
    await hold(api, resident)
    pool, holder_id = api.services.pool, resident.person.resident_id
    before = await list_wallet(api, resident)
    key = await open_resident_key(pool, api.services.vault, holder_id)
    assert key is not None
    for content in (b'{"kinds": "", "cards": []}', b"[]", b"cards"):
        sealed = key.seal_bytes(content, "cards")
        await pool.execute("UPDATE wallets SET sealed_cards = $2 WHERE holder_id = $1", holder_id, sealed)
        assert await list_wallet(api, resident) == before


async def test_somebody_elses_licence_is_not_found(api: Api, resident: Session) -> None:
    licence_id = await hold(api, resident)
    thief = await log_in(api, await make_person(api))
    await hold(api, thief)
    assert slug_of(await get_one(api, thief, licence_id)) == "not-found"
    assert slug_of(await present(api, thief, licence_id)) == "not-found"
    assert slug_of(await get_one(api, resident, str(uuid4()))) == "not-found"


async def test_wallets_are_for_verified_residents_on_trusted_installations(
    api: Api, resident: Session, newcomer: Session, unverified: Session
) -> None:
    licence_id = await hold(api, resident)
    for session, slug in ((newcomer, "installation-not-approved"), (unverified, "identity-not-verified")):
        assert slug_of(await api.get(PATH, by=session)) == slug
        assert slug_of(await get_one(api, session, licence_id)) == slug
        assert slug_of(await present(api, session, licence_id)) == slug


async def test_a_code_shows_one_licence(api: Api, resident: Session) -> None:
    licence_id = await hold(api, resident)
    services = api.services
    response = await present(api, resident, licence_id)
    shown = response.json()
    assert shown["code"].startswith("SX4:")
    assert shown["generated_at"] < shown["refresh_after"] < shown["expires_at"]
    verified = verify_licence(shown["code"], services.trust.current, now())
    assert verified.expires_at - verified.issued_at == timedelta(seconds=60)
    subject_no, licence_no = services.ring.open_licence(verified)
    row = await services.pool.fetchrow(
        "SELECT r.subject_no, l.licence_no FROM licences AS l JOIN residents AS r ON r.resident_id = l.holder_id "
        "WHERE l.holder_id = $1",
        resident.person.resident_id,
    )
    assert row is not None
    assert (subject_no, licence_no) == tuple(row)
    assert await show(api, resident, licence_id) != shown["code"]


@pytest.mark.parametrize("media_type", ["image/svg+xml", "image/png"])
async def test_a_code_as_a_picture(api: Api, resident: Session, media_type: str) -> None:
    licence_id = await hold(api, resident)
    response = await present(api, resident, licence_id, headers={"Accept": media_type})
    assert response.headers["content-type"] == media_type
    assert response.headers["x-code-expires-at"] > response.headers["x-code-issued-at"]
    assert response.headers["cache-control"] == "no-store"


async def test_a_purpose_that_looks_at_no_such_licence(api: Api, resident: Session) -> None:
    licence_id = await hold(api, resident)
    assert slug_of(await present(api, resident, licence_id, purpose="scenic-spot-entry")) == "fields-not-allowed"
    assert slug_of(await present(api, resident, licence_id, purpose="no-such-purpose")) == "fields-not-allowed"
    await show(api, resident, licence_id, purpose="hotel-check-in")

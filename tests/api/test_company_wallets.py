"""Companies' wallets: who may see and show what of them, and who would like to."""

from __future__ import annotations

from uuid import UUID, uuid4

import msgspec
import pytest

from app.development.enterprise_registry import EnterpriseRegistryStandIn
from app.licences.model import Standing
from app.licences.types import forget_types, read_shipped
from tests.api.asking import Hotel
from tests.api.companies import Firm, delegate, list_held, make_citizen, make_firm
from tests.api.companies import told as topics_of
from tests.api.harness import Api, Gate, Session, make_gate, slug_of
from tests.api.wallets import PATH, get_one, hold, list_looks, list_wallet, look, present, show, told

LICENCE, PERMIT, WHOLE = "business-licence", "food-business-permit", "restaurant-composite-licence"


@pytest.fixture
async def boss(api: Api) -> Session:
    return await make_citizen(api, name="李静怡")


@pytest.fixture
async def handler(api: Api) -> Session:
    return await make_citizen(api, name="欧阳兰")


@pytest.fixture
def firm(api: Api, registry: tuple[str, EnterpriseRegistryStandIn], boss: Session) -> Firm:
    return make_firm(api, registry[1], boss)


@pytest.fixture
async def company_id(firm: Firm, boss: Session) -> str:
    claimed: str = (await firm.claimed(boss))["company_id"]
    return claimed


@pytest.fixture
async def mandate(api: Api, boss: Session, company_id: str) -> str:
    """The representative's own, by which they act."""
    (held,) = await list_held(api, boss)
    assert held["company_id"] == company_id
    delegation_id: str = held["delegation_id"]
    return delegation_id


@pytest.fixture
async def window(api: Api) -> Gate:
    return await make_gate(api, purpose="service-window")


async def _fill(api: Api, company_id: str) -> dict[str, str]:
    """One of each kind that a restaurant has; their ids."""
    return {kind: await hold(api, company_id, kind) for kind in (LICENCE, PERMIT, "hygiene-permit", WHOLE)}


async def test_a_representative_sees_all(api: Api, boss: Session, company_id: str, mandate: str) -> None:
    held = await _fill(api, company_id)
    assert {card["type"]: card["id"] for card in await list_wallet(api, boss, mandate)} == held
    assert await list_wallet(api, boss) == [], "and none of it is their own"
    whole = (await get_one(api, boss, held[WHOLE], mandate)).json()
    assert whole["standing"] == "valid"
    assert whole["parts"] == [
        {"type": kind, "licence_id": held[kind], "standing": "valid"} for kind in (LICENCE, PERMIT, "hygiene-permit")
    ]


async def test_a_delegate_sees_and_shows_what_is_within_their_scopes(
    api: Api, boss: Session, handler: Session, company_id: str, window: Gate
) -> None:
    held = await _fill(api, company_id)
    by = await delegate(api, boss, company_id, handler, scopes=["tax"])
    assert [card["type"] for card in await list_wallet(api, handler, by)] == [LICENCE]
    for kind in (PERMIT, WHOLE):
        assert slug_of(await get_one(api, handler, held[kind], by)) == "not-found"
        assert slug_of(await present(api, handler, held[kind], delegation_id=by)) == "not-found"
    item = await told(api, window, await show(api, handler, held[LICENCE], delegation_id=by), fields=["name"])
    assert item["fields"] == {"name": "some name"}
    (seen,) = await list_looks(api, handler)
    assert (seen["licence_type"], seen["kind"]) == (LICENCE, "enterprise")
    assert "licence.shown" in await topics_of(api, handler)


async def test_a_composite_is_no_better_than_its_parts(
    api: Api, boss: Session, company_id: str, mandate: str, window: Gate
) -> None:
    """At reading, and at checking what was shown before."""
    held = await _fill(api, company_id)
    await _let_windows_ask(api, WHOLE, "licence_number")
    code = await show(api, boss, held[WHOLE], delegation_id=mandate)
    assert (await told(api, window, code))["standing"] == "valid"
    code = await show(api, boss, held[WHOLE], delegation_id=mandate)
    await api.services.pool.execute(
        "UPDATE licences SET standing = 'revoked' WHERE licence_id = $1", UUID(held[PERMIT])
    )
    standings = {card["type"]: card["standing"] for card in await list_wallet(api, boss, mandate)}
    assert (standings[PERMIT], standings[WHOLE], standings[LICENCE]) == ("revoked", "other", "valid")
    assert (await get_one(api, boss, held[WHOLE], mandate)).json()["standing"] == "other"
    assert slug_of(await look(api, window, code)) == "licence-not-good"
    assert slug_of(await present(api, boss, held[WHOLE], delegation_id=mandate)) == "licence-not-good"


async def test_a_delegate_gets_the_true_standing_of_a_composite_whose_part_they_may_not_see(
    api: Api, boss: Session, handler: Session, company_id: str
) -> None:
    """Of the part itself they learn how it stands, since the composite stands on it, and not which it is."""
    land = "company-real-estate-certificate"
    held = {kind: await hold(api, company_id, kind) for kind in (land, WHOLE)}
    await _compose(api, WHOLE, [land])
    by = await delegate(api, boss, company_id, handler, scopes=["permits"])
    try:
        assert [card["type"] for card in await list_wallet(api, handler, by)] == [WHOLE]
        whole = (await get_one(api, handler, held[WHOLE], by)).json()
        assert (whole["standing"], whole["parts"]) == (
            "valid",
            [{"type": land, "licence_id": None, "standing": "valid"}],
        )
        await api.services.pool.execute(
            "UPDATE licences SET standing = $2 WHERE licence_id = $1", UUID(held[land]), Standing.CANCELLED.value
        )
        whole = (await get_one(api, handler, held[WHOLE], by)).json()
        assert (whole["standing"], whole["parts"][0]["standing"]) == ("other", "cancelled")
        assert (await list_wallet(api, handler, by))[0]["standing"] == "other"
    finally:
        await _compose(api, WHOLE, None)


async def test_a_delegation_that_ends_ends_what_was_shown(
    api: Api, boss: Session, handler: Session, company_id: str, window: Gate
) -> None:
    held = await _fill(api, company_id)
    by = await delegate(api, boss, company_id, handler, scopes=["permits"])
    code = await show(api, handler, held[LICENCE], delegation_id=by)
    ended = await api.delete(f"/v1/me/enterprises/{company_id}/delegations/{by}", by=boss)
    assert ended.status_code == 204, ended.text
    assert slug_of(await look(api, window, code)) == "code-revoked"
    assert slug_of(await api.get(PATH, by=handler, params={"delegation_id": by})) == "binding-ended"
    assert slug_of(await present(api, handler, held[LICENCE], delegation_id=by)) == "binding-ended"


async def test_a_delegates_lock_ends_what_they_showed(
    api: Api, boss: Session, handler: Session, company_id: str, window: Gate
) -> None:
    held = await _fill(api, company_id)
    by = await delegate(api, boss, company_id, handler, scopes=["permits"])
    code = await show(api, handler, held[LICENCE], delegation_id=by)
    assert (await api.post("/v1/me/lock", by=handler)).status_code == 204
    assert slug_of(await look(api, window, code)) == "code-revoked"


async def test_scopes_are_asked_again_when_it_is_looked_at(
    api: Api, boss: Session, handler: Session, company_id: str, window: Gate
) -> None:
    held = await _fill(api, company_id)
    await _let_windows_ask(api, PERMIT, "name")
    by = await delegate(api, boss, company_id, handler, scopes=["permits"])
    code = await show(api, handler, held[PERMIT], delegation_id=by)
    await api.services.pool.execute(
        "UPDATE enterprise_delegations SET scopes = '{tax}' WHERE delegation_id = $1", UUID(by)
    )
    assert slug_of(await look(api, window, code)) == "code-revoked"


async def test_whose_wallet_is_said_by_a_delegation_of_ones_own(
    api: Api, boss: Session, company_id: str, mandate: str
) -> None:
    held = await _fill(api, company_id)
    stranger = await make_citizen(api, name="周文")
    for delegation_id in (mandate, company_id, str(uuid4())):
        assert slug_of(await api.get(PATH, by=stranger, params={"delegation_id": delegation_id})) == "binding-ended"
        assert slug_of(await present(api, stranger, held[LICENCE], delegation_id=delegation_id)) == "binding-ended"
    assert slug_of(await get_one(api, stranger, held[LICENCE])) == "not-found"
    assert slug_of(await present(api, boss, held[LICENCE])) == "not-found", "a company's licence is not one's own"


async def test_several_companies_are_kept_apart(
    api: Api, registry: tuple[str, EnterpriseRegistryStandIn], boss: Session, company_id: str, mandate: str
) -> None:
    other_id: str = (await make_firm(api, registry[1], boss).claimed(boss))["company_id"]
    mine, theirs = await hold(api, company_id, LICENCE), await hold(api, other_id, LICENCE)
    other = next(one["delegation_id"] for one in await list_held(api, boss) if one["company_id"] == other_id)
    assert [card["id"] for card in await list_wallet(api, boss, mandate)] == [mine]
    assert [card["id"] for card in await list_wallet(api, boss, other)] == [theirs]
    assert slug_of(await get_one(api, boss, theirs, mandate)) == "not-found"


async def test_who_acts_for_two_companies_is_asked_for_which_and_answers_within_their_scopes(
    api: Api,
    registry: tuple[str, EnterpriseRegistryStandIn],
    boss: Session,
    handler: Session,
    firm: Firm,
    company_id: str,
    window: Gate,
) -> None:
    other = make_firm(api, registry[1], boss)
    other_id: str = (await other.claimed(boss))["company_id"]
    for kind in (LICENCE, PERMIT):
        await _let_windows_ask(api, kind, "name")
    mine, theirs = await _fill(api, company_id), await _fill(api, other_id)
    by = await delegate(api, boss, company_id, handler, scopes=["permits"])
    beside = await delegate(api, boss, other_id, handler, scopes=["tax"])

    hotel = Hotel(api, window, handler, UUID(theirs[PERMIT]))
    queries = [{"id": kind, "licence_type": kind, "fields": ["name"]} for kind in (LICENCE, PERMIT)]
    asked = await hotel.asked(licence_type=None, queries=queries)
    seen = (await hotel.open(asked)).json()
    offered = {
        query["id"]: {(one["licence_id"], one["holder"]["name"]) for one in query["candidates"]}
        for query in seen["queries"]
    }
    both = {(mine[LICENCE], firm.entry.name), (theirs[LICENCE], other.entry.name)}
    assert offered == {LICENCE: both, PERMIT: {(mine[PERMIT], firm.entry.name)}}, "the other lies beyond their scopes"
    holders = {one["holder"]["delegation_id"] for query in seen["queries"] for one in query["candidates"]}
    assert holders == {by, beside}
    beyond = {LICENCE: mine[LICENCE], PERMIT: theirs[PERMIT]}
    assert slug_of(await hotel.grant(asked, licences=beyond)) == "licence-not-held"
    assert (await hotel.grant(asked, licences={LICENCE: theirs[LICENCE], PERMIT: mine[PERMIT]})).status_code == 200
    items = (await hotel.fetch(asked)).json()["items"]
    assert {item["query_id"]: item["fields"] for item in items} == {kind: {"name": "some name"} for kind in offered}
    looks = await list_looks(api, handler)
    assert {(one["licence_type"], one["kind"]) for one in looks} == {(kind, "enterprise") for kind in offered}


async def _let_windows_ask(api: Api, type_id: str, *fields: str) -> None:
    await api.services.pool.execute(
        "INSERT INTO purpose_licences (purpose, type_id, fields, kept_days) VALUES ('service-window', $1, $2, 1) "
        "ON CONFLICT (purpose, type_id) DO NOTHING",
        type_id,
        list(fields),
    )


async def _compose(api: Api, type_id: str, parts: list[str] | None) -> None:
    """Has a kind stand for other parts; None: for its own again."""
    pool = api.services.pool
    await pool.execute("DELETE FROM licence_types WHERE type_id = $1", type_id)
    if parts is not None:
        kind = msgspec.structs.replace(read_shipped()[type_id], parts=parts)
        await pool.execute(
            "INSERT INTO licence_types (type_id, definition, changed_at) VALUES ($1, $2, now())",
            type_id,
            msgspec.to_builtins(kind),
        )
    forget_types()

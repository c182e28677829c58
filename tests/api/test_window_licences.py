"""Windows look at licences: nothing without the person, no more than the purpose, and every look is theirs to see."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from api.services import now
from app.development.enterprise_registry import EnterpriseRegistryStandIn
from app.development.identity_standing_in import IdentityStandIns
from app.licences.model import HolderKind, Standing
from app.people.model import Role
from app.settings import Settings
from app.wallet.materials import forget_requests
from tests.api.companies import make_firm
from tests.api.harness import Api, Session, slug_of
from tests.api.office import make_staff
from tests.api.wallets import hold
from tests.api.windows import PRESENCES, Window, count_notices, make_resident, open_window
from tests.harness.identity import invent_id_number
from tests.harness.licences import hold_licence

CARD = "resident-identity-card"


@pytest.fixture
async def window(api: Api, identity: tuple[Settings, IdentityStandIns]) -> Window:
    return await open_window(api, identity[1])


async def look_up(window: Window, presence_id: str, kind: str = CARD, by: Session | None = None) -> httpx.Response:
    return await window.api.get(f"{PRESENCES}/{presence_id}/licences", by=by or window.staff, params={"type": kind})


async def ask(window: Window, presence_id: str, matter: str) -> dict[str, Any]:
    asked = await window.api.post(f"{PRESENCES}/{presence_id}/materials", by=window.staff, json={"matter": matter})
    assert asked.status_code == 201, asked.text
    answer: dict[str, Any] = asked.json()
    return answer


async def read(window: Window, presence_id: str, request_id: str) -> dict[str, Any]:
    answer = await window.api.get(f"{PRESENCES}/{presence_id}/materials/{request_id}", by=window.staff)
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def take(window: Window, presence_id: str, request_id: str, **body: Any) -> httpx.Response:
    path = f"{PRESENCES}/{presence_id}/materials/{request_id}/hand-over"
    return await window.api.post(path, by=window.staff, json=body)


async def hear_everything(api: Api, holder_id: UUID, kind: HolderKind = HolderKind.RESIDENT) -> None:
    """As if every registry had just answered for this wallet."""
    for registry in api.services.registries.serving(kind):
        await api.services.pool.execute(
            "INSERT INTO wallet_sources (holder_id, source, tried_at, synced_at) VALUES ($1, $2, now(), now()) "
            "ON CONFLICT (holder_id, source) DO UPDATE SET tried_at = now(), synced_at = now(), failure = NULL",
            holder_id,
            registry.id,
        )


async def accesses_of(api: Api, resident_id: UUID) -> list[dict[str, Any]]:
    rows = await api.services.pool.fetch(
        "SELECT a.form, a.licence_type, a.fields, a.staff_id, a.scanner_id, a.purpose, v.name FROM accesses AS a "
        "JOIN residents AS r ON r.subject_no = a.subject_no JOIN venues AS v ON v.venue_id = a.venue_id "
        "WHERE r.resident_id = $1 ORDER BY a.access_id",
        resident_id,
    )
    return [dict(row) for row in rows]


async def make_grandmother(window: Window) -> tuple[str, UUID]:
    """Somebody without a phone, registered at the window: her presence, and who she is."""
    presence_id = await window.register("王秀英", invent_id_number(age=82))
    query = "SELECT resident_id FROM window_presences WHERE presence_id = $1"
    resident_id: UUID = await window.api.services.pool.fetchval(query, UUID(presence_id))
    # A presence is older than the account that was made in it: by minutes, where this test takes a moment.
    older = "UPDATE window_presences SET opened_at = opened_at - interval '5 minutes' WHERE presence_id = $1"
    await window.api.services.pool.execute(older, UUID(presence_id))
    return presence_id, resident_id


async def put(api: Api, holder_id: UUID, kind: str, **more: Any) -> UUID:
    return await hold_licence(api.services.pool, api.services.vault, holder_id, kind, **more)


async def acts_of(window: Window) -> list[str]:
    acts = "SELECT act FROM acts WHERE actor_id = $1 AND role = 'window' ORDER BY act_id"
    return [row["act"] for row in await window.api.services.pool.fetch(acts, window.staff.person.resident_id)]


async def test_a_grandmother_without_a_phone_shows_a_card_that_she_holds(api: Api, window: Window) -> None:
    presence_id, resident_id = await make_grandmother(window)
    await put(api, resident_id, CARD, name="王秀英", id_number="310101194403070027", ethnicity="汉")
    answer = await look_up(window, presence_id)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    [seen] = answer.json()["items"]
    assert (seen["standing"], seen["fields"]["name"], seen["fields"]["id_number"]) == (
        "valid", "王秀英", "310101194403070027",
    )  # fmt: skip
    assert "ethnicity" not in seen["fields"], "beyond what windows may know"
    [access] = await accesses_of(api, resident_id)
    assert (access["form"], access["licence_type"], access["purpose"]) == ("window", CARD, "service-window")
    assert (access["staff_id"], access["scanner_id"]) == (window.staff.person.resident_id, None)
    assert access["name"] == "上海政务服务窗口"
    assert set(access["fields"]) == set(seen["fields"])
    told = "SELECT count(*) FROM outbox WHERE recipient = $1 AND topic = 'licence.shown'"
    assert await api.services.pool.fetchval(told, resident_id) == 1
    assert (await acts_of(window))[-1] == "window.licences-looked-up"


async def test_looking_again_is_the_same_look_and_another_presence_another(api: Api, window: Window) -> None:
    resident = await make_resident(api)
    await hold(api, resident)
    presence_id = await window.meet(resident.person)
    answers = [(await look_up(window, presence_id)).json()["items"][0]["access_id"] for _ in range(2)]
    assert answers[0] == answers[1]
    assert len(await accesses_of(api, resident.person.resident_id)) == 1
    await look_up(window, await window.meet(resident.person))
    assert len(await accesses_of(api, resident.person.resident_id)) == 2
    listed = (await api.get("/v1/me/accesses", by=resident)).json()["items"]
    assert [one["venue"]["name"] for one in listed] == ["上海政务服务窗口"] * 2
    assert {one["licence_type"] for one in listed} == {CARD}


async def test_each_licence_of_a_kind_is_a_look_of_its_own(api: Api, window: Window) -> None:
    presence_id, resident_id = await make_grandmother(window)
    kind = "real-estate-certificate"
    await put(api, resident_id, kind, source="one")
    await put(api, resident_id, kind, source="two")
    items = (await look_up(window, presence_id, kind)).json()["items"]
    assert len({one["access_id"] for one in items}) == len(items) == 2


async def test_one_that_is_not_good_is_masked(api: Api, window: Window) -> None:
    presence_id, resident_id = await make_grandmother(window)
    await put(api, resident_id, CARD, id_number="310101194403070027", name="王秀英", valid_until=date(2025, 1, 1))
    [seen] = (await look_up(window, presence_id)).json()["items"]
    assert (seen["standing"], seen["fields"], seen["masked"]["id_number"]) == ("expired", {}, "310***********0027")
    [access] = await accesses_of(api, resident_id)
    assert access["fields"] == []


async def test_nothing_is_looked_up_without_the_person(api: Api, window: Window) -> None:
    resident = await make_resident(api)
    await hold(api, resident)
    presence_id = await window.meet(resident.person)
    asked = await ask(window, presence_id, "residence-permit")
    colleague = Window(api, window.authority, await make_staff(api, Role.WINDOW))
    assert slug_of(await look_up(colleague, presence_id)) == "not-found"
    assert slug_of(await take(colleague, presence_id, asked["id"], agreed_here=True)) == "not-found"
    assert slug_of(await look_up(window, str(uuid4()))) == "not-found"
    await api.delete(f"{PRESENCES}/{presence_id}", by=window.staff)
    assert slug_of(await look_up(window, presence_id)) == "window-presence-ended"
    assert slug_of(await take(window, presence_id, asked["id"], agreed_here=True)) == "window-presence-ended"
    assert await accesses_of(api, resident.person.resident_id) == []


async def test_a_lock_ends_what_a_window_may_see(api: Api, window: Window) -> None:
    resident = await make_resident(api)
    await hold(api, resident)
    presence_id = await window.meet(resident.person)
    assert (await api.post("/v1/me/lock", by=resident)).status_code == 204
    assert slug_of(await look_up(window, presence_id)) == "window-presence-ended"


async def test_a_colleague_is_looked_up_by_their_presence_alone(api: Api, window: Window) -> None:
    """An id of somebody else's presence, or of their account, opens nothing."""
    colleague = await make_staff(api, Role.WINDOW)
    await hold(api, colleague)
    for guess in (colleague.person.resident_id, uuid4()):
        assert slug_of(await look_up(window, str(guess))) == "not-found"
    assert await accesses_of(api, colleague.person.resident_id) == []


@pytest.mark.parametrize("kind", ["no-such-kind", "Bad Kind", "", "driving-licence\x00"])
async def test_kinds_that_windows_may_not_ask_for(api: Api, window: Window, kind: str) -> None:
    presence_id, _ = await make_grandmother(window)
    assert slug_of(await look_up(window, presence_id, kind)) in {"fields-not-allowed", "invalid-request"}
    assert api


async def test_staff_do_not_look_without_end(api: Api, window: Window) -> None:
    presence_id, _ = await make_grandmother(window)
    most = api.services.settings.window_looks_per_hour
    bucket = api.services.vault.index("quota", f"window-looks:{window.staff.person.resident_id}")
    await api.services.pool.executemany("SELECT claim_quota($1, $2, interval '1 hour', now())", [(bucket, most)] * most)
    assert slug_of(await look_up(window, presence_id)) == "too-many-requests"


async def test_a_wallet_that_nobody_opened_is_asked_for(api: Api, window: Window) -> None:
    presence_id, resident_id = await make_grandmother(window)
    answer = (await look_up(window, presence_id)).json()
    assert answer["items"] == []
    assert {one["state"] for one in answer["unheard"]} == {"never"}
    due = await api.services.pool.fetchval("SELECT sync_due_at FROM wallets WHERE holder_id = $1", resident_id)
    assert due is not None
    await hear_everything(api, resident_id)
    assert (await look_up(window, presence_id)).json() == {"items": [], "unheard": [], "next_cursor": None}


async def test_a_source_that_is_joined_no_more_is_not_waited_for(api: Api, window: Window) -> None:
    """Nobody asks it again, so that there is nothing to look for in a moment."""
    presence_id, resident_id = await make_grandmother(window)
    await hear_everything(api, resident_id)
    await api.services.pool.execute(
        "INSERT INTO wallet_sources (holder_id, source, tried_at, synced_at) VALUES ($1, 'left-library', now(), now())",
        resident_id,
    )
    assert (await look_up(window, presence_id)).json() == {"items": [], "unheard": [], "next_cursor": None}
    assert set(states(await ask(window, presence_id, "change-of-residence")).values()) == {"missing"}


def states(asked: dict[str, Any]) -> dict[str, str]:
    return {one["material"]: one["state"] for one in asked["materials"]}


async def test_a_window_learns_held_obtainable_or_missing_and_no_more(api: Api, window: Window) -> None:
    presence_id, resident_id = await make_grandmother(window)
    await put(api, resident_id, CARD, name="王秀英", id_number="310101194403070027")
    await put(api, resident_id, "marriage-certificate", standing=Standing.REVOKED)
    asked = await ask(window, presence_id, "change-of-residence")
    first = states(asked)
    assert (first["identity"], first["household"]) == ("held", "obtainable")
    await hear_everything(api, resident_id)
    asked = await ask(window, presence_id, "change-of-residence")
    assert states(asked) == {"identity": "held", "household": "missing", "home": "missing", "marriage": "missing"}
    assert "王" not in str(asked)
    assert "3101" not in str(asked)
    assert (asked["state"], asked["agrees_by"]) == ("asked", "window")
    assert await accesses_of(api, resident_id) == [], "what is not seen is no look"
    told = "SELECT count(*) FROM outbox WHERE recipient = $1 AND topic = 'materials.asked'"
    assert await api.services.pool.fetchval(told, resident_id) == 2


async def test_who_has_no_phone_agrees_at_the_window(api: Api, window: Window) -> None:
    presence_id, resident_id = await make_grandmother(window)
    await put(api, resident_id, CARD, name="王秀英", id_number="310101194403070027")
    await put(api, resident_id, "household-register", name="王秀英", address="随行路1号")
    asked = await ask(window, presence_id, "change-of-residence")
    refused = await take(window, presence_id, asked["id"])
    assert (refused.status_code, slug_of(refused)) == (409, "materials-not-agreed")
    assert await accesses_of(api, resident_id) == []
    for _ in range(2):
        handed = await take(window, presence_id, asked["id"], agreed_here=True)
        assert handed.status_code == 200, handed.text
        given = {one["material"]: one for one in handed.json()["items"]}
        assert given.keys() == {"identity", "household"}
        assert given["household"]["fields"]["address"] == "随行路1号"
        checked = await api.post("/v1/receipts/checks", json={"receipt": given["identity"]["receipt"]})
        assert checked.status_code == 200, checked.text
    looks = await accesses_of(api, resident_id)
    assert [(one["form"], one["licence_type"]) for one in looks] == [("window", CARD), ("window", "household-register")]
    assert (await read(window, presence_id, asked["id"]))["state"] == "handed-over"
    assert (await acts_of(window))[-3:] == ["window.materials-asked", *["window.materials-handed-over"] * 2]


async def answer(api: Api, resident: Session, *, grant: bool = True) -> httpx.Response:
    """The resident sees the newest question on their phone, with what each licence would tell, and answers it."""
    [asked, *_] = (await api.get("/v1/me/presentations", by=resident)).json()["items"]
    shown = (await api.get(f"/v1/me/presentations/{asked['id']}", by=resident)).json()
    body: dict[str, Any] = {"grant": grant}
    if grant:
        body["licences"] = {one["id"]: one["candidates"][0]["licence_id"] for one in shown["queries"]}
        assert {query["candidates"][0]["preview"]["name"] for query in shown["queries"]} == {"王小明"}
    return await api.post(f"/v1/me/presentations/{asked['id']}/answer", by=resident, json=body)


async def test_who_has_a_phone_sees_the_values_there_and_agrees(api: Api, window: Window) -> None:
    resident = await make_resident(api)
    await hold(api, resident, CARD, name="王小明", id_number="310101199003070015")
    await hold(api, resident, "social-security-card", name="王小明")
    presence_id = await window.meet(resident.person)
    asked = await ask(window, presence_id, "residence-permit")
    assert (asked["agrees_by"], asked["state"]) == ("phone", "asked")
    assert slug_of(await take(window, presence_id, asked["id"], agreed_here=True)) == "materials-not-agreed"
    answered = await answer(api, resident)
    assert answered.status_code == 200, answered.text
    assert (await read(window, presence_id, asked["id"]))["state"] == "agreed"
    handed = await take(window, presence_id, asked["id"])
    assert handed.status_code == 200, handed.text
    given = {one["material"]: one["fields"] for one in handed.json()["items"]}
    assert given["identity"]["id_number"] == "310101199003070015"
    assert given.keys() == {"identity", "social-security"}
    looks = await accesses_of(api, resident.person.resident_id)
    assert {(one["form"], one["staff_id"]) for one in looks} == {("consent", window.staff.person.resident_id)}
    assert await count_notices(api, resident, "presentation.asked") == 1


async def test_who_refuses_on_the_phone_hands_over_nothing(api: Api, window: Window) -> None:
    resident = await make_resident(api)
    await hold(api, resident, CARD, name="王小明")
    presence_id = await window.meet(resident.person)
    asked = await ask(window, presence_id, "marriage-registration")
    assert (await answer(api, resident, grant=False)).status_code == 200
    assert (await read(window, presence_id, asked["id"]))["state"] == "refused"
    assert slug_of(await take(window, presence_id, asked["id"], agreed_here=True)) == "consent-refused"
    late = await ask(window, presence_id, "marriage-registration")
    over = "UPDATE presentations SET expires_at = now() WHERE resident_id = $1 AND state = 'pending'"
    await api.services.pool.execute(over, resident.person.resident_id)
    assert (await read(window, presence_id, late["id"]))["state"] == "ended"
    assert slug_of(await take(window, presence_id, late["id"])) == "consent-timed-out"
    assert await accesses_of(api, resident.person.resident_id) == []


async def test_a_window_that_asks_again_leaves_one_question_and_one_that_is_left_none(api: Api, window: Window) -> None:
    resident = await make_resident(api)
    await hold(api, resident, CARD, name="王小明")
    presence_id = await window.meet(resident.person)
    first = await ask(window, presence_id, "marriage-registration")
    again = await ask(window, presence_id, "vehicle-transfer")
    questions = (await api.get("/v1/me/presentations", by=resident)).json()["items"]
    assert [(one["state"], one["matter_title"]) for one in questions] == [
        ("pending", "机动车转移登记"), ("withdrawn", "结婚登记"),
    ]  # fmt: skip
    assert (await read(window, presence_id, first["id"]))["state"] == "ended"
    assert (await answer(api, resident)).status_code == 200, "the one that is left is the one that the window follows"
    assert (await read(window, presence_id, again["id"]))["state"] == "agreed"
    await ask(window, presence_id, "vehicle-transfer")
    assert (await api.delete(f"{PRESENCES}/{presence_id}", by=window.staff)).status_code == 204
    questions = (await api.get("/v1/me/presentations", by=resident)).json()["items"]
    assert [one["state"] for one in questions] == ["withdrawn", "granted", "withdrawn"]


async def test_who_holds_nothing_has_nothing_to_hand_over(api: Api, window: Window) -> None:
    presence_id, _ = await make_grandmother(window)
    asked = await ask(window, presence_id, "senior-card")
    assert (asked["state"], asked["agrees_by"]) == ("nothing-held", None)
    assert slug_of(await take(window, presence_id, asked["id"], agreed_here=True)) == "licence-not-held"
    assert api


async def test_what_is_good_no_more_is_not_handed_over(api: Api, window: Window) -> None:
    presence_id, resident_id = await make_grandmother(window)
    await put(api, resident_id, CARD)
    asked = await ask(window, presence_id, "senior-card")
    assert asked["state"] == "asked"
    await put(api, resident_id, CARD, standing=Standing.CANCELLED, changed_at=now())
    assert slug_of(await take(window, presence_id, asked["id"], agreed_here=True)) == "licence-not-held"
    assert await accesses_of(api, resident_id) == []
    assert (await read(window, presence_id, asked["id"]))["state"] == "asked"
    assert (await acts_of(window))[-1] == "window.materials-asked"


async def test_a_request_of_one_person_is_none_of_another(api: Api, window: Window) -> None:
    hers, resident_id = await make_grandmother(window)
    await put(api, resident_id, CARD)
    asked = await ask(window, hers, "senior-card")
    other, _ = await make_grandmother(window)
    for request_id in (asked["id"], str(uuid4())):
        assert slug_of(await take(window, other, request_id, agreed_here=True)) == "not-found"


async def test_a_restaurant_is_opened_by_whoever_acts_for_the_company(
    api: Api, window: Window, registry: tuple[str, EnterpriseRegistryStandIn]
) -> None:
    boss = await make_resident(api)
    company_id = (await make_firm(api, registry[1], boss).claimed(boss))["company_id"]
    await hold(api, company_id, "business-licence", name="随行餐饮有限公司")
    await hold(api, boss, CARD, name="王小明")
    presence_id = await window.meet(boss.person)
    asked = await ask(window, presence_id, "open-restaurant")
    assert states(asked) | {"premises": "", "food-permit": ""} == {
        "operator": "held", "business-licence": "held", "premises": "", "food-permit": "",
    }  # fmt: skip
    items = (await look_up(window, presence_id, "business-licence")).json()["items"]
    assert [one["fields"]["name"] for one in items] == ["随行餐饮有限公司"]


async def test_matters_are_there_for_everybody(api: Api) -> None:
    items: Sequence[dict[str, Any]] = (await api.get("/v1/matters")).json()["items"]
    assert len(items) >= 12


async def test_what_was_asked_yesterday_is_forgotten(api: Api, window: Window) -> None:
    presence_id, resident_id = await make_grandmother(window)
    asked = await ask(window, presence_id, "senior-card")
    await forget_requests(api.services.pool, now().replace(year=now().year + 1))
    left = "SELECT count(*) FROM material_requests WHERE request_id = $1 AND resident_id = $2"
    assert await api.services.pool.fetchval(left, UUID(asked["id"]), resident_id) == 0

"""Care between two accounts: by invitation and consent, limited, told to both, and ended by either."""

from __future__ import annotations

import asyncio
import dataclasses
from collections import Counter
from datetime import timedelta
from uuid import UUID, uuid4

import msgspec
import pytest

from api.services import now
from app.people import caring, inviting
from app.people.care_model import Kinship
from app.people.care_reminding import remind_ending
from app.people.errors import CareLimitError
from app.people.inviting import Wish
from app.people.model import BindingPart
from tests.api.harness import Api, Gate, Session, invent_phone, log_in, make_person, refresh, scan, slug_of
from tests.api.relatives import INVITATIONS, RELATIVES, accept, ask_code, bind, invite, list_invitations, list_relatives
from tests.api.rights_harness import leave
from tests.api.windows import count_notices, make_resident
from tests.harness.identity import invent_id_number


@pytest.fixture
async def carer(api: Api) -> Session:
    return await make_resident(api, age=40, name="李小红")


@pytest.fixture
async def mother(api: Api) -> Session:
    return await make_resident(api, age=70, name="王秀英")


async def test_a_carer_shows_a_relatives_code_and_both_see_each_use(
    api: Api, carer: Session, mother: Session, gate: Gate
) -> None:
    made = await bind(api, carer, mother)
    assert (made["part"], made["kinship"], made["masked_name"], made["agreed_by"]) == (
        "is-shown",
        "parent",
        "李**",
        "invitation",
    )
    [mine] = await list_relatives(api, carer)
    assert (mine["id"], mine["part"], mine["masked_name"], mine["resting"]) == (made["id"], "shows", "王**", False)
    code = await ask_code(api, carer, made["id"])
    assert (await scan(api, gate, code.json()["code"])).json()["holder"] == {"masked_name": "王**"}
    for person in (carer, mother):
        assert len((await api.get("/v1/me/accesses", by=person)).json()["items"]) == 1
        assert await count_notices(api, person, "code.scanned") == 1
    assert [await count_notices(api, carer, "care.begun"), await count_notices(api, mother, "care.begun-for-me")] == [
        1,
        1,
    ]


async def test_a_relative_invites_a_carer_too(api: Api, carer: Session, mother: Session) -> None:
    sent = (await invite(api, mother, carer.person, part="is-shown")).json()
    assert (sent["mine"], sent["part"], sent["masked_name"]) == (True, "is-shown", "李**")
    [waiting] = await list_invitations(api, carer)
    assert (waiting["mine"], waiting["part"], waiting["masked_name"], waiting["masked_phone"]) == (
        False,
        "shows",
        "王**",
        None,
    )
    made = await accept(api, carer, sent["id"])
    assert made.json()["part"] == "shows"
    assert (await ask_code(api, carer, made.json()["id"])).status_code == 201
    assert slug_of(await ask_code(api, mother, made.json()["id"])) == "binding-ended"


async def test_an_invitation_says_nothing_of_who_is_here(api: Api, carer: Session, mother: Session) -> None:
    """Of a stranger's phone, of a right phone with a wrong name, and of both right the answers are alike."""
    persons = [
        mother.person,
        msgspec.structs.replace(mother.person, phone=invent_phone()),
        msgspec.structs.replace(mother.person, name="王秀兰"),
    ]
    answers = [(await invite(api, carer, person)).json() for person in persons]
    assert len({tuple(sorted(answer)) for answer in answers}) == 1
    assert {answer["masked_name"] for answer in answers} == {"王**"}
    assert [one["id"] for one in await list_invitations(api, mother)] == [answers[0]["id"]]
    assert await count_notices(api, mother, "care.invited") == 1
    written = "SELECT count(*) FROM outbox WHERE topic = 'care.invited' AND dedupe_key = ANY($1)"
    keys = [f"care.invited:{answer['id']}" for answer in answers]
    assert await api.services.pool.fetchval(written, keys) == 3
    for answer in answers[1:]:
        assert slug_of(await accept(api, mother, answer["id"])) == "not-found"


async def test_a_decline_is_not_told(api: Api, carer: Session, mother: Session) -> None:
    sent = (await invite(api, carer, mother.person)).json()
    declined = await api.post(f"{INVITATIONS}/{sent['id']}/decline", by=mother)
    assert declined.status_code == 204
    assert await list_invitations(api, mother) == []
    assert [one["id"] for one in await list_invitations(api, carer)] == [sent["id"]]
    assert slug_of(await accept(api, mother, sent["id"])) == "invitation-ended"
    assert (await api.delete(f"{INVITATIONS}/{sent['id']}", by=carer)).status_code == 204
    assert await list_invitations(api, carer) == []


async def test_a_withdrawn_invitation_and_an_old_one_are_accepted_by_nobody(
    api: Api, carer: Session, mother: Session
) -> None:
    sent = (await invite(api, carer, mother.person)).json()
    assert slug_of(await api.delete(f"{INVITATIONS}/{sent['id']}", by=mother)) == "not-found"
    assert (await api.delete(f"{INVITATIONS}/{sent['id']}", by=carer)).status_code == 204
    assert slug_of(await accept(api, mother, sent["id"])) == "invitation-ended"
    assert slug_of(await api.delete(f"{INVITATIONS}/{sent['id']}", by=carer)) == "invitation-ended"
    old = (await invite(api, carer, mother.person)).json()
    for table in ("care_invitations", "care_invitation_lookups"):
        past = f"UPDATE {table} SET expires_at = now() - interval '1 day' WHERE invitation_id = $1"
        await api.services.pool.execute(past, UUID(old["id"]))
    assert slug_of(await accept(api, mother, old["id"])) == "not-found"
    assert await list_invitations(api, carer) == []
    await inviting.forget_invitations(api.services.pool, now() + timedelta(days=1))
    assert (
        await api.services.pool.fetchval(
            "SELECT count(*) FROM care_invitations WHERE invitation_id = $1", UUID(old["id"])
        )
        == 0
    )


async def test_nobody_accepts_what_is_for_another(api: Api, carer: Session, mother: Session, resident: Session) -> None:
    sent = (await invite(api, carer, mother.person)).json()
    assert slug_of(await accept(api, resident, sent["id"])) == "not-found"
    assert slug_of(await accept(api, carer, sent["id"])) == "not-found"
    assert slug_of(await api.post(f"{INVITATIONS}/{sent['id']}/decline", by=resident)) == "not-found"
    stranger = await log_in(api, mother.person, uuid4())
    assert slug_of(await accept(api, stranger, sent["id"])) == "installation-not-approved"


async def test_either_ends_it_at_once(api: Api, carer: Session, mother: Session, gate: Gate) -> None:
    for ends in (carer, mother):
        made = await bind(api, carer, mother)
        code = (await ask_code(api, carer, made["id"])).json()["code"]
        assert (await api.delete(f"{RELATIVES}/{made['id']}", by=ends)).status_code == 204
        assert slug_of(await scan(api, gate, code)) == "code-revoked"
        assert slug_of(await ask_code(api, carer, made["id"])) == "binding-ended"
        assert await list_relatives(api, carer) == await list_relatives(api, mother) == []
    assert await count_notices(api, carer, "care.ended") == 2
    assert slug_of(await api.delete(f"{RELATIVES}/{made['id']}", by=await make_resident(api))) == "not-found"


async def test_a_chain_leads_nowhere(api: Api, carer: Session, mother: Session, gate: Gate) -> None:
    """A carer shows a relative's code, and not that of the relative's own relative."""
    grandmother = await make_resident(api, age=95, name="赵桂兰")
    await bind(api, carer, mother)
    far = await bind(api, mother, grandmother)
    assert slug_of(await ask_code(api, carer, far["id"])) == "binding-ended"
    assert len(await list_relatives(api, carer)) == 1
    assert slug_of(await api.delete(f"{RELATIVES}/{far['id']}", by=carer)) == "not-found"
    assert slug_of(await api.post(f"{RELATIVES}/{far['id']}/renew", by=carer)) == "not-found"
    assert (await scan(api, gate, (await ask_code(api, mother, far["id"])).json()["code"])).status_code == 201


async def test_both_renew_and_one_alone_does_not(api: Api, carer: Session, mother: Session) -> None:
    made = await bind(api, carer, mother)
    soon = now() + timedelta(days=3)
    for table in ("bindings", "subjects"):
        await api.services.pool.execute(
            f"UPDATE {table} SET ends_at = $2 WHERE binding_id = $1", UUID(made["id"]), soon
        )
    path = f"{RELATIVES}/{made['id']}/renew"
    for _ in range(2):  # the same one twice is one
        asked = (await api.post(path, by=carer)).json()
        assert (asked["ends_at"], asked["renewal_agreed"]) == (soon.isoformat().replace("+00:00", "Z"), True)
    assert await count_notices(api, mother, "care.renewal-asked") == 1
    assert (await list_relatives(api, mother))[0]["renewal_asked"] is True
    renewed = (await api.post(path, by=mother)).json()
    assert renewed["ends_at"] > (now() + timedelta(days=360)).isoformat()
    assert (renewed["renewal_agreed"], renewed["renewal_asked"]) == (False, False)
    assert await count_notices(api, carer, "care.renewed") == 1


async def test_both_are_reminded_once_before_each_end(api: Api, carer: Session, mother: Session) -> None:
    made = await bind(api, carer, mother)
    soon = now() + timedelta(days=3)
    move = "UPDATE bindings SET ends_at = $2 WHERE binding_id = $1"
    for times in (1, 2):
        await api.services.pool.execute(move, UUID(made["id"]), soon)
        for _ in range(2):
            await remind_ending(api.services.pool, now())
        assert await count_notices(api, carer, "care.ending") == times
        assert await count_notices(api, mother, "care.ending") == times
        for person in (carer, mother):
            await api.post(f"{RELATIVES}/{made['id']}/renew", by=person)


async def test_an_agreement_of_long_ago_renews_nothing(api: Api, carer: Session, mother: Session) -> None:
    made = await bind(api, carer, mother)
    path = f"{RELATIVES}/{made['id']}/renew"
    await api.post(path, by=carer)
    old = "UPDATE care_relations SET renewal_agreed_at = now() - interval '31 days' WHERE binding_id = $1"
    await api.services.pool.execute(old, UUID(made["id"]))
    assert (await api.post(path, by=mother)).json()["renewal_agreed"] is True


async def test_after_the_end_nothing_is_shown_or_renewed(api: Api, carer: Session, mother: Session, gate: Gate) -> None:
    made = await bind(api, carer, mother)
    code = (await ask_code(api, carer, made["id"])).json()["code"]
    for table in ("bindings", "subjects"):
        over = f"UPDATE {table} SET ends_at = now() - interval '1 second' WHERE binding_id = $1"
        await api.services.pool.execute(over, UUID(made["id"]))
    assert slug_of(await scan(api, gate, code)) == "code-revoked"
    assert slug_of(await ask_code(api, carer, made["id"])) == "binding-ended"
    assert slug_of(await api.post(f"{RELATIVES}/{made['id']}/renew", by=carer)) == "binding-ended"
    assert await list_relatives(api, mother) == []
    assert (await bind(api, carer, mother))["id"] != made["id"]


async def test_the_limits_hold_in_a_race(api: Api, mother: Session) -> None:
    """Five who are invited by one relative accept at once: three care for her, and two are refused."""
    carers = [await make_resident(api, name="李小红") for _ in range(5)]
    sent = [(await invite(api, mother, one.person, part="is-shown")).json()["id"] for one in carers]
    answers = await asyncio.gather(*[accept(api, one, of) for one, of in zip(carers, sent, strict=True)])
    outcomes = Counter(slug_of(one) if one.status_code != 201 else "bound" for one in answers)
    assert outcomes == {"bound": 3, "care-limit-reached": 2}
    assert len(await list_relatives(api, mother)) == 3


async def test_one_resident_cares_for_eight(api: Api, carer: Session) -> None:
    for _ in range(8):
        await bind(api, carer, await make_resident(api, name="王秀英", age=70))
    ninth = await make_resident(api, name="王秀英", age=70)
    pool, vault = api.services.pool, api.services.vault
    many = dataclasses.replace(api.services.settings, care_invitations_daily=100)
    caller = api.services.door.access_tokens.read(carer.access_token, now())
    wish = Wish(ninth.person.phone, ninth.person.name, BindingPart.SHOWS, Kinship.PARENT)
    sent = await inviting.invite(pool, vault, many, caller, wish, now())
    with pytest.raises(CareLimitError):
        await inviting.accept(
            pool, vault, many, api.services.door.access_tokens.read(ninth.access_token, now()), sent.id, now()
        )
    assert [one.id for one in await caring.list_relatives(pool, vault, caller, now())] == [
        UUID(one["id"]) for one in await list_relatives(api, carer)
    ]


async def test_invitations_of_a_day_are_counted(api: Api, carer: Session) -> None:
    person = await make_person(api)
    answers = [await invite(api, carer, person) for _ in range(11)]
    assert [one.status_code for one in answers] == [201] * 10 + [429]


async def test_a_flood_of_invitations_hides_nobodys_who_comes_after(api: Api, carer: Session, mother: Session) -> None:
    for _ in range(5):
        stranger = await log_in(api, await make_person(api))
        for _ in range(api.services.settings.care_invitations_daily):
            assert (await invite(api, stranger, mother.person)).status_code == 201
    sent = (await invite(api, carer, mother.person)).json()["id"]
    assert sent in [one["id"] for one in await list_invitations(api, mother)]
    assert (await accept(api, mother, sent)).status_code == 201


async def test_a_locked_account_binds_itself_to_nobody(api: Api, carer: Session, mother: Session, gate: Gate) -> None:
    bound = await bind(api, carer, mother)
    code = (await ask_code(api, carer, bound["id"])).json()["code"]
    other = await make_resident(api, name="周文")
    sent = (await invite(api, mother, other.person, part="is-shown")).json()
    await api.post("/v1/me/lock", by=mother)
    assert slug_of(await accept(api, other, sent["id"])) == "invitation-ended"
    assert slug_of(await scan(api, gate, code)) == "code-revoked"
    assert slug_of(await api.post(f"{RELATIVES}/{bound['id']}/renew", by=await log_in(api, mother.person))) == (
        "installation-not-approved"
    )
    assert (await list_relatives(api, carer))[0]["resting"] is True


async def test_whoever_leaves_ends_what_bound_them(api: Api, carer: Session, mother: Session, gate: Gate) -> None:
    made = await bind(api, carer, mother)
    await invite(api, mother, carer.person)
    code = (await ask_code(api, carer, made["id"])).json()["code"]
    await leave(api, mother)
    assert slug_of(await scan(api, gate, code)) == "code-revoked"
    assert await list_relatives(api, carer) == []
    assert await list_invitations(api, carer) == []
    assert await count_notices(api, carer, "care.ended") == 1
    for table in ("care_relations", "care_invitations", "care_invitation_lookups"):
        left = f"SELECT count(*) FROM {table} WHERE resident_id = $1"
        assert await api.services.pool.fetchval(left, mother.person.resident_id) == 0


async def test_giving_up_the_identity_ends_it_too(api: Api, carer: Session, mother: Session) -> None:
    made = await bind(api, carer, mother)
    assert (await api.delete("/v1/me/consents/identity", by=mother)).status_code == 200
    assert slug_of(await ask_code(api, carer, made["id"])) == "binding-ended"


async def test_a_child_invites_nobody_and_accepts_nothing(api: Api, carer: Session) -> None:
    child = await make_resident(api, age=9, name="王小宝", id_number=invent_id_number(age=9))
    assert slug_of(await invite(api, child, carer.person)) == "guardian-consent-required"
    sent = (await invite(api, carer, child.person, kinship="child")).json()
    assert slug_of(await accept(api, child, sent["id"])) == "guardian-consent-required"


async def test_nobody_unproven_takes_part(api: Api, unverified: Session, newcomer: Session, mother: Session) -> None:
    for session, slug in ((unverified, "identity-not-verified"), (newcomer, "installation-not-approved")):
        assert slug_of(await invite(api, session, mother.person)) == slug
        assert slug_of(await api.get(RELATIVES, by=session)) == slug
        assert slug_of(await api.get(INVITATIONS, by=session)) == slug


async def test_who_was_invited_stands_nowhere_in_the_clear(api: Api, carer: Session, mother: Session) -> None:
    sent = (await invite(api, carer, mother.person)).json()
    for table in ("care_invitations", "care_invitation_lookups"):
        row = await api.services.pool.fetchval(
            f"SELECT row_to_json(t)::text FROM {table} AS t WHERE invitation_id = $1", UUID(sent["id"])
        )
        assert mother.person.phone[3:] not in row
        assert mother.person.name not in row


async def test_being_invited_twice_renews(api: Api, carer: Session, mother: Session) -> None:
    first = await bind(api, carer, mother)
    second = await bind(api, await refresh(api, carer), mother)
    assert second["id"] == first["id"]
    assert second["ends_at"] >= first["ends_at"]

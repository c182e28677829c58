"""One resident however they come in: logins linked and unlinked, and another phone in the place of the one before."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import httpx
import pytest

from tests.api.claimants import Town, Visitor, answer_of, invent_user
from tests.api.harness import invent_phone, request_otp


async def change_phone(town: Town, by: Visitor, grant: dict[str, str]) -> httpx.Response:
    return await town.api.post("/v1/me/phone", by=by, json=grant)


def wechat_phone(town: Town, phone: str) -> dict[str, str]:
    made = town.platforms.create_code("wechat", invent_user(), phone.removeprefix("+86"))
    assert made.phone_code is not None
    return {"grant": "wechat-phone", "app_id": made.app_id, "code": made.phone_code}


async def unlink(town: Town, by: Visitor, login_id: str) -> str:
    return answer_of(await town.api.delete(f"/v1/me/logins/{login_id}", by=by))


async def test_a_resident_comes_in_by_each_of_their_logins(town: Town) -> None:
    person, owner = await town.make_owner()
    user = invent_user()
    for grant in (town.wechat(user), town.alipay(user)):
        linked = await town.link(owner, grant)
        assert linked.status_code == 201, linked.text
        assert (linked.json()["kind"], linked.json()["current"]) == (grant["grant"], False)
    for grant in (town.wechat(user), town.alipay(user), await town.otp(person.phone)):
        visitor = await town.open(grant, person.installation_id)
        assert (visitor.resident_id, visitor.assurance) == (person.resident_id, "verified")
    assert [login["kind"] for login in await town.list_logins(visitor)] == ["phone", "wechat", "alipay"]
    assert (await town.told(person.resident_id)).count("login.linked") == 2


async def test_linking_what_is_linked_changes_nothing(town: Town) -> None:
    _, owner = await town.make_owner()
    user = invent_user()
    first, second = [(await town.link(owner, town.wechat(user))).json() for _ in range(2)]
    assert first["id"] == second["id"]
    assert len(await town.list_logins(owner)) == 2


async def test_an_account_of_another_is_never_merged_silently(town: Town) -> None:
    """Both stay as they are, and the other is told."""
    _, owner = await town.make_owner()
    user = invent_user()
    other = await town.open(town.wechat(user))
    assert answer_of(await town.link(owner, town.wechat(user))) == "login-already-linked"
    assert len(await town.list_logins(owner)) == 1
    assert (await town.open(town.wechat(user))).resident_id == other.resident_id
    assert "login.attempted" in await town.told(other.resident_id)


async def test_of_two_who_link_one_account_at_once_one_gets_it(town: Town) -> None:
    user = invent_user()
    owners = [(await town.make_owner())[1] for _ in range(3)]
    grants = [town.wechat(user) for _ in owners]
    answers = await asyncio.gather(*(town.link(*pair) for pair in zip(owners, grants, strict=True)))
    assert sorted(map(answer_of, answers)) == ["201", "login-already-linked", "login-already-linked"]


async def test_a_new_installation_of_a_verified_resident_links_nothing(town: Town) -> None:
    """Whoever has the number now, or its SIM card, would come in by an account of their own."""
    person, owner = await town.make_owner()
    newcomer = await town.open(await town.otp(person.phone))
    assert newcomer.assurance == "phone"
    phone, user = invent_phone(), invent_user()
    [login] = await town.list_logins(owner)
    answers = [
        await town.link(newcomer, town.wechat(user)),
        await town.api.get("/v1/me/logins", by=newcomer),
        await town.api.delete(f"/v1/me/logins/{login['id']}", by=newcomer),
        await change_phone(town, newcomer, await town.otp(phone)),
    ]
    assert [answer_of(one) for one in answers] == ["installation-not-approved"] * 4
    assert len(await town.list_logins(owner)) == 1


async def test_a_token_from_before_the_lock_links_nothing(town: Town) -> None:
    _, owner = await town.make_owner()
    grant, second = town.wechat(invent_user()), town.wechat(invent_user())
    await town.api.services.pool.execute(
        "UPDATE installations SET trusted_at = NULL WHERE resident_id = $1", owner.resident_id
    )
    assert answer_of(await town.link(owner, grant)) == "installation-not-approved"
    await town.api.services.pool.execute(
        "UPDATE sessions SET ended_at = now(), ended_for = 'locked' WHERE resident_id = $1", owner.resident_id
    )
    assert answer_of(await town.link(owner, second)) == "session-expired"


async def test_the_last_login_stays(town: Town) -> None:
    visitor = await town.open(town.wechat(invent_user()))
    [login] = await town.list_logins(visitor)
    assert await unlink(town, visitor, login["id"]) == "last-login"
    assert await unlink(town, visitor, str(uuid4())) == "not-found"


async def test_an_unlinked_login_opens_nothing_more_and_its_sessions_end(town: Town) -> None:
    person, owner = await town.make_owner()
    user = invent_user()
    linked = (await town.link(owner, town.wechat(user))).json()
    by_wechat = await town.open(town.wechat(user))
    assert by_wechat.resident_id == person.resident_id
    assert await unlink(town, owner, linked["id"]) == "204"
    assert answer_of(await town.api.get("/v1/me", by=by_wechat)) == "unauthenticated"
    assert (await town.api.get("/v1/me", by=owner)).status_code == 200
    assert (await town.open(town.wechat(user))).resident_id != person.resident_id
    assert (await town.told(person.resident_id))[-1] == "login.unlinked"


async def test_of_two_logins_unlinked_at_once_one_stays(town: Town) -> None:
    _, owner = await town.make_owner()
    await town.link(owner, town.wechat(invent_user()))
    logins = await town.list_logins(owner)
    answers = await asyncio.gather(*(unlink(town, owner, login["id"]) for login in logins))
    assert "204" in answers
    count = "SELECT count(*) FROM logins WHERE resident_id = $1"
    assert await town.api.services.pool.fetchval(count, owner.resident_id) == 1


async def test_a_phone_that_is_unlinked_is_warned_and_texted_no_more(town: Town) -> None:
    person, owner = await town.make_owner()
    await town.link(owner, town.wechat(invent_user()))
    phone_login = next(login for login in await town.list_logins(owner) if login["kind"] == "phone")
    assert await unlink(town, owner, phone_login["id"]) == "204"
    told = await town.told(person.resident_id)
    assert {"text login.unlinked", "login.unlinked"} <= set(told)
    sealed = await town.api.services.pool.fetchval(
        "SELECT sealed_phone FROM residents WHERE resident_id = $1", person.resident_id
    )
    assert sealed is None


@pytest.mark.parametrize("by_text", [True, False])
async def test_another_phone_takes_the_place_of_the_one_before(town: Town, *, by_text: bool) -> None:
    person, owner = await town.make_owner()
    phone = invent_phone()
    elsewhere = await town.open(await town.otp(person.phone))
    changed = await change_phone(town, owner, await town.otp(phone) if by_text else wechat_phone(town, phone))
    assert changed.status_code == 200, changed.text
    assert changed.json()["masked_phone"] == f"{phone[3:6]}****{phone[-4:]}"
    assert (await town.api.get("/v1/me", by=owner)).json()["masked_phone"].endswith(phone[-4:])
    told = await town.told(person.resident_id)
    assert "phone.changed" in told
    assert "text phone.changed" in told  # to the number of before
    refused = await town.api.post("/v1/sessions/refresh", json={"refresh_token": elsewhere.refresh_token})
    assert answer_of(refused) == "session-expired"
    assert (await town.open(await town.otp(person.phone))).resident_id != person.resident_id
    assert (await town.open(await town.otp(phone))).resident_id == person.resident_id


async def test_who_came_by_wechat_gets_a_phone(town: Town) -> None:
    visitor = await town.open(town.wechat(invent_user()))
    phone = invent_phone()
    assert (await change_phone(town, visitor, await town.otp(phone))).status_code == 200
    assert (await town.open(await town.otp(phone))).resident_id == visitor.resident_id
    assert [login["kind"] for login in await town.list_logins(visitor)] == ["wechat", "phone"]
    again = await change_phone(town, visitor, await town.otp(phone))
    assert again.status_code == 200
    assert len(await town.list_logins(visitor)) == 2


async def test_a_recycled_number_goes_to_who_reads_its_texts(town: Town) -> None:
    """From a resident who never proved who they are: they lose the login, are told, and keep the rest."""
    phone, user = invent_phone(), invent_user()
    before = await town.open(await town.otp(phone))
    assert (await town.link(before, town.wechat(user))).status_code == 201
    by_wechat = await town.open(town.wechat(user))
    _, owner = await town.make_owner()
    assert (await change_phone(town, owner, await town.otp(phone))).status_code == 200
    assert (await town.open(await town.otp(phone))).resident_id == owner.resident_id
    assert [login["kind"] for login in await town.list_logins(by_wechat)] == ["wechat"]
    assert (await town.told(before.resident_id))[-1] == "phone.taken"
    refused = await town.api.post("/v1/sessions/refresh", json={"refresh_token": before.refresh_token})
    assert answer_of(refused) == "session-expired"


async def test_a_number_is_not_taken_on_wechats_word(town: Town) -> None:
    """WeChat checked the number once; it may have been recycled since."""
    phone = invent_phone()
    before = await town.open(await town.otp(phone))
    _, owner = await town.make_owner()
    assert answer_of(await change_phone(town, owner, wechat_phone(town, phone))) == "login-already-linked"
    assert (await town.open(await town.otp(phone))).resident_id == before.resident_id


async def test_a_verified_resident_keeps_their_number(town: Town) -> None:
    person, _ = await town.make_owner()
    _, other = await town.make_owner()
    assert answer_of(await change_phone(town, other, await town.otp(person.phone))) == "login-already-linked"
    assert (await town.open(await town.otp(person.phone))).resident_id == person.resident_id
    assert "login.attempted" in await town.told(person.resident_id)


async def test_of_two_who_take_one_number_at_once_one_gets_it(town: Town) -> None:
    phone = invent_phone()
    owners = [(await town.make_owner())[1] for _ in range(2)]
    grants = [await town.otp(phone) for _ in owners]
    answers = await asyncio.gather(*(change_phone(town, *pair) for pair in zip(owners, grants, strict=True)))
    assert sorted(map(answer_of, answers)) == ["200", "login-already-linked"]
    winner = owners[[one.status_code for one in answers].index(200)]
    assert (await town.open(await town.otp(phone))).resident_id == winner.resident_id


async def test_a_wrong_password_links_nothing(town: Town) -> None:
    _, owner = await town.make_owner()
    challenge_id, otp = await request_otp(town.api, invent_phone())
    wrong = f"{(int(otp) + 1) % 10**6:06}"
    grant = {"grant": "otp", "challenge_id": str(challenge_id), "otp": wrong}
    assert answer_of(await town.link(owner, grant)) == "otp-wrong"
    assert answer_of(await change_phone(town, owner, grant)) == "otp-wrong"

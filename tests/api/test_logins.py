"""Coming in by WeChat and Alipay as by phone: one account is one resident, and codes are limited like texts."""

from __future__ import annotations

import asyncio
import dataclasses
from uuid import uuid4

import msgspec
import pytest

from api.services import now
from app.database import transaction
from app.development.mini_programs import ALIPAY_APP_ID, WECHAT_APP_ID
from app.people import accounts
from app.people.registering import find_or_register
from app.platforms.model import PlatformLogin
from app.sealing import Vault
from app.secrets import Secret, Secrets, read_secrets
from app.settings import Settings
from tests.api.claimants import Town, answer_of, invent_user
from tests.api.harness import Api, invent_phone, running_api, slug_of


@pytest.mark.parametrize(("platform", "app_id"), [("wechat", WECHAT_APP_ID), ("alipay", ALIPAY_APP_ID)])
async def test_an_account_that_nobody_has_becomes_a_resident(town: Town, platform: str, app_id: str) -> None:
    user = invent_user()
    grant = getattr(town, platform)
    first = await town.open(grant(user))
    assert first.assurance == "phone"
    me = (await town.api.get("/v1/me", by=first)).json()
    assert (me["identity_verified"], me["masked_phone"], me["masked_name"]) == (False, None, None)
    again = await town.open(grant(user))
    assert again.resident_id == first.resident_id
    assert (await town.open(grant(invent_user()))).resident_id != first.resident_id
    [login] = await town.list_logins(again)
    assert (login["kind"], login["app_id"], login["masked_phone"], login["current"]) == (platform, app_id, None, True)


async def test_first_log_ins_at_once_make_one_resident(town: Town) -> None:
    user = invent_user()
    grants = [town.wechat(user) for _ in range(5)]
    visitors = await asyncio.gather(*(town.open(grant) for grant in grants))
    assert len({visitor.resident_id for visitor in visitors}) == 1


async def test_a_phone_is_listed_as_a_login(town: Town) -> None:
    phone = invent_phone()
    visitor = await town.open(await town.otp(phone))
    [login] = await town.list_logins(visitor)
    assert login["masked_phone"] == f"{phone[3:6]}****{phone[-4:]}"
    assert (login["kind"], login["app_id"], login["current"]) == ("phone", None, True)


async def test_a_phone_without_a_login_of_its_own_gets_one(town: Town) -> None:
    """As an import leaves it, and a server of the version before."""
    phone = invent_phone()
    visitor = await town.open(await town.otp(phone))
    pool = town.api.services.pool
    await pool.execute("DELETE FROM logins WHERE resident_id = $1", visitor.resident_id)
    await pool.execute("UPDATE phone_lookups SET login_id = NULL WHERE resident_id = $1", visitor.resident_id)
    again = await town.open(await town.otp(phone))
    assert again.resident_id == visitor.resident_id
    assert [login["kind"] for login in await town.list_logins(again)] == ["phone"]


async def test_a_code_is_good_once(town: Town) -> None:
    grant = town.wechat(invent_user())
    await town.open(grant)
    again = await town.api.post("/v1/sessions", json={**grant, "installation_id": str(uuid4())})
    assert answer_of(again) == "login-code-invalid"


async def test_two_apps_of_one_operator_know_one_resident(api: Api, vault: Vault) -> None:
    """By what the operator's apps share, and then each by its own id."""
    user, union = str(uuid4()), str(uuid4())
    first = PlatformLogin("wechat", "wx1", f"one {user}", union)
    second = PlatformLogin("wechat", "wx2", f"two {user}", union)
    resident = await enter(api, vault, first)
    assert await enter(api, vault, second) == resident
    assert await enter(api, vault, PlatformLogin("wechat", "wx2", f"two {user}")) == resident
    count = await api.services.pool.fetchval("SELECT count(*) FROM logins WHERE resident_id = $1", resident)
    assert count == 1


async def test_an_operators_word_puts_no_two_residents_together(api: Api, vault: Vault) -> None:
    """What an app knows somebody by decides, whatever the operator says they share with another."""
    user, union = str(uuid4()), str(uuid4())
    first = await enter(api, vault, PlatformLogin("wechat", "wx1", f"one {user}"))
    second = await enter(api, vault, PlatformLogin("wechat", "wx2", f"two {user}", union))
    assert first != second
    assert await enter(api, vault, PlatformLogin("wechat", "wx1", f"one {user}", union)) == first
    assert await enter(api, vault, PlatformLogin("wechat", "wx2", f"two {user}", union)) == second


async def test_platforms_do_not_share_their_names(api: Api, vault: Vault) -> None:
    same = str(uuid4())
    assert await enter(api, vault, PlatformLogin("wechat", "a", same)) != await enter(
        api, vault, PlatformLogin("alipay", "a", same)
    )


async def enter(api: Api, vault: Vault, login: accounts.Account) -> object:
    """The resident whose login this is, as a log in finds or makes them."""
    async with transaction(api.services.pool) as db:
        return (await find_or_register(db, vault, login, now())).resident_id


@pytest.mark.parametrize("kind", ["otp", "wechat"])
async def test_log_ins_work_while_index_keys_rotate(town: Town, roomy: Settings, kind: str) -> None:
    """With the old key alone, with both, and with the old one retired for whoever came in meanwhile."""
    phone, user = invent_phone(), invent_user()

    async def grant() -> dict[str, str]:
        return await town.otp(phone) if kind == "otp" else town.wechat(user)

    first = await town.open(await grant())
    old = read_secrets(roomy.keys_folder)
    new = Secret(number=old.index[0].number + 1, key=uuid4().bytes * 2)
    account = await _account_of(town, kind, phone, user)
    held = []
    retired = [msgspec.structs.replace(secret, retired=True) for secret in old.index]
    for keys in ((new, *old.index), (new, *retired)):
        vault = Vault(Secrets(development=True, master=old.master, index=keys, token=old.token))
        held.append(await enter(town.api, vault, account))
    assert held == [first.resident_id] * 2
    assert (await town.open(await grant())).resident_id == first.resident_id


async def _account_of(town: Town, kind: str, phone: str, user: str) -> accounts.Account:
    if kind == "otp":
        return accounts.PhoneAccount(phone)
    made = town.platforms.create_code("wechat", user)
    return await town.api.services.platforms.exchange_wechat(made.app_id, made.code)


async def test_codes_are_limited_by_installation_and_address(roomy: Settings, town: Town) -> None:
    """Each costs a question to the platform, whether it is a code or not."""
    tight = dataclasses.replace(roomy, logins_per_installation=2, logins_per_address=4)
    body = {"grant": "wechat", "app_id": WECHAT_APP_ID, "code": "x"}
    async with running_api(tight) as api:
        address, mine = f"203.0.113.{uuid4().int % 250}", str(uuid4())
        answers = [
            await api.post("/v1/sessions", json=body | {"installation_id": mine}, address=address) for _ in range(3)
        ]
        assert [answer_of(one) for one in answers] == ["login-code-invalid"] * 2 + ["too-many-requests"]
        answers = [
            await api.post("/v1/sessions", json=body | {"installation_id": str(uuid4())}, address=address)
            for _ in range(3)
        ]
        assert [answer_of(one) for one in answers] == ["login-code-invalid"] * 2 + ["too-many-requests"]
        assert int(answers[-1].headers["retry-after"]) > 500
    assert town.api


@pytest.mark.parametrize(
    "body",
    [
        {"grant": "wechat", "app_id": WECHAT_APP_ID},
        {"grant": "wechat", "app_id": WECHAT_APP_ID, "auth_code": "x"},
        {"grant": "alipay", "app_id": ALIPAY_APP_ID, "code": "x"},
        {"grant": "otp", "app_id": WECHAT_APP_ID, "code": "x"},
        {"grant": "qq", "app_id": "x", "code": "x"},
        {"app_id": WECHAT_APP_ID, "code": "x"},
        {"grant": "wechat", "app_id": "", "code": "x"},
        {"grant": "otp", "challenge_id": str(uuid4()), "otp": "123456\n"},
    ],
)
async def test_a_grant_has_its_own_fields(api: Api, body: dict[str, str]) -> None:
    response = await api.post("/v1/sessions", json=body | {"installation_id": str(uuid4())})
    assert slug_of(response) == "invalid-request"


async def test_an_unknown_account_costs_no_more_than_a_known_one(town: Town) -> None:
    """No answer tells whether an account has a resident: both are a session."""
    known = invent_user()
    before = await town.api.post("/v1/sessions", json={**town.wechat(known), "installation_id": str(uuid4())})
    after = await town.api.post("/v1/sessions", json={**town.wechat(known), "installation_id": str(uuid4())})
    assert before.json().keys() == after.json().keys()
    assert before.status_code == after.status_code == 201

from __future__ import annotations

import asyncio
import io
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from app.development.mini_programs import WECHAT_APP_ID
from app.development.mishaps import Answer, Mishap
from app.development.wechat import FORCED_DAILY, WeChatStandIn, WeChatUser, invent_user
from app.errors import InvalidError, RefusedError
from app.platforms.errors import LoginCodeInvalidError, ProviderRefusedError, ProviderUnavailableError
from app.platforms.model import PlatformLogin
from app.platforms.wechat import WeChatApp
from tests.app.platforms.conftest import open_wechat
from tests.harness.answering import AnsweringServer, answering
from tests.harness.clock import Clock

USER = invent_user(WECHAT_APP_ID, "小明")
LOGIN, PHONE, DRAW, TOKEN = (
    "/sns/jscode2session",
    "/wxa/business/getuserphonenumber",
    "/wxa/getwxacodeunlimit",
    "/cgi-bin/stable_token",
)
INVALID, REFUSED, AWAY = LoginCodeInvalidError, ProviderRefusedError, ProviderUnavailableError

# As documented with each call; what is not in the tables of wechat_errors is refused with its number.
ERRORS: list[tuple[str, int, type[RefusedError], str]] = [
    (LOGIN, 40029, INVALID, "not valid"),
    (LOGIN, 40163, INVALID, "used"),
    (LOGIN, 40226, INVALID, "risk"),
    (LOGIN, 45011, AWAY, "a minute"),
    (LOGIN, 40013, REFUSED, "app_id"),
    (LOGIN, 40125, REFUSED, "secret"),
    (LOGIN, 40002, REFUSED, "grant"),
    (LOGIN, 41002, REFUSED, "app_id"),
    (LOGIN, 41004, REFUSED, "secret"),
    (LOGIN, 41008, REFUSED, "code"),
    (LOGIN, 50002, REFUSED, "restricts"),
    (LOGIN, 99999, REFUSED, "99999"),
    (PHONE, 40029, INVALID, "not valid"),
    (PHONE, 45011, AWAY, "a minute"),
    (PHONE, 40013, REFUSED, "app_id"),
    (PHONE, 48001, REFUSED, "permission"),
    (DRAW, 45009, AWAY, "daily"),
    (DRAW, 45011, AWAY, "a minute"),
    (DRAW, 40129, REFUSED, "scene"),
    (DRAW, 40169, REFUSED, "scene"),
    (DRAW, 41030, REFUSED, "page"),
    (DRAW, 40097, REFUSED, "parameter"),
    (DRAW, 85096, REFUSED, "page"),
    (TOKEN, 40013, REFUSED, "app_id"),
    (TOKEN, 40125, REFUSED, "secret"),
    (TOKEN, 40164, REFUSED, "address"),
    (TOKEN, 40243, REFUSED, "frozen"),
    (TOKEN, 40002, REFUSED, "grant"),
    (TOKEN, 41002, REFUSED, "app_id"),
    (TOKEN, 41004, REFUSED, "secret"),
    (TOKEN, 43002, REFUSED, "method"),
    (TOKEN, 45009, AWAY, "daily"),
    (TOKEN, 45011, AWAY, "a minute"),
    (TOKEN, 89503, REFUSED, "administrator"),
    (TOKEN, 89506, REFUSED, "administrator"),
    (TOKEN, 89507, REFUSED, "administrator"),
]
Server = AnsweringServer[WeChatStandIn]


async def ask(app: WeChatApp, path: str, stand_in: WeChatStandIn) -> object:
    """The call of the path; the token's is the first of any."""
    if path == LOGIN:
        return await app.exchange(stand_in.create_code(USER))
    if path == DRAW:
        return await app.draw_code("v=1", "pages/index/index")
    return await app.read_phone(stand_in.create_phone_code(USER))


async def test_a_code_says_who_logged_in(wechat: WeChatApp, wechat_server: Server) -> None:
    login = await wechat.exchange(wechat_server.stand_in.create_code(USER))
    assert login == PlatformLogin("wechat", WECHAT_APP_ID, USER.open_id, USER.union_id)
    assert USER.open_id not in repr(login)


@pytest.mark.parametrize(("seconds", "detail"), [(0, "used"), (301, "not valid")])
async def test_a_code_is_good_once_and_for_five_minutes(
    wechat: WeChatApp, wechat_server: Server, clock: Clock, seconds: int, detail: str
) -> None:
    code = wechat_server.stand_in.create_code(USER)
    if seconds:
        clock.turn(seconds)
    else:
        await wechat.exchange(code)
    with pytest.raises(LoginCodeInvalidError, match=detail):
        await wechat.exchange(code)


@pytest.mark.parametrize("code", ["", "x", "0" * 500, "&appid=other", "你好", "\ud800", "a b+%"])
async def test_a_code_of_nobodys_is_refused(wechat: WeChatApp, code: str) -> None:
    with pytest.raises((LoginCodeInvalidError, ProviderRefusedError)):
        await wechat.exchange(code)


async def test_one_code_is_exchanged_once_however_many_try(wechat: WeChatApp, wechat_server: Server) -> None:
    code = wechat_server.stand_in.create_code(USER)
    tried = await asyncio.gather(*(wechat.exchange(code) for _ in range(10)), return_exceptions=True)
    assert sorted(type(each).__name__ for each in tried) == ["LoginCodeInvalidError"] * 9 + ["PlatformLogin"]


@pytest.mark.parametrize(("path", "errcode", "error", "words"), ERRORS, ids=[f"{p}-{c}" for p, c, _, _ in ERRORS])
async def test_each_documented_error(
    wechat: WeChatApp, wechat_server: Server, path: str, errcode: int, error: type[RefusedError], words: str
) -> None:
    wechat_server.stand_in.fail_next(1, Mishap(str(errcode)), path)
    with pytest.raises(error, match=words) as refused:
        await ask(wechat, path, wechat_server.stand_in)
    if isinstance(refused.value, ProviderRefusedError):
        assert refused.value.code == str(errcode)
    if isinstance(refused.value, ProviderUnavailableError):
        assert refused.value.retry_after == (3600 if errcode == 45009 else 60)
    assert await ask(wechat, path, wechat_server.stand_in)


@pytest.mark.parametrize("path", [LOGIN, PHONE, DRAW, TOKEN])
async def test_a_busy_system_is_asked_once_more(wechat: WeChatApp, wechat_server: Server, path: str) -> None:
    wechat_server.stand_in.fail_next(1, Mishap("-1"), path)
    assert await ask(wechat, path, wechat_server.stand_in)


@pytest.mark.parametrize("path", [LOGIN, PHONE, DRAW, TOKEN])
async def test_a_system_that_stays_busy_is_not_asked_on(wechat: WeChatApp, wechat_server: Server, path: str) -> None:
    wechat_server.stand_in.fail_next(2, Mishap("-1"), path)
    with pytest.raises(ProviderUnavailableError, match="busy") as refused:
        await ask(wechat, path, wechat_server.stand_in)
    assert refused.value.retry_after == 5


async def test_the_phone_number_is_told_in_full(wechat: WeChatApp, wechat_server: Server) -> None:
    code = wechat_server.stand_in.create_phone_code(WeChatUser("o1", "u1", "13912345678"))
    assert await wechat.read_phone(code) == "+8613912345678"
    with pytest.raises(LoginCodeInvalidError):
        await wechat.read_phone(code)


async def test_a_code_image_is_drawn(wechat: WeChatApp) -> None:
    with Image.open(io.BytesIO(await wechat.draw_code("v=1", "pages/index/index", width=280))) as picture:
        assert picture.size == (280, 280)


@pytest.mark.parametrize("scene", ["", "x" * 33, "a b", "场所", "a%20b", 'a"b', "a\n"])
async def test_a_scene_that_wechat_would_refuse_is_not_sent(
    wechat: WeChatApp, wechat_server: Server, scene: str
) -> None:
    with pytest.raises(InvalidError) as refused:
        await wechat.draw_code(scene, "pages/index/index")
    assert refused.value.pointer == "/scene"
    assert wechat_server.requests == []


@pytest.mark.parametrize("page", ["", "/pages/index", "pages/index?a=1", "pages/索引", "../x"])
async def test_a_page_that_wechat_would_refuse_is_not_sent(wechat: WeChatApp, wechat_server: Server, page: str) -> None:
    with pytest.raises(InvalidError) as refused:
        await wechat.draw_code("v=1", page)
    assert refused.value.pointer == "/page"
    assert wechat_server.requests == []


async def test_every_character_of_a_scene_arrives(wechat: WeChatApp) -> None:
    for scene in ("!#$&'()*+,/:;=?@-._~", "0123456789ABCDEFGHIJKLMNOPQRSTUV", "z"):
        assert await wechat.draw_code(scene, "pages/index/index")


async def test_another_call_says_its_own_error(wechat: WeChatApp, wechat_server: Server) -> None:
    with pytest.raises(ProviderRefusedError) as refused:
        await wechat.call("/wxa/msg_sec_check", {"openid": "o1"})
    assert refused.value.code == "40066", "the stand-in has no such call"
    told = await wechat.call(PHONE, {"code": wechat_server.stand_in.create_phone_code(USER)})
    assert told["phone_info"]["purePhoneNumber"] == USER.phone


async def test_one_request_renews_the_token_for_all(wechat: WeChatApp, wechat_server: Server) -> None:
    codes = [wechat_server.stand_in.create_phone_code(USER) for _ in range(20)]
    assert len(set(await asyncio.gather(*(wechat.read_phone(code) for code in codes)))) == 1
    assert wechat_server.stand_in.asked.count(TOKEN) == 1


async def test_the_token_is_renewed_before_it_ends(wechat: WeChatApp, wechat_server: Server, clock: Clock) -> None:
    for seconds in (0, 6900, 200, 200):
        clock.turn(seconds)
        assert await ask(wechat, PHONE, wechat_server.stand_in)
    assert 2 <= wechat_server.stand_in.asked.count(TOKEN) <= 3


@pytest.mark.parametrize("errcode", ["40001", "42001", "40014"])
async def test_a_token_that_ends_under_way_is_replaced(wechat: WeChatApp, wechat_server: Server, errcode: str) -> None:
    await ask(wechat, PHONE, wechat_server.stand_in)
    wechat_server.stand_in.fail_next(1, Mishap(errcode), PHONE)
    assert await ask(wechat, PHONE, wechat_server.stand_in) == f"+86{USER.phone}"


async def test_tokens_taken_back_are_replaced_once_for_all(wechat: WeChatApp, wechat_server: Server) -> None:
    stand_in = wechat_server.stand_in
    await ask(wechat, PHONE, stand_in)
    stand_in.end_tokens()
    codes = [stand_in.create_phone_code(USER) for _ in range(10)]
    assert len(set(await asyncio.gather(*(wechat.read_phone(code) for code in codes)))) == 1
    assert stand_in.asked.count(TOKEN) == 2


async def test_forcing_keeps_within_its_limits(wechat: WeChatApp, wechat_server: Server, clock: Clock) -> None:
    """A token that WeChat refuses and gives out again: forcing is the only way, and no way around its limits."""
    stand_in = wechat_server.stand_in

    async def meet_refusal() -> object:
        stand_in.fail_next(1, Mishap("40001"), PHONE)
        return await ask(wechat, PHONE, stand_in)

    await ask(wechat, PHONE, stand_in)
    await meet_refusal()
    with pytest.raises(ProviderUnavailableError) as refused:
        await meet_refusal()
    assert refused.value.retry_after == 30
    for _ in range(FORCED_DAILY - 1):
        clock.turn(31)
        await meet_refusal()
    clock.turn(31)
    with pytest.raises(ProviderUnavailableError) as refused:
        await meet_refusal()
    assert refused.value.retry_after is not None
    assert refused.value.retry_after > 80000
    clock.turn(86400)
    assert await meet_refusal()


@pytest.mark.parametrize(("wrong", "words"), [({"secret": "x"}, "secret"), ({"app_id": "wx1"}, "app_id")])
async def test_what_is_set_wrong_is_said_without_the_secret(
    wechat_server: Server, clock: Clock, wrong: dict[str, str], words: str
) -> None:
    app = open_wechat(wechat_server.url, clock, **wrong)
    for path in (LOGIN, PHONE):
        with pytest.raises(ProviderRefusedError, match=words):
            await ask(app, path, wechat_server.stand_in)
    await app.close()


_NAMES = st.sampled_from(["openid", "errcode", "phone_info"])


class _Reciter:
    """Answers every call but the token's with the same."""

    def __init__(self) -> None:
        self.says = b""

    def handle(self, _method: str, path: str, *_: Any) -> Answer:
        body = b'{"access_token":"t","expires_in":7200}' if path == TOKEN else self.says
        return Answer(200, {"content-type": "application/json"}, body)


@pytest.fixture
async def reciter(clock: Clock) -> Any:
    async with answering(_Reciter()) as server:
        app = open_wechat(server.url, clock)
        yield server.stand_in, app, asyncio.get_running_loop()
        await app.close()


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    says=st.one_of(
        st.binary(max_size=200),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(),
            lambda deeper: st.lists(deeper) | st.dictionaries(_NAMES, deeper),
            max_leaves=8,
        ).map(msgspec.json.encode),
        st.sampled_from([b"[" * 5000, b'{"openid":"\\ud800"}', b'{"openid":"a\x00b"}', b"\xff\xd8", b"{}", b"null"]),
    )
)
def test_no_answer_makes_it_fall(says: bytes, reciter: Any) -> None:
    stand_in, app, loop = reciter
    stand_in.says = says

    async def meet() -> list[Any]:
        calls = (app.exchange("c"), app.read_phone("c"), app.draw_code("v", "p"), app.call("/x", {}))
        return list(await asyncio.gather(*calls, return_exceptions=True))

    for met in loop.run_until_complete(meet()):
        assert isinstance(met, PlatformLogin | RefusedError | dict | bytes | str), repr(met)

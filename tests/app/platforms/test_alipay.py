from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.development.alipay import AlipayStandIn, invent_user
from app.development.mini_programs import ALIPAY_APP_ID
from app.development.mishaps import Answer, Mishap
from app.errors import RefusedError
from app.platforms.alipay import AlipayApp
from app.platforms.errors import LoginCodeInvalidError, ProviderRefusedError, ProviderUnavailableError
from app.platforms.model import PlatformLogin
from push.alipay_signing import AlipayKeys
from tests.app.platforms.conftest import open_alipay
from tests.app.platforms.keys import alipay_keys, app_keys, both_sides
from tests.harness.answering import AnsweringServer, answering
from tests.harness.clock import Clock

USER = invent_user(ALIPAY_APP_ID, "小明")
NODE = "alipay_system_oauth_token_response"
INVALID, REFUSED, AWAY = LoginCodeInvalidError, ProviderRefusedError, ProviderUnavailableError

# The gateway's common codes, and those of alipay.system.oauth.token.
ERRORS: list[tuple[str, type[RefusedError], str]] = [
    ("40002 isv.code-invalid", INVALID, "not valid"),
    ("40002 isv.code-used", INVALID, "used"),
    ("40002 isv.code-expired", INVALID, "over"),
    ("40005 isv.app-call-limited", AWAY, "limit"),
    ("40005", AWAY, "limit"),
    ("40004 isp.unknown-error", AWAY, "busy"),
    ("40004 aop.unknow-error", AWAY, "busy"),
    ("20001 aop.invalid-auth-token", REFUSED, "authorisation"),
    ("40001 isv.missing-method", REFUSED, "misses"),
    ("40001 isv.missing-signature-key", REFUSED, "not registered"),
    ("40002 isv.invalid-parameter", REFUSED, "parameter"),
    ("40002 isv.invalid-signature", REFUSED, "signature"),
    ("40002 isv.invalid-app-id", REFUSED, "app_id"),
    ("40002 isv.invalid-timestamp", REFUSED, "clock"),
    ("40002 isv.grant-type-invalid", REFUSED, "grant"),
    ("40003 isv.app-unbind-partner", REFUSED, "partner"),
    ("40003", REFUSED, "condition"),
    ("40004 isv.unknown-user", REFUSED, "user"),
    ("40004 SOMETHING_OF_ITS_OWN", REFUSED, "could not"),
    ("40006 isv.insufficient-isv-permissions", REFUSED, "permission"),
    ("40006 isv.insufficient-user-permissions", REFUSED, "granted"),
    ("49999 isv.of-next-year", REFUSED, "isv.of-next-year"),
]
Server = AnsweringServer[AlipayStandIn]


async def test_a_code_says_who_logged_in_once(alipay: AlipayApp, alipay_server: Server) -> None:
    code = alipay_server.stand_in.create_code(USER)
    assert await alipay.exchange(code) == PlatformLogin("alipay", ALIPAY_APP_ID, USER.open_id, USER.union_id)
    with pytest.raises(LoginCodeInvalidError):
        await alipay.exchange(code)


async def test_a_code_is_good_for_five_minutes(alipay: AlipayApp, alipay_server: Server, clock: Clock) -> None:
    code = alipay_server.stand_in.create_code(USER)
    clock.turn(301)
    with pytest.raises(LoginCodeInvalidError):
        await alipay.exchange(code)


@pytest.mark.parametrize("code", ["", "x", "0" * 600, "&app_id=other", "你好", "\ud800", "a b"])
async def test_a_code_of_nobodys_is_refused(alipay: AlipayApp, code: str) -> None:
    with pytest.raises(LoginCodeInvalidError):
        await alipay.exchange(code)


@pytest.mark.parametrize(("code", "error", "words"), ERRORS, ids=[code for code, _, _ in ERRORS])
async def test_each_documented_error(
    alipay: AlipayApp, alipay_server: Server, code: str, error: type[RefusedError], words: str
) -> None:
    alipay_server.stand_in.fail_next(1, Mishap(code))
    with pytest.raises(error, match=words) as refused:
        await alipay.exchange(alipay_server.stand_in.create_code(USER))
    if isinstance(refused.value, ProviderRefusedError):
        assert refused.value.code == code.rpartition(" ")[2]
    assert await alipay.exchange(alipay_server.stand_in.create_code(USER))


async def test_a_service_away_is_asked_once_more(alipay: AlipayApp, alipay_server: Server) -> None:
    alipay_server.stand_in.fail_next(1, Mishap("20000 isp.unknow-error"))
    assert await alipay.exchange(alipay_server.stand_in.create_code(USER))
    alipay_server.stand_in.fail_next(2, Mishap("20000 aop.unknow-error"))
    with pytest.raises(ProviderUnavailableError, match="busy"):
        await alipay.exchange(alipay_server.stand_in.create_code(USER))


async def test_another_call_is_signed_with_its_content(alipay: AlipayApp) -> None:
    with pytest.raises(ProviderRefusedError) as refused:
        await alipay.call("alipay.security.risk.content.analyze", {"content": {"text": "上海/&=+"}})
    assert refused.value.code == "isv.invalid-method", "signed as it should be, and unknown to the stand-in"


@pytest.mark.parametrize(
    ("wrong", "words"), [({"app_id": "2021000000000099"}, "app_id"), ({"keys": alipay_keys}, "signature")]
)
async def test_what_is_set_wrong_is_said(
    alipay_server: Server, clock: Clock, wrong: dict[str, Any], words: str
) -> None:
    made = {name: value() if callable(value) else value for name, value in wrong.items()}
    app = open_alipay(alipay_server.url, clock, **made)
    with pytest.raises((ProviderRefusedError, ProviderUnavailableError), match=words):
        await app.exchange("code")
    await app.close()


async def test_another_public_key_believes_nothing(alipay_server: Server, clock: Clock) -> None:
    keys = AlipayKeys(both_sides().app_private_key, both_sides().app_public_key)
    app = open_alipay(alipay_server.url, clock, keys=keys)
    with pytest.raises(ProviderUnavailableError, match="signature"):
        await app.exchange(alipay_server.stand_in.create_code(USER))
    await app.close()


@pytest.mark.parametrize("seconds", [-901, 901])
async def test_a_clock_that_is_off_is_said(alipay_server: Server, clock: Clock, seconds: int) -> None:
    slow = Clock()
    slow.now = clock.now
    slow.turn(seconds)
    app = open_alipay(alipay_server.url, slow)
    with pytest.raises(ProviderRefusedError, match="clock"):
        await app.exchange(alipay_server.stand_in.create_code(USER))
    await app.close()


class _Reciter:
    """Answers whatever is asked with the same."""

    def __init__(self) -> None:
        self.says = b""

    def handle(self, *_: object) -> Answer:
        return Answer(200, {"content-type": "application/json"}, self.says)


@pytest.fixture
async def reciter(clock: Clock) -> Any:
    async with answering(_Reciter(), "/gateway.do") as server:
        app = open_alipay(server.url, clock)
        yield server.stand_in, app, asyncio.get_running_loop()
        await app.close()


def write(node: str, *, name: str = NODE, signed: str | None = None, more: str = "") -> bytes:
    """An answer with the node as it stands, and a signature over this or another text."""
    signature = alipay_keys().sign((node if signed is None else signed).encode())
    return f'{{"{name}":{node},"sign":"{signature}"{more}}}'.encode()


GOOD = '{"open_id":"o1"}'


@pytest.mark.parametrize(
    ("says", "open_id"),
    [
        (write(GOOD), "o1"),
        (write('{"user_id":"2088"}'), "2088"),
        (write('{"open_id":"o1","user_id":"2088"}'), "o1"),
        (write('{ "open_id" : "o1" , "x":"\\/\\u4e0a}{,\\"sign\\":" }'), "o1"),
        (write(GOOD, more=',"alipay_cert_sn":"a5"'), "o1"),
        (write(GOOD).replace(b'{"alipay', b' {\n "alipay').replace(b',"sign":', b' ,\t"sign" : '), "o1"),
        (write('{"code":"10000","open_id":"o1"}'), "o1"),
    ],
)
async def test_answers_that_alipay_may_give(reciter: Any, says: bytes, open_id: str) -> None:
    stand_in, app, _ = reciter
    stand_in.says = says
    assert (await app.exchange("code")).open_id == open_id


@pytest.mark.parametrize(
    "says",
    [
        write(GOOD, signed='{"open_id":"o2"}'),
        f'{{"{NODE}":{GOOD}}}'.encode(),
        f'{{"{NODE}":{GOOD},"sign":""}}'.encode(),
        f'{{"{NODE}":{GOOD},"sign":7}}'.encode(),
        f'{{"{NODE}":{GOOD},"sign":null}}'.encode(),
        f'{{"{NODE}":{GOOD},"sign":"你好"}}'.encode(),
        write(GOOD).replace(b'"sign"', b'"sign":"x","sign"'),
        write(GOOD).replace(f'"{NODE}"'.encode(), f'"{NODE}":{{"open_id":"o2"}},"{NODE}"'.encode()),
        write(GOOD, name="another_response"),
        write(GOOD, name="error_response"),
        write("{}"),
        write("[]"),
        write('"sealed"'),
        write("null"),
        write('{"open_id":""}'),
        write('{"open_id":7}'),
        write('{"open_id":"a b"}'),
        write(GOOD) + b"x",
        write(GOOD)[:-1],
        b"",
        b"[]",
        b"{}",
        b"{",
        b'{"sign"',
        b"{1:2}",
        b"\xff",
        b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
    ids=lambda says: says.partition(b'"sign"')[0][:60].decode("latin-1"),  # a signature is another in each process
)
async def test_answers_that_are_not_believed(reciter: Any, says: bytes) -> None:
    stand_in, app, _ = reciter
    stand_in.says = says
    with pytest.raises(ProviderUnavailableError):
        await app.exchange("code")


async def test_an_error_is_believed_without_a_signature_and_refused_with_a_wrong_one(reciter: Any) -> None:
    """As to an app_id that Alipay does not know, it has no key to sign for."""
    stand_in, app, _ = reciter
    error = '{"code":"40002","sub_code":"isv.code-invalid"}'
    for name in (NODE, "error_response"):
        stand_in.says = f'{{"{name}":{error}}}'.encode()
        with pytest.raises(LoginCodeInvalidError):
            await app.exchange("code")
        stand_in.says = write(error, name=name, signed="other")
        with pytest.raises(ProviderUnavailableError, match="signature"):
            await app.exchange("code")


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    says=st.one_of(
        st.binary(max_size=100),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
            lambda deeper: (
                st.lists(deeper)
                | st.dictionaries(st.sampled_from([NODE, "error_response", "sign", "code", "sub_code"]), deeper)
            ),
            max_leaves=10,
        ).map(lambda value: json.dumps(value).encode("utf-8", "surrogatepass")),
    )
)
def test_no_answer_makes_it_fall(says: bytes, reciter: Any) -> None:
    stand_in, app, loop = reciter
    stand_in.says = says
    with pytest.raises(RefusedError):
        loop.run_until_complete(app.exchange("code"))


def test_keys_print_nothing() -> None:
    assert "KEY" not in f"{both_sides()!r}{app_keys()!r}"

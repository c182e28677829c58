from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.development.platform_pushes import BodyFormat, WeChatPusher, write_body
from app.platforms.alipay_callbacks import read_form, read_time
from app.platforms.bodies import BodyError, read_fields
from app.platforms.errors import CallbackSignatureInvalidError
from app.platforms.wechat_callbacks import SignedQuery, WeChatCallbackKeys, open_push, write_signature

APP_ID = "wx0000000000000031"
AES_KEY = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"
KEYS = WeChatCallbackKeys("token", AES_KEY)
PUSHER = WeChatPusher(APP_ID, "token", AES_KEY)
AT = datetime(2026, 11, 21, tzinfo=UTC)
formats = st.sampled_from(["json", "xml"])


def sign(sealed: str) -> SignedQuery:
    return SignedQuery("1714036504", "1", msg_signature=write_signature("token", "1714036504", "1", sealed))


@given(content=st.binary(max_size=200), body_format=formats)
def test_what_is_sealed_is_opened_by_its_own_app_alone(content: bytes, body_format: BodyFormat) -> None:
    sealed = PUSHER.seal(content)
    body = write_body({"Encrypt": sealed}, body_format)
    assert open_push(KEYS, APP_ID, sign(sealed), body) == content
    for keys, app_id in ((KEYS, "wx0000000000000032"), (WeChatCallbackKeys("token", "x" * 43), APP_ID)):
        with pytest.raises(CallbackSignatureInvalidError):
            open_push(keys, app_id, sign(sealed), body)


@given(sealed=st.binary(max_size=100).map(lambda raw: base64.b64encode(raw).decode()) | st.text(max_size=80))
def test_no_sealed_text_makes_it_fall(sealed: str) -> None:
    """Signed by whoever has the token, and nonsense all the same."""
    with pytest.raises(CallbackSignatureInvalidError):
        open_push(KEYS, APP_ID, sign(sealed), json.dumps({"Encrypt": sealed}).encode())


@given(data=st.data())
def test_a_changed_byte_is_refused(data: st.DataObject) -> None:
    raw = bytearray(base64.b64decode(PUSHER.seal(b'{"Event":"x"}')))
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= data.draw(st.integers(1, 255))
    sealed, body = base64.b64encode(raw).decode(), b""
    body = write_body({"Encrypt": sealed}, "json")
    try:
        opened = open_push(KEYS, APP_ID, sign(sealed), body)
    except CallbackSignatureInvalidError:
        return
    assert len(opened) <= len(raw), "the first block is chance, and its changes are not seen without the signature"


@given(
    timestamp=st.text(max_size=12),
    nonce=st.text(max_size=12),
    signature=st.text(max_size=50),
    body=st.binary(max_size=80),
)
def test_no_query_passes_unsigned(timestamp: str, nonce: str, signature: str, body: bytes) -> None:
    query = SignedQuery(timestamp, nonce, signature, signature)
    for keys in (KEYS, WeChatCallbackKeys("token")):
        with pytest.raises(CallbackSignatureInvalidError):
            open_push(keys, APP_ID, query, body)


def test_a_plain_callback_takes_the_body_as_it_is() -> None:
    query, body = WeChatPusher(APP_ID, "token", None).push({"Event": "x"}, AT)
    plain = WeChatCallbackKeys("token")
    assert open_push(plain, APP_ID, SignedQuery(query["timestamp"], query["nonce"], query["signature"]), body) == body
    with pytest.raises(CallbackSignatureInvalidError, match="sealed"):
        open_push(KEYS, APP_ID, SignedQuery(query["timestamp"], query["nonce"], query["signature"]), b"not json")


def test_keys_print_nothing() -> None:
    assert AES_KEY not in repr(KEYS)


@given(
    fields=st.dictionaries(
        st.from_regex(r"[A-Z][A-Za-z]{0,10}", fullmatch=True),
        st.from_regex(r"[a-z0-9<&你'\"]{0,20}", fullmatch=True) | st.integers(0, 10**12),
        max_size=8,
    ),
    body_format=formats,
)
def test_fields_are_read_as_they_were_written(fields: dict[str, str | int], body_format: BodyFormat) -> None:
    assert read_fields(write_body(fields, body_format)) == {name: str(value) for name, value in fields.items()}


def test_what_lies_deeper_is_not_taken_for_a_field() -> None:
    deeper = {"Event": "x", "List": {"Event": "y", "OpenID": "z"}}
    assert read_fields(write_body(deeper, "json")) == {"Event": "x"}
    assert read_fields(write_body(deeper, "xml")) == {"Event": "x", "List": ""}
    assert read_fields(b"<xml><Event>x</Event><Event>y</Event></xml>") == {"Event": "x"}


_BOMB = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "ha"}">' for n in range(9))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"[]",
        b"7",
        b"{",
        b"<",
        b"<xml>",
        b"<xml><a></b></xml>",
        b"\xff\xfe<\x00",
        b"[" * 100_000,
        b"<a>" * 100_000,
        b'<!DOCTYPE xml SYSTEM "http://127.0.0.1:1/x"><xml/>',
        b'<!DOCTYPE xml [<!ENTITY e SYSTEM "file:///etc/passwd">]><xml><Event>&e;</Event></xml>',
        f"<!DOCTYPE xml [{_BOMB}]><xml><Event>&e8;</Event></xml>".encode(),
        b"<xml><Event>&unknown;</Event></xml>",
        "<?xml version='1.0' encoding='utf-16'?><!DOCTYPE x []><xml/>".encode("utf-16"),
    ],
    ids=lambda body: body[:40].decode("latin-1"),
)
def test_what_is_no_body_is_refused(body: bytes) -> None:
    with pytest.raises(BodyError):
        read_fields(body)


@given(body=st.binary() | st.binary().map(lambda rest: b"<xml>" + rest) | st.text().map(str.encode))
def test_no_body_makes_reading_fall(body: bytes) -> None:
    for read in (read_fields, read_form):
        _read_or_refuse(read, body)


def _read_or_refuse(read: Callable[[bytes], object], body: bytes) -> None:
    try:
        assert read(body) is not None
    except BodyError:
        return


@given(milliseconds=st.text() | st.integers(-(10**20), 10**20).map(str))
def test_no_time_makes_reading_fall(milliseconds: str) -> None:
    try:
        assert read_time({"utc_timestamp": milliseconds}).tzinfo is UTC
    except BodyError:
        return

from __future__ import annotations

import json

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from push.alipay_signing import (
    AlipayKeys,
    NotSignedError,
    SigningKeyError,
    split_members,
    write_notification,
    write_request,
)
from tests.app.platforms.keys import alipay_keys, app_keys, both_sides, to_bare, to_pkcs1

parameters = st.dictionaries(st.text(min_size=1), st.text(st.characters(exclude_categories=["Cs"])))


@settings(max_examples=50)
@given(content=st.binary(), other=st.binary())
def test_what_one_side_signs_the_other_verifies(content: bytes, other: bytes) -> None:
    signature = app_keys().sign(content)
    alipay_keys().verify(content, signature)
    for wrong in (other, content + b"\0"):
        if wrong != content:
            with pytest.raises(NotSignedError):
                alipay_keys().verify(wrong, signature)
    with pytest.raises(NotSignedError):
        app_keys().verify(content, signature)


@given(signature=st.text() | st.binary(max_size=300).map(lambda raw: raw.decode("latin-1")))
def test_no_text_passes_for_a_signature(signature: str) -> None:
    with pytest.raises(NotSignedError):
        app_keys().verify(b"content", signature)


@given(parameters=parameters)
def test_the_signature_itself_is_never_signed(parameters: dict[str, str]) -> None:
    bare = {name: value for name, value in parameters.items() if name not in {"sign", "sign_type"}}
    assert write_notification({**bare, "sign": "s", "sign_type": "RSA2"}) == write_notification(bare)
    assert write_request({**bare, "sign": "s", "nothing": ""}) == write_request(bare)


def test_a_request_drops_what_is_empty_and_a_notification_keeps_it() -> None:
    form = {"b": "2", "a": "", "sign_type": "RSA2", "sign": "s"}
    assert write_request(form) == b"b=2&sign_type=RSA2"
    assert write_notification(form) == b"a=&b=2"


values = st.recursive(st.none() | st.text() | st.integers(), st.lists, max_leaves=5)


@settings(max_examples=50)
@given(members=st.dictionaries(st.text(), values, max_size=5))
def test_members_are_cut_out_as_they_stand(members: dict[str, object]) -> None:
    for text in (json.dumps(members), json.dumps(members, ensure_ascii=False, indent=1)):
        found = split_members(text)
        assert {name: value for name, (_, value) in found.items()} == members
        assert all(raw in text and json.loads(raw) == value for raw, value in found.values())


@given(text=st.text())
def test_no_text_makes_cutting_fall(text: str) -> None:
    try:
        found = split_members(text)
    except ValueError:
        return
    assert found == {name: (found[name][0], value) for name, value in json.loads(text).items()}


@pytest.mark.parametrize(
    "text", ["", "{", '{"a"', '{"a":', '{"a":1', '{"a":1,', '{"a":1,}', '{"a":1}}', '{"a":1,"a":2}', "[]"]
)
def test_what_is_no_object_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  its subclasses say where
        split_members(text)


def test_keys_come_as_pem_or_bare() -> None:
    sides = both_sides()
    pkcs1 = to_pkcs1(sides.app_private_key)
    for private_key in (sides.app_private_key, pkcs1, to_bare(sides.app_private_key), to_bare(pkcs1)):
        for public_key in (sides.alipay_public_key, f"\n{to_bare(sides.alipay_public_key)}\n"):
            keys = AlipayKeys(private_key, public_key)
            assert keys.sign(b"content") == app_keys().sign(b"content")


def test_what_is_no_key_is_said_without_the_key() -> None:
    sides = both_sides()
    short = _write(rsa.generate_private_key(65537, 1024))  # noqa: S505  to be refused
    curve = _write(ec.generate_private_key(ec.SECP256R1()))
    wrong = {
        "private_key is no RSA key": ("nonsense", sides.alipay_public_key),
        "alipay_public_key is no RSA key": (sides.app_private_key, ""),
        "private_key is a public key": (sides.app_public_key, sides.alipay_public_key),
        "alipay_public_key is a private key": (sides.app_private_key, sides.alipay_private_key),
        "private_key is shorter than 2048 bits": (short, sides.alipay_public_key),
    }
    for words, (private_key, public_key) in wrong.items():
        with pytest.raises(SigningKeyError, match=words):
            AlipayKeys(private_key, public_key)
    with pytest.raises(SigningKeyError, match="private_key is no RSA key"):
        AlipayKeys(curve, sides.alipay_public_key)


def _write(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()

"""What a licence's copy bears: signed, read back, never a licence in hand, and refused however it is bent."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import cbor2
import msgspec
import pytest
import zxingcpp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from codes import (
    CodeRefusedError,
    CopyClaims,
    CopyRefusedError,
    KeyRing,
    KeyUse,
    Kind,
    TrustList,
    base45,
    create_key_ring,
    long_qr_matrix,
    mint_licence,
    read_copy,
    sign_copy,
    verify_any,
    verify_licence,
)
from codes.keys import jwk_of
from codes.licence_copy import LONGEST_COPY_SECONDS
from tests.codes.oracles import ask_node, ask_python
from tests.vectors.crafting import NOW

_QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
"""No other kind: a reader of all finds numbers in noise now and then."""

CLAIMS = CopyClaims(
    copy_id=UUID(int=7),
    licence_type="driving-licence",
    digest=bytes(range(32)),
    requester="上海随行汽车租赁有限公司",
    purpose="办理短期自驾租车手续",
    issued_at=NOW,
    expires_at=NOW + timedelta(days=7),
)


def sign(ring: KeyRing, **changes: Any) -> str:
    epoch = ring.current(changes.pop("use", KeyUse.LICENCE), NOW)
    return sign_copy(epoch, changes.pop("issuer", "31"), msgspec.structs.replace(CLAIMS, **changes))


def refusal(text: str, ring: KeyRing) -> str:
    with pytest.raises(CopyRefusedError) as refused:
        read_copy(text, ring)
    return refused.value.slug


def bend(text: str, change: Callable[[list[Any]], None]) -> str:
    """The same message with its parts changed."""
    message = cbor2.loads(base64.b32decode(text + "=" * (-len(text) % 8)))
    parts = list(message.value)
    change(parts)
    return base64.b32encode(cbor2.dumps(cbor2.CBORTag(18, parts))).rstrip(b"=").decode()


def test_it_comes_back_as_it_was_signed(ring: KeyRing) -> None:
    text = sign(ring)
    assert read_copy(text, ring) == CLAIMS
    assert read_copy(f"https://suixing.example/copy#{text.lower()}\n", ring) == CLAIMS
    assert "随行" not in repr(CLAIMS)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(requester=st.text(min_size=1, max_size=100), purpose=st.text(min_size=1, max_size=200))
def test_whatever_words_it_has(ring: KeyRing, requester: str, purpose: str) -> None:
    claims = read_copy(sign(ring, requester=requester, purpose=purpose), ring)
    assert (claims.requester, claims.purpose) == (requester, purpose)


@pytest.mark.parametrize(("ask", "script"), [(ask_python, "ask_cwt.py"), (ask_node, "ask_auth0.mjs")])
def test_others_verify_it_and_refuse_what_was_altered(ask: Any, script: str, ring: KeyRing) -> None:
    text, epoch = sign(ring), ring.current(KeyUse.LICENCE, NOW)
    encoded = base64.b32decode(text + "=" * (-len(text) % 8))
    altered = encoded[:-1] + bytes([encoded[-1] ^ 1])
    jwk = dict(jwk_of(epoch.public_key))
    good, bad = ask(script, [{"cose": one.hex(), "jwk": jwk, "kid": epoch.kid.hex()} for one in (encoded, altered)])
    told = dict(good)
    assert (told[-70013], told[-70014]) == (CLAIMS.requester, CLAIMS.purpose)
    assert told[-70012] == {"hex": CLAIMS.digest.hex()}
    assert "refused" in bad


def test_its_type_stands_in_the_protected_header(ring: KeyRing) -> None:
    text = sign(ring)
    message = cbor2.loads(base64.b32decode(text + "=" * (-len(text) % 8)))
    assert cbor2.loads(message.value[0])[16] == "application/suixing-licence-copy+cwt"


def test_it_never_passes_for_a_licence_in_hand_nor_the_other_way(ring: KeyRing, own_trust: TrustList) -> None:
    text = sign(ring)
    raw = base64.b32decode(text + "=" * (-len(text) % 8))
    posing = f"SX4:{base45.encode(raw)}"
    for verifying in (verify_licence, verify_any):
        with pytest.raises(CodeRefusedError):
            verifying(posing, own_trust, NOW)
    shown = mint_licence(
        ring.current(KeyUse.LICENCE, NOW), issuer="31", subject_no=1, licence_no=2, kind=Kind.PERSONAL, now=NOW
    )
    other = base64.b32encode(base45.decode(shown.text.removeprefix("SX4:"))).rstrip(b"=").decode()
    assert {refusal(shown.text, ring), refusal(other, ring)} == {"copy-malformed"}


def test_whatever_is_changed_is_refused(ring: KeyRing) -> None:
    text = sign(ring)

    def reclaim(**claims: Any) -> Callable[[list[Any]], None]:
        def change(parts: list[Any]) -> None:
            said = cbor2.loads(parts[2]) | {int(name[1:].replace("m", "-")): one for name, one in claims.items()}
            parts[2] = cbor2.dumps(said, canonical=True)

        return change

    def unsign(parts: list[Any]) -> None:
        parts[3] = bytes(64)

    for change in (reclaim(cm70014="另一用途"), reclaim(cm70013="另一单位"), reclaim(c4=2**31), unsign):
        assert refusal(bend(text, change), ring) == "copy-signature-invalid"
    assert refusal(bend(text, reclaim(c1="32")), ring) == "copy-issuer-unknown"
    for change in (reclaim(c7=b"short"), reclaim(c7=1), reclaim(cm70012="text"), reclaim(c4="soon")):
        assert refusal(bend(text, change), ring) == "copy-malformed"


def test_another_type_or_algorithm_is_no_copy(ring: KeyRing) -> None:
    def head(**header: Any) -> Callable[[list[Any]], None]:
        def change(parts: list[Any]) -> None:
            said = cbor2.loads(parts[0]) | {int(name[1:]): one for name, one in header.items()}
            parts[0] = cbor2.dumps(said, canonical=True)

        return change

    for change in (head(h16="application/cwt"), head(h1=-8), head(h1=5)):
        assert refusal(bend(sign(ring), change), ring) == "copy-malformed"
    assert refusal(bend(sign(ring), head(h4=b"none")), ring) == "copy-issuer-unknown"


def test_a_key_of_another_deployment_or_withdrawn_vouches_for_nothing(ring: KeyRing, tmp_path: Path) -> None:
    other = create_key_ring(tmp_path / "other", "31", NOW, development=False)
    assert refusal(sign(other), ring) == "copy-issuer-unknown"
    text = sign(ring)
    ring.refuse([ring.current(KeyUse.LICENCE, NOW).kid])
    assert refusal(text, ring) == "copy-issuer-unknown"


@pytest.mark.parametrize(
    "wrong",
    [
        {"expires_at": NOW},
        {"expires_at": NOW + timedelta(seconds=LONGEST_COPY_SECONDS + 1)},
        {"digest": b"short"},
        {"issuer": "x1"},
        {"use": KeyUse.PAPER},
    ],
)
def test_what_no_check_would_take_is_not_made(ring: KeyRing, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="not a copy"):
        sign(ring, **wrong)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.text(max_size=200), st.binary(max_size=200).map(lambda one: base64.b32encode(one).decode())))
def test_anything_else_is_refused(ring: KeyRing, text: str) -> None:
    assert refusal(text, ring).startswith("copy-")


@pytest.mark.parametrize("words", [("甲", "乙"), ("单" * 100, "用" * 200)])
def test_a_reader_reads_the_longest(ring: KeyRing, words: tuple[str, str]) -> None:
    text = sign(ring, requester=words[0], purpose=words[1])
    address = "https://suixing.example.gov.cn/copy#"
    rows = long_qr_matrix(address, text)
    side = len(rows)
    assert side <= 141, "printed at 66 mm, a module is no smaller than 0.46 mm"
    picture = Image.new("L", (side + 8, side + 8), 255)
    dark = ((x + 4, y + 4) for y, row in enumerate(rows) for x, module in enumerate(row) if module)
    for place in dark:
        picture.putpixel(place, 0)
    [found] = zxingcpp.read_barcodes(picture.resize((4 * (side + 8),) * 2), formats=_QR)
    assert found.text == address + text

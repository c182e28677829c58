"""Licences shown in hand: minted, read back, opened by their issuer alone, and read by other people's libraries."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
import zxingcpp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from codes import (
    FORMS,
    CodeRefusedError,
    KeyRing,
    KeyRingError,
    KeyUse,
    Kind,
    TrustList,
    VerifiedCode,
    base45,
    create_key_ring,
    mint,
    mint_licence,
    qr_matrix,
    read_trust_list,
    sign_trust_list,
    takes_form,
    to_png,
    verify,
    verify_any,
    verify_licence,
)
from codes.keys import jwk_of
from codes.licence_layout import LICENCE
from codes.model import KIND_NUMBERS
from codes.reading import read_prefix
from tests.codes.oracles import ask_node, ask_python
from tests.vectors.cases import alter
from tests.vectors.crafting import NOW

_QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
"""No other kind: a reader of all finds numbers in noise now and then."""

NUMBERS = st.integers(0, 2**64 - 1)
MINUTE = timedelta(minutes=1)
_ALTERED_AT = (9, 18, 25, 40, 55, 64, 75, 95, 150)


@pytest.fixture(scope="module")
def ring(tmp_path_factory: pytest.TempPathFactory) -> KeyRing:
    return create_key_ring(tmp_path_factory.mktemp("ring") / "keys", "31", NOW, development=False)


@pytest.fixture(scope="module")
def trust(ring: KeyRing) -> TrustList:
    return read_trust_list(sign_trust_list(ring, sequence=1, now=NOW, lifetime=timedelta(days=1)), now=NOW)


def show(ring: KeyRing, **changes: Any) -> str:
    given = {"issuer": "31", "subject_no": 7, "licence_no": 8, "kind": Kind.PERSONAL, "now": NOW, **changes}
    return mint_licence(ring.current(KeyUse.LICENCE, NOW), **given).text


def refusal(text: str, trust: TrustList) -> str:
    with pytest.raises(CodeRefusedError) as refused:
        verify_any(text, trust, NOW)
    return refused.value.slug


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(subject_no=NUMBERS, licence_no=NUMBERS, kind=st.sampled_from(Kind), lifetime=st.integers(1, 300))
def test_it_comes_back_as_it_was_minted(
    ring: KeyRing, trust: TrustList, subject_no: int, licence_no: int, kind: Kind, lifetime: int
) -> None:
    text = show(ring, subject_no=subject_no, licence_no=licence_no, kind=kind, lifetime=lifetime)
    code = verify_any(text, trust, NOW)
    assert code == verify_licence(text, trust, NOW)
    assert ring.open_licence(code) == (subject_no, licence_no)
    assert (ring.open_handle(code), code.kind, code.use, code.status) == (subject_no, kind, KeyUse.LICENCE, None)
    assert code.expires_at - code.issued_at == timedelta(seconds=lifetime)


def test_two_showings_share_nothing_of_their_holder(ring: KeyRing, trust: TrustList) -> None:
    """Nor do the two handles of one, be it for one and the same number."""
    codes = [verify_any(show(ring, subject_no=5, licence_no=5), trust, NOW) for _ in range(50)]
    handles = {code.handle for code in codes} | {code.licence_handle for code in codes}
    assert len(handles) == 100
    assert len({code.cti[16:] for code in codes}) == 50


def test_minutes_end_and_say_when_to_ask_again(ring: KeyRing, trust: TrustList) -> None:
    minted = mint_licence(
        ring.current(KeyUse.LICENCE, NOW), issuer="31", subject_no=1, licence_no=2, kind=Kind.CARE, now=NOW
    )
    assert (minted.expires_at - NOW, minted.refresh_after - NOW) == (MINUTE, MINUTE * 3 / 4)
    assert verify_any(minted.text, trust, NOW + timedelta(seconds=59))
    with pytest.raises(CodeRefusedError) as refused:
        verify_any(minted.text, trust, NOW + MINUTE)
    assert refused.value.slug == "code-expired"
    assert refused.value.verified is not None
    assert ring.open_licence(refused.value.verified) == (1, 2), "its issuer still knows whose it was"


def test_it_fits_the_qr_version_that_the_documents_state(ring: KeyRing) -> None:
    text = show(ring)
    assert (LICENCE.size, len(text), (len(qr_matrix(text)) - 17) // 4) == (153, 234, 9)
    with Image.open(io.BytesIO(to_png(text, scale=2))) as picture:
        assert [found.text for found in zxingcpp.read_barcodes(picture, formats=_QR)] == [text]


@pytest.mark.parametrize(
    "wrong",
    [
        {"issuer": "3"},
        {"issuer": "３１"},
        {"lifetime": 0},
        {"lifetime": 301},
        {"now": NOW.replace(tzinfo=None)},
    ],
    ids=str,
)
def test_what_no_verifier_would_accept_is_not_made(ring: KeyRing, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        show(ring, **wrong)


@pytest.mark.parametrize("use", sorted(set(KeyUse) - {KeyUse.LICENCE}))
def test_a_key_of_another_use_makes_none(ring: KeyRing, use: KeyUse) -> None:
    with pytest.raises(ValueError, match="use"):
        mint_licence(ring.current(use, NOW), issuer="31", subject_no=1, licence_no=1, kind=Kind.PERSONAL, now=NOW)


def test_a_licence_is_no_code_and_a_code_no_licence(ring: KeyRing, trust: TrustList) -> None:
    code = mint(ring.current(KeyUse.CODE, NOW), issuer="31", subject_no=1, kind=Kind.PERSONAL, now=NOW).text
    for read, text in ((verify, show(ring)), (verify_licence, code)):
        with pytest.raises(CodeRefusedError) as refused:
            read(text, trust, NOW)
        assert refused.value.slug == "code-malformed"
    assert refusal(code.replace("SX1:", "SX4:", 1), trust) == "code-malformed"
    assert refusal(show(ring).replace("SX4:", "SX1:", 1), trust) == "code-malformed"
    with pytest.raises(ValueError, match="licence"):
        ring.open_licence(verify(code, trust, NOW))


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("fields", [[], ["kind"], ["masked_name"]])
def test_no_purpose_takes_one_as_a_code(fields: list[str], *, strict: bool) -> None:
    assert not takes_form(KeyUse.LICENCE, fields=fields, strict=strict)
    assert FORMS[KeyUse.LICENCE] == "licence"


def test_only_its_province_opens_it(ring: KeyRing, trust: TrustList, tmp_path: Any) -> None:
    code = verify_any(show(ring), trust, NOW)
    other = create_key_ring(tmp_path / "keys", "32", NOW, development=False)
    with pytest.raises(KeyRingError) as foreign:
        other.open_licence(code)
    again = create_key_ring(tmp_path / "again", "31", NOW, development=False)
    with pytest.raises(KeyRingError) as ended:
        again.open_licence(code)
    assert (foreign.value.slug, ended.value.slug) == ("key-ring-foreign", "key-ring-ended")


def _questions(ring: KeyRing, messages: list[bytes]) -> list[dict[str, Any]]:
    epoch = ring.current(KeyUse.LICENCE, NOW)
    return [{"cose": raw.hex(), "jwk": jwk_of(epoch.public_key), "kid": epoch.kid.hex()} for raw in messages]


def _told(code: VerifiedCode) -> list[Any]:
    assert code.licence_handle is not None
    return [
        [1, code.issuer],
        [4, int(code.expires_at.timestamp())],
        [6, int(code.issued_at.timestamp())],
        [7, {"hex": code.cti.hex()}],
        [-70001, KIND_NUMBERS[code.kind]],
        [-70003, {"hex": code.licence_handle.hex()}],
    ]


@pytest.mark.parametrize(("ask", "script"), [(ask_python, "ask_cwt.py"), (ask_node, "ask_auth0.mjs")])
def test_others_read_the_same_claims_and_refuse_what_was_altered(
    ask: Any, script: str, ring: KeyRing, trust: TrustList
) -> None:
    texts = [show(ring, subject_no=number, licence_no=2**64 - 1 - number) for number in range(20)]
    good = [base45.decode(text.removeprefix("SX4:")) for text in texts]
    bad = [alter(good[0], at) for at in _ALTERED_AT]
    answers = ask(script, _questions(ring, good + bad))
    assert answers[:20] == [_told(verify_any(text, trust, NOW)) for text in texts]
    assert all(isinstance(answer, dict) and "refused" in answer for answer in answers[20:])


@given(st.one_of(st.binary(max_size=300), st.text(max_size=450).map(str.encode)))
def test_whatever_is_read_is_refused_and_no_more(trust: TrustList, data: bytes) -> None:
    for text in ("SX4:" + base45.encode(data), "SX4:" + data.decode("latin-1")):
        assert read_prefix(text) == "SX4:"
        assert refusal(text, trust).startswith("code-")

"""Status lists: what was revoked is seen, what is not a list of this province is refused, whatever it is."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import cbor2
import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codes import (
    KeyRing,
    KeyUse,
    StatusList,
    StatusListError,
    TrustList,
    create_key_ring,
    pack_bits,
    read_status_cwt,
    read_status_jwt,
    read_trust_list,
    sign_status_cwt,
    sign_status_jwt,
    sign_trust_list,
)
from codes.keys import jwk_of
from codes.status import MOST_ENTRIES
from tests.codes.oracles import ask_node, ask_python
from tests.vectors.crafting import NOW

URI = "https://suixing.example/v1/status-lists/3"
DAY = timedelta(days=1)
Forms = tuple[Callable[..., Any], Callable[..., StatusList]]
FORMS: list[Forms] = [(sign_status_jwt, read_status_jwt), (sign_status_cwt, read_status_cwt)]
each_form = pytest.mark.parametrize("form", FORMS, ids=["jwt", "cwt"])


@pytest.fixture(scope="module")
def ring(tmp_path_factory: pytest.TempPathFactory) -> KeyRing:
    made = create_key_ring(tmp_path_factory.mktemp("ring") / "keys", "31", NOW, development=False)
    return made.rotate(KeyUse.LIST, NOW, lead=timedelta(0))


@pytest.fixture(scope="module")
def trust(ring: KeyRing) -> TrustList:
    return read_trust_list(sign_trust_list(ring, sequence=1, now=NOW, lifetime=DAY), now=NOW)


def sign(form: Forms, ring: KeyRing, bits: bytes = b"\x05", **changes: Any) -> Any:
    epoch = ring.current(KeyUse.LIST, NOW)
    return form[0](epoch, **{"uri": URI, "bits": bits, "now": NOW, "lifetime": DAY, **changes})


def read(form: Forms, encoded: Any, trust: TrustList, **changes: Any) -> StatusList:
    given = {"now": NOW, "province": "31", "uri": URI, **changes}
    return form[1](encoded, trust, given.pop("now"), **given)


def refusal(form: Forms, encoded: Any, trust: TrustList, **changes: Any) -> str:
    with pytest.raises(StatusListError) as refused:
        read(form, encoded, trust, **changes)
    return refused.value.slug


@each_form
@given(size=st.integers(1, 3000), data=st.data())
def test_what_was_revoked_is_seen_and_nothing_else(
    form: Forms, ring: KeyRing, trust: TrustList, size: int, data: st.DataObject
) -> None:
    revoked = data.draw(st.sets(st.integers(0, size - 1), max_size=50))
    held = read(form, sign(form, ring, pack_bits(size, revoked)), trust)
    assert {index for index in range(size) if held.is_revoked(index)} == revoked
    assert (held.issued_at, held.expires_at) == (NOW, NOW + DAY)


@each_form
def test_a_list_is_refused_for_what_is_wrong_with_it(form: Forms, ring: KeyRing, trust: TrustList) -> None:
    good = sign(form, ring)
    assert refusal(form, good, trust, now=NOW + DAY) == "status-list-expired"
    assert refusal(form, good, trust, uri=URI + "0") == "status-list-of-another"
    assert refusal(form, good, trust, province="32") == "status-list-issuer-unknown"
    assert refusal(form, good, trust, now=NOW + 2 * DAY, province="32") == "status-list-issuer-unknown"


@each_form
def test_an_index_beyond_the_list_is_not_good(form: Forms, ring: KeyRing, trust: TrustList) -> None:
    held = read(form, sign(form, ring), trust)
    for index in (8, -1, 2**32):
        with pytest.raises(StatusListError, match="reach"):
            held.is_revoked(index)


def test_an_altered_jwt_is_refused(ring: KeyRing, trust: TrustList) -> None:
    head, body, signature = sign(FORMS[0], ring).split(".")
    other = sign(FORMS[0], ring, b"\x04").split(".")[1]
    assert refusal(FORMS[0], f"{head}.{other}.{signature}", trust) == "status-list-signature-invalid"
    for text in ("", "x", "a.b.c", f"{head}.{body}", f"{head}.{body}.!!", "." * 9, f"{head}.{head}.{signature}"):
        assert refusal(FORMS[0], text, trust) == "status-list-malformed"


def test_an_altered_cwt_is_refused(ring: KeyRing, trust: TrustList) -> None:
    message = cbor2.loads(sign(FORMS[1], ring))
    protected, _, payload, signature = message.value
    changed = cbor2.dumps({**cbor2.loads(payload), 6: int(NOW.timestamp()) + 1}, canonical=True)
    altered = cbor2.dumps(cbor2.CBORTag(18, [protected, {}, changed, signature]))
    assert refusal(FORMS[1], altered, trust) == "status-list-signature-invalid"
    for encoded in (b"", b"\xff", cbor2.dumps(5), cbor2.dumps(cbor2.CBORTag(17, [protected, {}, payload, signature]))):
        assert refusal(FORMS[1], encoded, trust) == "status-list-malformed"


@given(st.binary(max_size=200))
def test_whatever_comes_is_refused_and_no_more(trust: TrustList, data: bytes) -> None:
    assert refusal(FORMS[1], data, trust).startswith("status-list-")
    assert refusal(FORMS[0], data.decode("latin-1"), trust).startswith("status-list-")


def test_a_bomb_is_refused_before_it_is_unpacked(ring: KeyRing, trust: TrustList) -> None:
    """Signed, as a province that went bad might: more bits than any list has."""
    for form in FORMS:
        too_long = sign(form, ring, bytes(MOST_ENTRIES // 8 + 1))
        assert len(too_long) < 20_000
        assert refusal(form, too_long, trust) == "status-list-malformed"


def test_a_key_of_another_use_signs_no_list(ring: KeyRing) -> None:
    epoch = ring.current(KeyUse.CODE, NOW)
    for make in (sign_status_jwt, sign_status_cwt):
        with pytest.raises(ValueError, match="lists"):
            make(epoch, uri=URI, bits=b"\0", now=NOW, lifetime=DAY)


@pytest.mark.parametrize(("size", "revoked"), [(0, []), (8, [8]), (8, [-1]), (MOST_ENTRIES + 1, [])])
def test_a_list_that_cannot_be_is_not_packed(size: int, revoked: list[int]) -> None:
    with pytest.raises(ValueError, match="list"):
        pack_bits(size, revoked)


def test_the_forms_are_those_of_the_specification(ring: KeyRing) -> None:
    """The draft's own example of one bit an entry: b9 a3 packs to these bits, lowest first."""
    revoked = [index for index, bit in enumerate([1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1]) if bit]
    bits = pack_bits(16, revoked)
    assert bits == bytes.fromhex("b9a3")
    text = sign(FORMS[0], ring, bits)
    header = jwt.get_unverified_header(text)
    key: Any = jwt.PyJWK({**jwk_of(ring.current(KeyUse.LIST, NOW).public_key), "alg": "ES256"})
    options: Any = {"verify_exp": False, "verify_iat": False}
    claims = jwt.decode(text, key, algorithms=["ES256"], options=options)
    assert (header["typ"], claims["sub"], claims["ttl"]) == ("statuslist+jwt", URI, 43200)
    assert claims["status_list"]["bits"] == 1
    packed = claims["status_list"]["lst"]
    assert zlib.decompress(jwt.utils.base64url_decode(packed)) == bits
    message = cbor2.loads(sign(FORMS[1], ring, bits))
    assert cbor2.loads(message.value[0])[16] == "application/statuslist+cwt"
    told = cbor2.loads(message.value[2])
    assert (told[2], told[65534], zlib.decompress(told[65533]["lst"])) == (URI, 43200, bits)
    assert json.dumps(header)


_REVOKED = {0, 9, 70_000, 99_999}
_LOOKED_AT = [*sorted(_REVOKED), 1, 8, 10, 69_999, 70_001]
_DUE = [int(index in _REVOKED) for index in _LOOKED_AT]


def test_others_read_a_list_in_jwt(ring: KeyRing) -> None:
    """The signature by jose, the list by @sd-jwt/jwt-status-list."""
    text = sign(FORMS[0], ring, pack_bits(100_000, _REVOKED))
    head, _, signature = text.split(".")
    jwk = jwk_of(ring.current(KeyUse.LIST, NOW).public_key)
    stranger = jwk_of(ring.current(KeyUse.CODE, NOW).public_key)
    moment = int(NOW.timestamp() * 1000)
    asked = [
        {"text": text, "jwk": jwk, "at": moment, "indices": _LOOKED_AT},
        {"text": text, "jwk": stranger, "at": moment, "indices": []},
        {"text": f"{head}.{sign(FORMS[0], ring).split('.')[1]}.{signature}", "jwk": jwk, "at": moment, "indices": []},
        {"text": text, "jwk": jwk, "at": moment + 86_400_000, "indices": []},
    ]
    found, *refused = ask_node("ask_status_list.mjs", asked)
    assert found == {"bits": 1, "size": 100_000, "statuses": _DUE}
    assert all("refused" in answer for answer in refused)


def test_others_read_a_list_in_cwt(ring: KeyRing) -> None:
    """The signature and the claims by python-cwt."""
    epoch = ring.current(KeyUse.LIST, NOW)
    cose = sign(FORMS[1], ring, pack_bits(100_000, _REVOKED))
    jwk, kid = jwk_of(epoch.public_key), epoch.kid.hex()
    altered = cose[:-1] + bytes([cose[-1] ^ 1])
    found, refused = ask_python("ask_cwt.py", [{"cose": one.hex(), "jwk": jwk, "kid": kid} for one in (cose, altered)])
    claims = dict(found)
    assert (claims[2], claims[65534]) == (URI, 43200)
    told = dict(claims[65533])
    bits = zlib.decompress(bytes.fromhex(told["lst"]["hex"]))
    assert (told["bits"], [bits[index // 8] >> index % 8 & 1 for index in _LOOKED_AT]) == (1, _DUE)
    assert "refused" in refused

"""What strangers send as CBOR is looked through before a decoder follows it."""

from __future__ import annotations

import time
from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codes import CodeRefusedError, StatusListError, base45, read_status_cwt, read_trust_list, verify_any
from codes.plain_cbor import load_plain
from tests.vectors.crafting import NOW, make_message
from tests.vectors.lists import make_list

_TRUST = read_trust_list(make_list(), now=NOW)
_PLAIN = st.recursive(
    st.integers(-(2**64), 2**64 - 1) | st.binary(max_size=40) | st.text(max_size=20) | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.integers(-100, 100), inner, max_size=4),
    max_leaves=12,
)


def laugh(levels: int) -> bytes:
    """An array of two, of which the second is the first, of which …: a hundred bytes, walked 2^levels times."""
    head = b"\xd8\x1c\x82" * levels + b"\x00"
    refs = (cbor2.dumps(number + 1) for number in range(levels - 2, -1, -1))
    return head + b"\x00" + b"".join(b"\xd8\x1d" + ref for ref in refs)


@given(_PLAIN)
def test_what_is_plain_is_decoded(value: Any) -> None:
    assert load_plain(cbor2.dumps(value)) == value


def test_one_tag_is_ours() -> None:
    message = make_message()
    assert load_plain(message) == cbor2.loads(message)


@pytest.mark.parametrize(
    "encoded",
    [
        pytest.param(laugh(3), id="shared references"),
        pytest.param(cbor2.dumps([cbor2.CBORTag(61, 1)]), id="a tag within"),
        pytest.param(cbor2.dumps(cbor2.CBORTag(2, b"\x01")), id="another tag"),
        pytest.param(b"\x9f\x00\xff", id="no length"),
        pytest.param(b"\x80" * 65, id="many items"),
        pytest.param(b"\x5b" + b"\xff" * 8, id="longer than all there is"),
        pytest.param(b"\x18", id="cut off within a length"),
        pytest.param(b"\x1c", id="no such length"),
    ],
)
def test_anything_else_is_refused(encoded: bytes) -> None:
    with pytest.raises(ValueError, match="plain"):
        load_plain(encoded)


@pytest.mark.parametrize("prefix", ["SX1:", "SX2:", "SX3:"])
@pytest.mark.parametrize("levels", [22, 120])
def test_a_short_code_cannot_keep_a_verifier_busy(prefix: str, levels: int) -> None:
    """With 22 levels it took ten seconds, and twice as long for each more."""
    began = time.process_time()
    with pytest.raises(CodeRefusedError) as caught:
        verify_any(prefix + base45.encode(laugh(levels)), _TRUST, NOW)
    assert caught.value.slug == "code-malformed"
    assert time.process_time() - began < 1


def test_nor_can_a_status_list() -> None:
    with pytest.raises(StatusListError) as caught:
        read_status_cwt(laugh(120), _TRUST, NOW, province="31", uri="https://suixing.example/v1/status-lists/3")
    assert caught.value.slug == "status-list-malformed"

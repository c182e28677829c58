"""The encoding is for good: what was committed under it must be found again by any auditor's tools."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, cast
from uuid import UUID

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.audit.encoding import (
    commit_to,
    encode_access,
    encode_erasure,
    encode_erasure_order,
    encode_head,
    encode_leaf,
    read_time,
)
from app.audit.model import NO_HEAD, from_us, to_us
from app.database import Pool, Record
from tests.house.source import ROOT

_AT = to_us(datetime(2026, 7, 1, 8, 0, 0, 123456, tzinfo=UTC))

_ACCESS = (
    "8e" "70" "7375697869" "6e672f6163636573732f31"  # an array of 14, the first a text of 16 bytes
    "50" "000102030405060708090a0b0c0d0e0f" "21"
    "50" "00000000000000000000000000000001"
    "5818" "000102030405060708090a0b0c0d0e0f1011121314151617"
    "68" "706572736f6e616c"
    "1b" "000655881406" "2240" "1b" "000655881799" "a940" "1b" "000655881424" "a6c0"
    "50" "00000000000000000000000000000002" "50" "00000000000000000000000000000003"
    "6d" "6c6962726172792d656e747279" "81" "64" "6b696e64" "f6"
)  # fmt: skip
_COMMITMENT = "24618666e8442d1466705581f89f9ff1d3f62708a939c46ba0c614587cc18945"
_COMMITMENT_OF_STAFF = "8f13c740430c9a62f349ad291f38e137160d1d8c55ab43cc510824f3135f492a"
_COMMITMENT_OFFLINE = "b9c9c4acf3e9ec9ceacc4d5d590afe745600409333e99c910c748b566db29f30"
_COMMITMENT_OF_LICENCE = "16ce92bca63566f1d24b77a855287edfc8daf2129d911f52045efbc7c77ae083"
_LEAF_HASH = "c83759c68df03bf99e2b9f13c184bbe6d9247252cc767ac7a1b649c54b697273"
_HEAD = "17f9d824c299355f4594b69728dc0f8aa7252921fcfb33ab808d8cda8837a3bd"


def sent(us: int) -> bytes:
    """A time as PostgreSQL sends it: microseconds since 2000."""
    return (us - to_us(datetime(2000, 1, 1, tzinfo=UTC))).to_bytes(8, signed=True)


def make_row(**given: Any) -> Record:
    """The row of the vector in docs/audit.md; anything can be said otherwise."""
    row: dict[str, Any] = {
        "salt": bytes(range(16)),
        "subject_no": -2,
        "access_id": UUID(int=1),
        "cti": bytes(range(24)),
        "kind": "personal",
        "issued_at": sent(_AT),
        "expires_at": sent(_AT + 60_000_000),
        "recorded_at": sent(_AT + 2_000_000),
        "venue_id": UUID(int=2),
        "scanner_id": UUID(int=3),
        "purpose": "library-entry",
        "fields": ["kind"],
        "request_key": None,
        "staff_id": None,
        "form": "dynamic",
        "scanned_at": None,
        "licence_type": None,
        "licence_id": None,
    }
    return cast("Record", row | given)


def test_the_vector_is_as_documented() -> None:
    encoded = encode_access(make_row())
    assert encoded.hex() == _ACCESS
    assert commit_to(encoded).hex() == sha256(bytes.fromhex(_ACCESS)).hexdigest() == _COMMITMENT
    leaf = encode_leaf("access", -2, UUID(int=1), commit_to(encoded))
    assert leaf == cbor2.dumps(
        ["suixing/access-leaf/1", "access", -2, UUID(int=1).bytes, bytes.fromhex(_COMMITMENT)], canonical=True
    )
    root = sha256(b"\0" + leaf).digest()
    assert root.hex() == _LEAF_HASH
    message = encode_head(
        batch_no=1, until_us=_AT, created_us=_AT + 5_000_000, leaf_count=1, root=root, previous_head=NO_HEAD
    )
    assert cbor2.loads(message) == ["suixing/access-head/1", 1, _AT, _AT + 5_000_000, 1, root, bytes(32)]
    assert sha256(message).hexdigest() == _HEAD


def test_whoever_was_signed_in_is_part_of_the_second_form() -> None:
    """Rows of before there were shifts keep their commitment; nobody can be put in, taken out or exchanged."""
    of_staff = encode_access(make_row(staff_id=UUID(int=4)))
    decoded = cbor2.loads(of_staff)
    assert (decoded[0], decoded[-1]) == ("suixing/access/2", UUID(int=4).bytes)
    assert decoded[1:-1] == cbor2.loads(encode_access(make_row()))[1:]
    assert commit_to(of_staff).hex() == _COMMITMENT_OF_STAFF
    assert len({encode_access(make_row(staff_id=staff)) for staff in (None, UUID(int=4), UUID(int=5))}) == 3


def test_form_and_time_of_scan_are_part_of_the_third_form() -> None:
    """What was committed before there were any keeps its commitment; neither can be put in, taken out or exchanged."""
    offline = encode_access(make_row(form="phone", scanned_at=sent(_AT + 1_000_000)))
    decoded = cbor2.loads(offline)
    assert (decoded[0], decoded[-3:]) == ("suixing/access/3", [None, "phone", _AT + 1_000_000])
    assert decoded[1:-3] == cbor2.loads(encode_access(make_row()))[1:]
    assert commit_to(offline).hex() == _COMMITMENT_OFFLINE
    check_in = cbor2.loads(encode_access(make_row(form="check-in", scanner_id=None, staff_id=UUID(int=4))))
    assert (check_in[0], check_in[10], check_in[-3:]) == (
        "suixing/access/3", None, [UUID(int=4).bytes, "check-in", None],
    )  # fmt: skip
    rows = [
        make_row(form=form, scanned_at=at, scanner_id=scanner, staff_id=staff)
        for form in ("dynamic", "phone", "paper", "check-in")
        for at in (None, sent(_AT), sent(_AT + 1))
        for scanner in (None, UUID(int=3))
        for staff in (None, UUID(int=4))
    ]
    assert len({encode_access(row) for row in rows}) == len(rows)


def test_a_look_at_a_licence_is_the_fourth_form() -> None:
    row = make_row(form="licence", licence_type="driving-licence", licence_id=UUID(int=6))
    decoded = cbor2.loads(encode_access(row))
    assert decoded[0] == "suixing/access/4"
    assert decoded[-5:] == [None, "licence", None, "driving-licence", UUID(int=6).bytes]
    assert decoded[1:-5] == cbor2.loads(encode_access(make_row()))[1:]
    assert commit_to(encode_access(row)).hex() == _COMMITMENT_OF_LICENCE
    rows = [
        make_row(form=form, licence_type=kind, licence_id=licence)
        for form in ("dynamic", "licence")
        for kind in (None, "driving-licence", "teacher-certificate")
        for licence in (None, UUID(int=6))
    ]
    assert len({encode_access(row) for row in rows}) == len(rows)


def test_the_page_for_auditors_has_the_same_vector() -> None:
    page = (ROOT / "docs" / "audit.md").read_text("utf-8")
    assert _COMMITMENT in page
    assert _COMMITMENT_OF_STAFF in page
    assert _COMMITMENT_OFFLINE in page
    assert _COMMITMENT_OF_LICENCE in page
    assert _LEAF_HASH in page
    assert _HEAD in page


def test_erasures_are_as_documented() -> None:
    order = encode_erasure_order(7, UUID(int=9), _AT)
    assert cbor2.loads(order) == ["suixing/erasure-order/1", 7, UUID(int=9).bytes, _AT]
    row = {
        "salt": bytes(16), "subject_no": 7, "erasure_id": UUID(int=9), "erased_at": sent(_AT), "kid": b"kid4",
        "signature": bytes(64),
    }  # fmt: skip
    assert cbor2.loads(encode_erasure(cast("Record", row))) == [
        "suixing/erasure/1", bytes(16), 7, UUID(int=9).bytes, _AT, b"kid4", bytes(64),
    ]  # fmt: skip


@given(
    st.integers(-(2**63), 2**63 - 1),
    st.text(),
    st.lists(st.text() | st.none()),
    st.binary(max_size=300),
    st.none() | st.binary(max_size=40),
    st.integers(-(2**63), 2**63 - 1),
)
def test_whatever_is_in_a_row_has_one_encoding(
    subject_no: int, text: str, fields: list[str | None], salt: bytes, request_key: bytes | None, time: int
) -> None:
    row = make_row(
        subject_no=subject_no, kind=text, purpose=text, fields=fields, salt=salt, request_key=request_key,
        recorded_at=time.to_bytes(8, signed=True),
    )  # fmt: skip
    encoded = encode_access(row)
    decoded = cbor2.loads(encoded)
    assert encoded == cbor2.dumps(decoded, canonical=True)
    assert decoded[1:3] == [salt, subject_no]
    assert decoded[11:] == [text, fields, request_key]


@given(st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC)))  # noqa: DTZ001  given UTC there
def test_times_are_exact(moment: datetime) -> None:
    assert from_us(to_us(moment)) == moment
    assert read_time(sent(to_us(moment))) == to_us(moment)


@pytest.mark.parametrize("text", ["infinity", "-infinity", "200000-01-01", "4000-01-01 BC"])
async def test_times_that_python_does_not_know_are_read(pool: Pool, text: str) -> None:
    sent_by_postgresql = await pool.fetchval("SELECT timestamptz_send($1::text::timestamptz)", text)
    assert abs(read_time(sent_by_postgresql)) > to_us(datetime(2100, 1, 1, tzinfo=UTC))


async def test_times_are_those_that_an_auditor_asks_postgresql_for(pool: Pool) -> None:
    asked = await pool.fetchrow(
        "SELECT timestamptz_send(t) AS sent, (extract(epoch FROM t) * 1000000)::bigint AS us "
        "FROM (SELECT '2026-07-01 08:00:00.123456+00'::timestamptz AS t) AS one"
    )
    assert asked is not None
    assert read_time(asked["sent"]) == asked["us"] == _AT

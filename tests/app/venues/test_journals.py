"""What a journal's entries sign, and how they hang together: as docs/journal.md has it, to the byte."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

import jwt
import msgspec
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from hypothesis import given
from hypothesis import strategies as st

from app.errors import InvalidError
from app.venues.journal_order import Sent, Times, find_fresh
from app.venues.journal_store import JournalRow
from app.venues.journals import (
    BEGINNING,
    Entry,
    find_digest,
    find_skew,
    is_signed,
    normalise_code,
    read_time,
    write_signed,
)
from app.venues.keys import read_public_key
from codes import base64url
from tests.house.source import ROOT

_DOC = (ROOT / "docs" / "journal.md").read_text("utf-8")
_AT = datetime(2026, 7, 1, 8, tzinfo=UTC)
_SCANNER = UUID(int=7)


def read_block(name: str) -> str:
    """A fenced block of the page, by the word after its fence's language."""
    match = re.search(rf"```\w+ {name}\n(.*?)```", _DOC, re.DOTALL)
    assert match, name
    return match[1].strip()


def read_entries() -> list[Entry]:
    return [
        Entry(
            UUID(one["id"]), one["sequence"], one["previous"], one["code"], one["scanned_at"], one["outcome"],
            one["signature"],
        )
        for one in json.loads(read_block("entries"))
    ]  # fmt: skip


def test_the_documented_entries_are_signed_and_bound_as_they_say() -> None:
    private = json.loads(read_block("key"))
    signing = jwt.get_algorithm_by_name("ES256").from_jwk(json.dumps(private))
    assert isinstance(signing, ec.EllipticCurvePrivateKey)
    key = read_public_key({name: value for name, value in private.items() if name != "d"})
    scanner_id, previous = UUID(read_block("scanner")), base64url.encode(BEGINNING)
    for entry in read_entries():
        assert entry.previous == previous
        signed = write_signed(scanner_id, entry)
        assert is_signed(signed, entry.signature, key)
        raw = base64url.decode(entry.signature or "")
        made = signing.sign(signed, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
        assert made == encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
        previous = base64url.encode(find_digest(signed))
    assert previous == read_block("next")


@pytest.mark.parametrize("field", ["entry_id", "sequence", "previous", "code", "said_at", "outcome"])
def test_nothing_of_an_entry_can_change(field: str) -> None:
    key = read_public_key({name: value for name, value in json.loads(read_block("key")).items() if name != "d"})
    entry, scanner_id = read_entries()[0], UUID(read_block("scanner"))
    other = {"entry_id": UUID(int=1), "sequence": 2}.get(field, "x")
    changed = msgspec.structs.replace(entry, **{field: other})
    assert not is_signed(write_signed(scanner_id, changed), entry.signature, key)
    assert not is_signed(write_signed(UUID(int=1), entry), entry.signature, key)


@pytest.mark.parametrize("signature", [None, "", "x", "A" * 85, "A" * 86, "A" * 87, "é" * 86, "A" * 128])
def test_what_is_no_signature_signs_nothing(signature: str | None) -> None:
    key = read_public_key({name: value for name, value in json.loads(read_block("key")).items() if name != "d"})
    assert not is_signed(b"x", signature, key)


def test_without_a_key_nothing_is_signed_and_nothing_is_asked_for() -> None:
    assert is_signed(b"x", None, None)
    assert not is_signed(b"x", "A" * 86, None)


@pytest.mark.parametrize(
    "text",
    ["", "2026-07-01", "2026-07-01T08:00:00Z", "2026-07-01T08:00:00.000", "2026-07-01T08:00:00.000+00:00",
     "2026-13-01T08:00:00.000Z", "2026-07-01t08:00:00.000z", "2026-07-01T08:00:60.000Z", "0000-07-01T08:00:00.000Z",
     "２０２６-07-01T08:00:00.000Z", "2026-07-01T08:00:00.000Z\n"],
)  # fmt: skip
def test_a_time_is_written_in_one_way(text: str) -> None:
    assert read_time("2026-07-01T08:00:00.000Z", "/sent_at") == _AT
    with pytest.raises(InvalidError):
        read_time(text, "/sent_at")


@pytest.mark.parametrize(("seconds", "kept"), [(0, 0), (4.9, 0), (-5, 0), (5.1, 5.1), (-40, -40), (86400, 86400)])
def test_a_clock_is_set_right_where_it_is_wrong_and_not_late(seconds: float, kept: float) -> None:
    assert find_skew(_AT + timedelta(seconds=seconds), _AT) == timedelta(seconds=kept)


def test_what_scanners_add_to_a_code_is_folded_away() -> None:
    assert normalise_code(" sx1:ａb\r\n") == "SX1:AB"


class Chain:
    """Entries as a scanner would bind them."""

    def __init__(self, count: int) -> None:
        self.sent: list[Sent] = []
        previous = BEGINNING
        for number in range(1, count + 1):
            entry = Entry(UUID(int=number), number, base64url.encode(previous), "", "", "accepted", None)
            digest = find_digest(write_signed(_SCANNER, entry))
            at = _AT + timedelta(minutes=number)
            self.sent.append(Sent(entry, digest, at, at))
            previous = digest

    def rows(self, numbers: set[int]) -> list[JournalRow]:
        """Those that the server has already."""
        return [
            JournalRow(one.entry.sequence, one.entry.entry_id, one.digest, one.previous, one.scanned_at, None, None, [])
            for one in self.sent
            if one.entry.sequence in numbers
        ]


@given(st.sets(st.integers(1, 8)), st.permutations(range(1, 9)), st.integers(0, 8))
def test_whatever_is_there_what_comes_fits_in_any_order(held: set[int], order: list[int], count: int) -> None:
    chain = Chain(8)
    coming = [chain.sent[number - 1] for number in order[:count]]
    fresh = find_fresh(chain.rows(held), coming)
    assert [one.entry.sequence for one in fresh] == sorted(set(order[:count]) - held)


@given(st.sets(st.integers(1, 5)), st.integers(1, 5), st.sampled_from(["id", "code", "previous", "moved"]))
def test_what_forks_finds_no_place(held: set[int], number: int, how: str) -> None:
    chain = Chain(5)
    one = chain.sent[number - 1].entry
    changed = {
        "id": msgspec.structs.replace(one, entry_id=UUID(int=99)),
        "code": msgspec.structs.replace(one, code="X"),
        "previous": msgspec.structs.replace(one, previous="B" * 42 + "A"),
        "moved": msgspec.structs.replace(one, sequence=one.sequence + 5),
    }[how]
    sent = Sent(changed, find_digest(write_signed(_SCANNER, changed)), _AT, _AT)
    neighbours = {"moved": {number, number + 4}, "previous": {number - 1, number, number + 1}}
    around = neighbours.get(how, {number, number + 1})
    fresh = find_fresh(chain.rows(held), [sent])
    assert (fresh == []) is bool(around & held or (how == "previous" and number == 1))


def test_of_two_in_one_place_the_first_sent_has_it() -> None:
    one = Chain(1).sent[0]
    other = msgspec.structs.replace(one, entry=msgspec.structs.replace(one.entry, entry_id=UUID(int=9)), digest=b"x")
    assert find_fresh([], [one, other]) == [one]
    assert find_fresh([], [other, one]) == [other]


def test_the_order_bears_out_when_it_was() -> None:
    rows = Chain(4).rows({1, 2, 4})
    early = msgspec.structs.replace(rows[2], scanned_at=_AT)
    assert [Times(rows).bear_out(row) for row in rows] == [True, True, True]
    assert not Times([*rows[:2], early]).bear_out(early)
    assert [Times(rows).has_gap(number) for number in (1, 2, 3, 4, 5)] == [False, False, False, True, False]

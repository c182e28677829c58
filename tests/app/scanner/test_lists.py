"""The lists that a gate holds: taken whole or as what was added, kept through restarts, past their life said to be."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.scanner.province import Lists, OfflineError, Reply
from codes import (
    KeyRing,
    KeyUse,
    Kind,
    StatusListError,
    StatusReference,
    TrustListError,
    VerifiedCode,
    create_key_ring,
    digest_bits,
    pack_bits,
    sign_status_delta,
    sign_status_jwt,
    sign_trust_list,
)
from tests.vectors.crafting import NOW

_DAY = timedelta(days=1)
_URI = "https://suixing.example/v1/status-lists/3"
_SIZE = 1000


class Province:
    """Answers as the province's lists do, and counts what it was asked."""

    def __init__(self, ring: KeyRing) -> None:
        self.ring, self.sequence, self.revoked, self.issued_at = ring, 1, set[int](), NOW
        self.asked: list[str] = []
        self.is_away, self.has_deltas = False, True
        self._before: tuple[datetime, set[int]] = (NOW, set())

    def revoke(self, place: int, at: datetime) -> None:
        self._before = (self.issued_at, set(self.revoked))
        self.revoked.add(place)
        self.issued_at = at

    def ask(self, _method: str, path: str, _body: Any = None, **more: Any) -> Reply:
        if self.is_away:
            raise OfflineError("away")
        self.asked.append(path)
        if path == "/v1/trust-list":
            etag = f'"{self.sequence}"'
            if more["if_none_match"] == etag:
                return Reply(304, etag, "", b"")
            text = sign_trust_list(self.ring, sequence=self.sequence, now=NOW, lifetime=_DAY)
            return Reply(200, etag, "application/jose", text.encode())
        if path == "/v1/status-lists":
            item = {"uri": _URI, "use": "paper", "issued_at": self.issued_at.isoformat()}
            return Reply(200, "", "application/json", msgspec.json.encode({"items": [item]}))
        return self._answer_list(path)

    def _answer_list(self, path: str) -> Reply:
        epoch = self.ring.current(KeyUse.LIST, NOW)
        bits = pack_bits(_SIZE, self.revoked)
        if "since" not in path or not self.has_deltas:
            text = sign_status_jwt(epoch, uri=_URI, bits=bits, now=self.issued_at, lifetime=_DAY)
            return Reply(200, "", "application/statuslist+jwt", text.encode())
        since, held = self._before
        text = sign_status_delta(
            epoch,
            uri=_URI,
            since=since,
            base_digest=digest_bits(pack_bits(_SIZE, held)),
            issued_at=self.issued_at,
            expires_at=self.issued_at + _DAY,
            digest=digest_bits(bits),
            places=self.revoked - held,
        )
        return Reply(200, "", "application/suixing-status-delta+jwt", text.encode())


@pytest.fixture(scope="module")
def ring(tmp_path_factory: pytest.TempPathFactory) -> KeyRing:
    return create_key_ring(tmp_path_factory.mktemp("keys") / "keys", "31", NOW, development=True)


@pytest.fixture
def province(ring: KeyRing) -> Province:
    return Province(ring)


@pytest.fixture
def open_lists(tmp_path: Path, ring: KeyRing) -> Callable[[], Lists]:
    """As a start of the command does."""
    return lambda: Lists(tmp_path / "lists.json", ring.root_fingerprint)


def paper(place: int | None = 7, *, issuer: str = "31", list_no: int = 3) -> VerifiedCode:
    status = None if place is None else StatusReference(list_no, place)
    return VerifiedCode(issuer, Kind.PERSONAL, bytes(24), NOW, NOW + 90 * _DAY, b"kid1", KeyUse.PAPER, status)


def judge(lists: Lists, code: VerifiedCode, now: datetime = NOW) -> str:
    assert lists.trust
    return lists.find_fault(code, lists.trust, now)


@pytest.mark.parametrize("has_deltas", [True, False])
def test_what_is_lost_is_refused_by_the_next_list(
    province: Province, open_lists: Callable[[], Lists], *, has_deltas: bool
) -> None:
    province.has_deltas = has_deltas
    lists = open_lists()
    lists.refresh(province, NOW)  # type: ignore[arg-type]
    assert judge(lists, paper()) == ""
    province.revoke(7, NOW + timedelta(seconds=5))
    lists.refresh(province, NOW + timedelta(seconds=6))  # type: ignore[arg-type]
    for held in (lists, open_lists()):
        assert (judge(held, paper(7)), judge(held, paper(8))) == ("code-revoked", "")


def test_nothing_is_fetched_twice(province: Province, open_lists: Callable[[], Lists]) -> None:
    open_lists().refresh(province, NOW)  # type: ignore[arg-type]
    first = len(province.asked)
    open_lists().refresh(province, NOW)  # type: ignore[arg-type]
    assert province.asked[first:] == ["/v1/trust-list", "/v1/status-lists"]


def test_past_their_life_they_vouch_for_nothing_but_still_revoke(
    province: Province, open_lists: Callable[[], Lists]
) -> None:
    province.revoke(9, NOW)
    open_lists().refresh(province, NOW)  # type: ignore[arg-type]
    province.is_away = True
    lists, late = open_lists(), NOW + _DAY
    with pytest.raises(OfflineError):
        lists.refresh(province, late)  # type: ignore[arg-type]
    assert judge(lists, paper(None), late) == "trust-list-expired"
    assert judge(lists, paper(8), late) == "trust-list-expired"
    assert judge(lists, paper(9), late) == "code-revoked"


def test_what_no_list_here_knows_is_said(province: Province, open_lists: Callable[[], Lists]) -> None:
    lists = open_lists()
    lists.refresh(province, NOW)  # type: ignore[arg-type]
    assert judge(lists, paper(None)) == ""
    for unknown in (paper(list_no=4), paper(issuer="32"), paper(_SIZE)):
        assert judge(lists, unknown) == "status-list-missing"


def test_an_older_trust_list_and_another_root_are_not_taken(
    province: Province, open_lists: Callable[[], Lists], tmp_path: Path
) -> None:
    province.sequence = 2
    lists = open_lists()
    lists.refresh(province, NOW)  # type: ignore[arg-type]
    province.sequence = 1
    with pytest.raises(TrustListError) as refused:
        lists.refresh(province, NOW)  # type: ignore[arg-type]
    assert refused.value.slug == "trust-list-older-than-held"
    with pytest.raises(TrustListError) as refused:
        Lists(tmp_path / "lists.json", "0" * 64)
    assert refused.value.slug == "trust-list-root-unknown"


def test_an_older_status_list_brings_nothing_back(province: Province, open_lists: Callable[[], Lists]) -> None:
    """Somebody between, or a cache, answers with a list that is still in time but of before a paper was lost."""
    province.has_deltas = False
    lists = open_lists()
    province.revoke(7, NOW + timedelta(seconds=5))
    lists.refresh(province, NOW + timedelta(seconds=6))  # type: ignore[arg-type]
    stale = Province(province.ring)
    stale.has_deltas = False
    named = stale.ask("GET", "/v1/status-lists")
    newer = named.body.replace(stale.issued_at.isoformat().encode(), (NOW + timedelta(minutes=1)).isoformat().encode())
    answer = stale.ask
    stale.ask = lambda method, path, body=None, **more: (  # type: ignore[method-assign]
        msgspec.structs.replace(named, body=newer) if path == "/v1/status-lists" else answer(method, path, body, **more)
    )
    with pytest.raises(StatusListError) as refused:
        lists.refresh(stale, NOW + timedelta(seconds=7))  # type: ignore[arg-type]
    assert refused.value.slug == "status-list-older-than-held"
    assert judge(lists, paper(7)) == "code-revoked"

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.development.platform_book import Found, PlatformBook

NOW = 1_800_000_000.0


@pytest.fixture
def book(tmp_path: Path) -> PlatformBook:
    return PlatformBook(tmp_path / "folder" / "book.sqlite")


def test_what_is_put_in_can_be_used_once(book: PlatformBook) -> None:
    book.put("code", "a", "value", expires_at=NOW + 10, now=NOW)
    assert book.use("phone", "a", NOW) == (Found.UNKNOWN, "")
    assert book.use("code", "a", NOW) == (Found.GOOD, "value")
    assert book.use("code", "a", NOW + 20) == (Found.USED, "")
    assert book.use("code", "b", NOW) == (Found.UNKNOWN, "")


def test_what_is_over_is_known_for_a_day(book: PlatformBook) -> None:
    book.put("code", "a", "value", expires_at=NOW, now=NOW)
    assert book.use("code", "a", NOW) == (Found.EXPIRED, "")
    book.put("code", "b", "value", expires_at=NOW, now=NOW + 86401)
    assert book.use("code", "a", NOW) == (Found.UNKNOWN, "")


def test_processes_share_it_and_one_of_them_uses_a_code(book: PlatformBook, tmp_path: Path) -> None:
    book.put("code", "a", "value", expires_at=NOW + 10, now=NOW)
    others = [PlatformBook(tmp_path / "folder" / "book.sqlite") for _ in range(8)]
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda other: other.use("code", "a", NOW)[0], others))
    assert sorted(found) == [Found.GOOD] + [Found.USED] * 7


def test_the_latest_is_last_and_can_be_ended(book: PlatformBook) -> None:
    for key, life in (("b", 20.0), ("a", 10.0), ("c", -1.0)):
        book.put("token", key, "", expires_at=NOW + life, now=NOW)
    assert list(book.live("token", NOW)) == ["a", "b"]
    book.shorten("token", "b", NOW)
    book.shorten("token", "a", NOW + 50)
    assert book.live("token", NOW) == {"a": NOW + 10}
    assert book.knows("token", "b")
    assert not book.knows("token", "d")


def test_its_owner_alone_can_read_it(book: PlatformBook, tmp_path: Path) -> None:
    book.put("code", "a", "value", expires_at=NOW, now=NOW)
    assert stat.S_IMODE((tmp_path / "folder" / "book.sqlite").stat().st_mode) == 0o600

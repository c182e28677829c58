"""A gate that nobody answers, before codes of phones and paper: what its purpose takes, and what the lists revoked."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from app.scanner.command import Gate, Verdict
from app.scanner.journal import Journal
from app.scanner.province import Lists
from codes import KeyRing, KeyUse, Kind, StatusReference, mint, mint_licence
from codes.device_keys import DeviceKey
from codes.keys import CURVE
from tests.app.scanner.test_lists import Province, ring
from tests.codes.test_long_codes import certify, print_one, show, to_text
from tests.vectors.crafting import NOW

__all__ = ["ring"]

DAY = timedelta(days=1)
LOST = 9
"""The place that the status list has as revoked."""


class Post:
    """One gate that was brought up to date once, and then lost its network."""

    def __init__(self, folder: Path, ring: KeyRing, about: dict[str, Any]) -> None:
        self._ring, self._province = ring, Province(ring)
        self._province.revoke(LOST, NOW)
        lists = Lists(folder / "lists.json", ring.root_fingerprint)
        lists.refresh(self._province, NOW)  # type: ignore[arg-type]
        self._province.is_away = True
        self.journal = Journal(folder / "journal.jsonl", "0198c0de", DeviceKey.open(folder / "key.pem"))
        self._gate = Gate(self._province, lists, self.journal, about, 0.1)  # type: ignore[arg-type]

    def scan(self, text: str, now: datetime = NOW) -> Verdict:
        return self._gate.scan(text, now)

    def show_phone(self, place: int = 7) -> str:
        phone = ec.generate_private_key(CURVE)
        return to_text(show(certify(self._ring, phone, status=StatusReference(3, place)), phone))

    def show_paper(self, place: int = 7) -> str:
        return print_one(self._ring, status=StatusReference(3, place))

    def show_now(self) -> str:
        return mint(self._ring.current(KeyUse.CODE, NOW), issuer="31", subject_no=7, kind=Kind.PERSONAL, now=NOW).text


@pytest.fixture
def post_at(tmp_path: Path, ring: KeyRing) -> Iterator[Callable[..., Post]]:
    posts = list[Post]()

    def build(**about: Any) -> Post:
        posts.append(Post(tmp_path, ring, about))
        return posts[-1]

    yield build
    for post in posts:
        os.close(post.journal._file)


@pytest.mark.parametrize(
    ("purpose", "phone", "paper"),
    [
        ({"fields": []}, "", ""),
        ({"fields": ["kind"]}, "", ""),
        ({"fields": ["kind", "masked_name"]}, "code-form-refused", ""),
        ({"fields": [], "strict": True}, "code-form-refused", "code-form-refused"),
    ],
)
def test_each_purpose_takes_its_forms(
    post_at: Callable[..., Post], purpose: dict[str, Any], phone: str, paper: str
) -> None:
    post = post_at(**purpose)
    verdicts = [post.scan(post.show_phone()), post.scan(post.show_paper()), post.scan(post.show_now())]
    assert [verdict.get("slug", "") for verdict in verdicts] == [phone, paper, ""]
    assert [verdict["opens"] for verdict in verdicts] == [not phone, not paper, True]
    noted = [entry.outcome for entry in post.journal.list_waiting()]
    assert noted == [phone or "accepted", paper or "accepted", "accepted"]


def test_a_phones_code_opens_once_and_a_paper_as_often_as_it_is_shown(post_at: Callable[..., Post]) -> None:
    post = post_at(fields=["kind"])
    made, printed = post.show_phone(), post.show_paper()
    told = {"form": "phone", "kind": "personal", "province": "31", "warnings": ["made-offline"]}
    assert post.scan(made) == {"opens": True, **told, "online": False}
    assert post.scan(made) == {"opens": False, "slug": "code-already-used", "online": False}
    for _ in range(2):
        shown = post.scan(printed)
        assert (shown["opens"], shown["form"], shown["warnings"]) == (True, "paper", ["check-person"])


@pytest.mark.parametrize(
    "purpose", [{"fields": []}, {"fields": ["kind", "masked_name"]}, {"fields": [], "strict": True}]
)
def test_a_licence_in_hand_opens_no_gate(post_at: Callable[..., Post], ring: KeyRing, purpose: dict[str, Any]) -> None:
    """And its text is kept as evidence of what was tried, like any genuine code's that was refused."""
    post, epoch = post_at(**purpose, offline={"policy": "warn"}), ring.current(KeyUse.LICENCE, NOW)
    shown = mint_licence(epoch, issuer="31", subject_no=7, licence_no=8, kind=Kind.PERSONAL, now=NOW).text
    assert post.scan(shown) == {"opens": False, "slug": "code-form-refused", "online": False}
    assert [entry.outcome for entry in post.journal.list_waiting()] == ["code-form-refused"]


def test_what_the_list_revoked_does_not_open(post_at: Callable[..., Post]) -> None:
    post = post_at(fields=[], offline={"policy": "warn"})
    for lost in (post.show_phone(LOST), post.show_paper(LOST)):
        assert post.scan(lost) == {"opens": False, "slug": "code-revoked", "online": False}
    assert [entry.outcome for entry in post.journal.list_waiting()] == ["code-revoked"] * 2


@pytest.mark.parametrize(("strict", "opens"), [(False, True), (True, False)])
def test_a_strict_purpose_does_not_go_on_by_lists_that_ended(
    post_at: Callable[..., Post], ring: KeyRing, *, strict: bool, opens: bool
) -> None:
    post, late = post_at(fields=[], strict=strict, offline={"policy": "warn"}), NOW + DAY
    code = mint(ring.current(KeyUse.CODE, late), issuer="31", subject_no=7, kind=Kind.PERSONAL, now=late).text
    verdict = post.scan(code, late)
    assert verdict["opens"] is opens
    assert "trust-list-expired" in (verdict["warnings"] if opens else [verdict["slug"]])


def test_a_venue_that_looks_at_everybody_is_told_to(post_at: Callable[..., Post]) -> None:
    post = post_at(fields=[], checks_person=True)
    assert post.scan(post.show_now())["warnings"] == ["check-person"]

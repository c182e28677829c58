"""A journal with an entry that the province cannot read: what is behind it is sent, and it is kept and told of."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.scanner.command import Gate
from app.scanner.journal import Entry, Journal
from app.scanner.province import OfflineError, Reply
from tests.app.scanner.test_journal import close, make_code, open_journal
from tests.vectors.crafting import NOW

_LATER = timedelta(minutes=1)


class Picky:
    """Takes batches as the province does: none that has an entry of a form it does not know."""

    def __init__(self, refuses: set[str]) -> None:
        self.refuses, self.taken = refuses, list[str]()
        self.batches = 0

    def ask(self, _method: str, path: str, body: Any, **_more: Any) -> Reply:
        assert path == "/v1/scans/batch"
        self.batches += 1
        ids = [scan["id"] for scan in body["scans"]]
        if self.refuses & set(ids):
            problem = msgspec.json.encode({"type": "/problems/invalid-request"})
            return Reply(422, "", "application/problem+json", problem)
        self.taken += ids
        items = [{"id": one, "result": "accepted"} for one in ids]
        return Reply(200, "", "application/json", msgspec.json.encode({"items": items}))


class NoLists:
    """Lists that have nothing new."""

    trust = None

    def refresh(self, *_given: object) -> None:
        return


def write_down(journal: Journal, count: int) -> list[Entry]:
    return [journal.note(f"SX1:{number}", make_code(number), "accepted", NOW) for number in range(count)]


def keep_up(province: Picky, journal: Journal, now: datetime = NOW) -> Gate:
    gate = Gate(province, NoLists(), journal, {}, 0.1)  # type: ignore[arg-type]
    gate.keep_up(now)
    return gate


@pytest.mark.parametrize("wrong", [{0}, {6}, {3, 4}, {0, 1, 2, 3, 4, 5, 6}])
def test_what_cannot_be_sent_holds_up_nothing(
    tmp_path: Path, wrong: set[int], capsys: pytest.CaptureFixture[str]
) -> None:
    journal = open_journal(tmp_path)
    entries = write_down(journal, 7)
    aside = [entries[number] for number in sorted(wrong)]
    province = Picky({entry.id for entry in aside})
    gate = keep_up(province, journal)
    assert province.taken == [entry.id for entry in entries if entry not in aside]
    said = capsys.readouterr().err
    assert [f"!!! entry {entry.id} of {entry.scanned_at} cannot be sent" in said for entry in aside] == [True] * len(
        aside
    )
    asked = province.batches
    gate.keep_up(NOW + _LATER)
    assert (province.batches, capsys.readouterr().err) == (asked, "")
    close(journal)
    again = open_journal(tmp_path)
    assert again.list_waiting() == aside
    keep_up(Picky(set()), again)
    assert again.list_waiting() == []
    close(again)


def test_another_refusal_is_no_entrys_fault(tmp_path: Path) -> None:
    class Shut(Picky):
        def ask(self, *_given: Any, **_more: Any) -> Reply:
            problem = msgspec.json.encode({"type": "/problems/unauthenticated"})
            return Reply(401, "", "application/problem+json", problem)

    journal = open_journal(tmp_path)
    entries = write_down(journal, 3)
    with pytest.raises(OfflineError, match="unauthenticated"):
        keep_up(Shut(set()), journal)
    assert journal.list_waiting() == entries
    close(journal)

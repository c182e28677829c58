"""The gate's journal on a disk that fails, is cut off anywhere, and comes back."""

from __future__ import annotations

import errno
import hashlib
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.scanner.journal import Entry, Journal, write_signed
from codes import KeyUse, Kind, VerifiedCode, base64url
from codes.device_keys import DeviceKey
from codes.keys import public_key_of
from codes.signatures import verifies
from tests.vectors.crafting import NOW

SCANNER_ID = "0198c0de-1e9f-70ee-9f00-0a5d1c2b3a49"
ROOT = Path(__file__).parents[3]


def make_code(number: int, use: KeyUse = KeyUse.CODE) -> VerifiedCode:
    cti = number.to_bytes(24, "big")
    return VerifiedCode("31", Kind.PERSONAL, cti, NOW, NOW + timedelta(minutes=1), b"kid1", use)


def open_journal(folder: Path, key: DeviceKey | None = None) -> Journal:
    return Journal(folder / "journal.jsonl", SCANNER_ID, key or DeviceKey.open(folder / "key.pem"))


def close(journal: Journal) -> None:
    os.close(journal._file)


def write_some(folder: Path, count: int) -> list[Entry]:
    journal = open_journal(folder)
    entries = [
        journal.note(f"SX1:{number}", make_code(number), "accepted", NOW + timedelta(seconds=number))
        for number in range(count)
    ]
    close(journal)
    return entries


def assert_chained(entries: list[Entry], key: DeviceKey) -> None:
    """Numbered without a gap, each naming the one before, each signed."""
    previous = "A" * 43
    for number, entry in enumerate(entries, 1):
        signed = write_signed(SCANNER_ID, entry)
        assert (entry.sequence, entry.previous) == (number, previous)
        assert verifies(public_key_of(key.jwk), signed, base64url.decode(entry.signature))
        previous = base64url.encode(hashlib.sha256(signed).digest())


def test_what_is_signed_is_what_the_format_says(tmp_path: Path) -> None:
    entry = write_some(tmp_path, 1)[0]
    lines = ["suixing/journal/1", SCANNER_ID, "1", "A" * 43, entry.id, "2026-07-01T04:00:00.000Z", "accepted", "SX1:0"]
    assert write_signed(SCANNER_ID, entry) == "\n".join(lines).encode()


def test_a_cut_anywhere_costs_the_last_line_at_most(tmp_path: Path) -> None:
    """Whatever a power cut leaves: every line that was whole is there, and the next one follows on.

    Within a line every third byte is tried, and each one about its end.
    """
    entries, path = write_some(tmp_path, 2), tmp_path / "journal.jsonl"
    key, whole = DeviceKey.open(tmp_path / "key.pem"), path.read_bytes()
    end = whole.index(b"\n")
    for length in sorted({*range(0, len(whole), 3), *range(end - 4, end + 5), *range(len(whole) - 4, len(whole) + 1)}):
        path.write_bytes(whole[:length])
        journal = open_journal(tmp_path, key)
        assert journal.list_waiting() == entries[: whole[:length].count(b"\n")]
        journal.note("SX1:9", make_code(9), "accepted", NOW)
        assert_chained(journal.list_waiting(), key)
        close(journal)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(garbage=st.binary(max_size=200).filter(lambda tail: b"\n" not in tail))
def test_garbage_after_the_last_line_is_dropped(tmp_path_factory: pytest.TempPathFactory, garbage: bytes) -> None:
    folder = tmp_path_factory.mktemp("journal")
    entries = write_some(folder, 2)
    with (folder / "journal.jsonl").open("ab") as file:
        file.write(garbage)
    journal = open_journal(folder)
    assert journal.list_waiting() == entries
    close(journal)


_ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("note"), st.integers(0, 5)),
        st.tuples(st.just("refuse"), st.integers(0, 5)),
        st.tuples(st.just("remember"), st.integers(0, 5)),
        st.tuples(st.just("answer"), st.integers(0, 5)),
        st.tuples(st.just("restart"), st.just(0)),
    ),
    max_size=20,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=_ACTS)
def test_whatever_happens_it_is_known_after_a_restart(
    tmp_path_factory: pytest.TempPathFactory, acts: list[tuple[str, int]]
) -> None:
    folder = tmp_path_factory.mktemp("journal")
    key = DeviceKey.open(folder / "key.pem")
    journal, spent, noted, waiting = open_journal(folder, key), set[int](), list[Entry](), list[Entry]()
    for act, number in acts:
        if act in {"note", "refuse"}:
            outcome = "accepted" if act == "note" else "code-expired"
            entry = journal.note(f"SX1:{number}", make_code(number), outcome, NOW)
            noted.append(entry)
            waiting.append(entry)
        if act in {"note", "remember"}:
            spent.add(number)
        if act == "remember":
            journal.remember(make_code(number))
        if act == "answer":
            journal.mark_answered(waiting[:number])
            waiting = waiting[number:]
        if act == "restart":
            close(journal)
            journal = open_journal(folder, key)
        assert {number for number in range(6) if journal.has_seen(make_code(number), NOW)} == spent
        assert journal.list_waiting() == waiting
    assert_chained(noted, key)
    close(journal)


def test_a_claim_ends_with_its_code_and_a_paper_claims_nothing(tmp_path: Path) -> None:
    journal = open_journal(tmp_path)
    code, paper = make_code(1), make_code(2, KeyUse.PAPER)
    journal.note("SX1:1", code, "accepted", NOW)
    journal.note("SX3:2", paper, "accepted", NOW)
    assert journal.has_seen(code, NOW)
    assert not journal.has_seen(code, code.expires_at)
    assert not journal.has_seen(paper, NOW)
    close(journal)


@pytest.mark.parametrize("where", ["write", "fsync", "half"])
def test_a_disk_that_fails_leaves_no_trace_of_the_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    write_some(tmp_path, 1)
    journal, before = open_journal(tmp_path), (tmp_path / "journal.jsonl").read_bytes()
    write = os.write

    def fail(*_: object) -> int:
        raise OSError(errno.ENOSPC, "full")

    def write_half(file: int, content: bytes) -> int:
        return write(file, content[: len(content) // 2])

    with monkeypatch.context() as broken:
        broken.setattr(os, "write" if where == "half" else where, write_half if where == "half" else fail)
        with pytest.raises(OSError, match="journal"):
            journal.note("SX1:5", make_code(5), "accepted", NOW)
    assert (tmp_path / "journal.jsonl").read_bytes() == before
    assert not journal.has_seen(make_code(5), NOW)
    assert journal.note("SX1:5", make_code(5), "accepted", NOW).sequence == 2
    close(journal)


def test_two_gates_do_not_share_a_journal(tmp_path: Path) -> None:
    journal = open_journal(tmp_path)
    with pytest.raises(BlockingIOError):
        open_journal(tmp_path)
    close(journal)


_WRITER = """
import sys
from pathlib import Path
from tests.app.scanner.test_journal import NOW, make_code, open_journal
journal = open_journal(Path(sys.argv[1]))
for number in range(10**6):
    entry = journal.note(f"SX1:{number}", make_code(number), "accepted", NOW)
    print(entry.id, flush=True)
"""


def test_what_was_told_outlives_kill_9(tmp_path: Path) -> None:
    """Each id that was printed, so each gate that opened, is in the journal; one more may be."""
    writer = subprocess.Popen(
        [sys.executable, "-c", _WRITER, tmp_path], cwd=ROOT, stdout=subprocess.PIPE, text=True, bufsize=1
    )
    assert writer.stdout is not None
    with writer.stdout:
        told = [writer.stdout.readline().strip() for _ in range(20 + uuid4().int % 50)]
        writer.kill()
        told += writer.stdout.read().split("\n")[:-1]
    writer.wait()
    journal = open_journal(tmp_path)
    found = [entry.id for entry in journal.list_waiting()]
    assert found[: len(told)] == told
    assert len(found) - len(told) <= 1
    assert_chained(journal.list_waiting(), DeviceKey.open(tmp_path / "key.pem"))
    close(journal)


def test_a_lost_journal_goes_on_behind_what_the_province_knows(tmp_path: Path) -> None:
    journal = open_journal(tmp_path)
    journal.go_on_behind(41, "B" * 43)
    entries = [journal.note("SX1:1", make_code(number), "accepted", NOW) for number in range(2)]
    assert [(entry.sequence, entry.previous == "B" * 43) for entry in entries] == [(42, True), (43, False)]
    journal.go_on_behind(41, "B" * 43)
    assert journal.note("SX1:1", make_code(5), "accepted", NOW).sequence == 44
    close(journal)


def test_nobody_else_reads_it(tmp_path: Path) -> None:
    write_some(tmp_path, 1)
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


def test_a_line_is_json_that_others_can_read(tmp_path: Path) -> None:
    entry = write_some(tmp_path, 1)[0]
    held = msgspec.json.decode((tmp_path / "journal.jsonl").read_bytes())
    assert held["entry"] == msgspec.to_builtins(entry)

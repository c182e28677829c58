"""The witness as a file: what is on disk, who may read it, and what a crash or a hand makes of it."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.audit.model import NO_HEAD, Head, to_us
from app.audit.witness import Witnessed, WitnessFile

_AT = to_us(datetime(2026, 7, 1, tzinfo=UTC))


def make_head(batch_no: int, mark: int = 0) -> Head:
    return Head(batch_no, _AT, _AT, 0, bytes([mark]) * 32, NO_HEAD, bytes([batch_no % 256]) * 32, b"kid4", bytes(64))


def read_all(witness: WitnessFile) -> list[Witnessed]:
    size = witness.size()
    assert size is not None
    return list(witness.read(size))


@pytest.fixture
def witness(tmp_path: Path) -> WitnessFile:
    return WitnessFile(tmp_path / "audit-heads.jsonl")


def test_it_gives_back_what_it_was_given(witness: WitnessFile) -> None:
    assert (witness.size(), witness.last()) == (None, None)
    witness.append([make_head(1), make_head(2)])
    witness.append([make_head(3)])
    assert read_all(witness) == [(number, make_head(number)) for number in (1, 2, 3)]
    assert witness.last() == make_head(3)


def test_nobody_else_may_read_it(witness: WitnessFile) -> None:
    before = os.umask(0)
    try:
        witness.append([make_head(1)])
    finally:
        os.umask(before)
    assert witness.path.stat().st_mode & 0o777 == 0o600


def test_it_is_on_disk_before_the_worker_goes_on(witness: WitnessFile, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        synced.append(os.fstat(descriptor).st_ino)
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    witness.append([make_head(1)])
    assert synced == [witness.path.stat().st_ino, witness.path.parent.stat().st_ino]
    witness.append([make_head(2)])
    assert synced[2:] == [witness.path.stat().st_ino]


def test_it_only_grows(witness: WitnessFile) -> None:
    witness.append([make_head(1)])
    before = witness.path.read_bytes()
    witness.append([make_head(2)])
    assert witness.path.read_bytes().startswith(before)


@given(st.data())
def test_a_line_that_a_crash_cut_short_is_no_damage(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    witness = WitnessFile(tmp_path_factory.mktemp("witness") / "heads")
    witness.append([make_head(1), make_head(2)])
    whole = witness.path.read_bytes()
    second = whole.index(b"\n") + 1
    witness.path.write_bytes(whole[: data.draw(st.integers(second, len(whole) - 2))])
    assert [line.head for line in read_all(witness)] == [make_head(1)]
    assert witness.last() == make_head(1)
    witness.append([make_head(2), make_head(3)])
    assert [line.head for line in read_all(witness)] == [make_head(1), make_head(2), make_head(3)]


@pytest.mark.parametrize("forged", [b"{}", b"not JSON", b'{"batch_no":2}', b"\xff\xfe"])
def test_a_line_that_somebody_spoilt_is_told_by_its_number(witness: WitnessFile, forged: bytes) -> None:
    witness.append([make_head(1), make_head(2), make_head(3)])
    lines = witness.path.read_bytes().splitlines()
    witness.path.write_bytes(b"\n".join([lines[0], forged, lines[2], b""]))
    assert read_all(witness) == [(1, make_head(1)), (2, None), (3, make_head(3))]
    witness.path.write_bytes(b"\n".join([lines[0], lines[1], forged, b""]))
    assert read_all(witness) == [(1, make_head(1)), (2, make_head(2)), (3, None)]


def test_what_is_added_later_is_not_read(witness: WitnessFile) -> None:
    """The database is looked at after the file was measured: newer heads may not be in that look."""
    witness.append([make_head(1)])
    size = witness.size()
    assert size is not None
    witness.append([make_head(2)])
    assert [line.head for line in witness.read(size)] == [make_head(1)]


def test_the_last_head_of_a_long_file_is_found(witness: WitnessFile) -> None:
    witness.append([make_head(number) for number in range(1, 2001)])
    assert witness.last() == make_head(2000)


def test_two_workers_do_not_mix_their_lines(witness: WitnessFile) -> None:
    with ThreadPoolExecutor(8) as workers:
        list(workers.map(lambda number: witness.append([make_head(number), make_head(number, 1)]), range(1, 41)))
    lines = [line.head for line in read_all(witness)]
    assert sorted((head.batch_no, head.root) for head in lines if head) == [
        (number, bytes([mark]) * 32) for number in range(1, 41) for mark in (0, 1)
    ]
    assert all(first == make_head(first.batch_no) for first in lines[::2] if first)

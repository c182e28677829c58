"""What the stand-ins remember is shared by processes, and for this user alone."""

from __future__ import annotations

import multiprocessing
import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from app.development.identity_files import CredentialFile, FaceFile, IdentityFiles, certify_id_of
from app.identity.model import AgeBand

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
FACE = FaceFile("王小明", "11010519491231002X", None, NOW)
CREDENTIAL = CredentialFile("sequence", "W1", AgeBand.ADULT, None, NOW)


def _kid(folder: Path) -> str:
    return IdentityFiles(folder).signing_key(NOW).kid.hex()


def _take(folder: Path) -> bool:
    return IdentityFiles(folder).take_credential("credential") is not None


def test_processes_that_start_at_once_sign_with_one_key(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(3) as processes:
        assert len(set(processes.map(_kid, [tmp_path] * 6))) == 1


def test_one_process_gets_a_credential(tmp_path: Path) -> None:
    IdentityFiles(tmp_path).save_credential("credential", CREDENTIAL)
    with multiprocessing.get_context("spawn").Pool(3) as processes:
        assert sorted(processes.map(_take, [tmp_path] * 6)) == [False] * 5 + [True]


def test_a_face_check_ends_once(tmp_path: Path) -> None:
    files = IdentityFiles(tmp_path / "deep" / "folder")
    assert files.get_face("x") is None
    assert files.complete_face("x", "pass") is None
    files.save_face("x", FACE)
    assert files.complete_face("x", "fail") == files.complete_face("x", "pass") == files.get_face("x")
    assert files.get_face("x").outcome == "fail"  # type: ignore[union-attr]


def test_nobody_else_can_read_them(tmp_path: Path) -> None:
    files = IdentityFiles(tmp_path / "folder")
    files.save_face("x", FACE)
    files.save_credential("y", CREDENTIAL)
    files.signing_key(NOW)
    assert stat.S_IMODE((tmp_path / "folder").stat().st_mode) == 0o700
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "folder").iterdir()}
    assert modes == {0o600}
    assert len(list((tmp_path / "folder").iterdir())) == 3


def test_what_is_a_day_old_is_thrown_away_but_for_the_key(tmp_path: Path) -> None:
    files = IdentityFiles(tmp_path)
    files.save_face("old", FACE)
    files.signing_key(NOW)
    before = (NOW - timedelta(days=1, minutes=1)).timestamp()
    for path in tmp_path.iterdir():
        os.utime(path, (before, before))
    files.save_face("new", FACE)
    assert files.get_face("old") is None
    assert files.get_face("new") == FACE
    assert (tmp_path / "signing-key.json").exists()


def test_names_of_files_are_not_chosen_by_who_asks(tmp_path: Path) -> None:
    files = IdentityFiles(tmp_path)
    files.save_face("../../escape", FACE)
    assert [path.parent for path in tmp_path.rglob("face-*.json")] == [tmp_path]
    assert files.get_face("../../escape") == FACE


def test_a_check_has_one_certify_id() -> None:
    one, other = UUID(int=1), UUID(int=2)
    assert certify_id_of(one) == certify_id_of(one) != certify_id_of(other)
    assert len(certify_id_of(one)) == 32

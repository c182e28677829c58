"""What a newcomer is told when the servers cannot run, and the cases that look so and simply work."""

from __future__ import annotations

import os
import platform
import shutil
from pathlib import Path

import pytest

from app.embedded import DiskFullError, FolderError, NoBinaryError, ServerFailedError, claim_folder
from app.embedded.accounts import CAP_DAC_OVERRIDE, Account, choose_account, find_closed
from app.embedded.binaries import find_postgres, find_valkey
from app.embedded.logs import LogFile
from app.embedded.postgres import failure
from tests.app.embedded.conftest import (
    StartStand,
    as_ordinary_user,
    find_commands,
    link_or_copy,
    ordinary_python,
)

as_root = pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("setpriv"), reason="only root has privileges to drop, and setpriv drops them"
)


def test_a_folder_that_cannot_be_written_is_named(folder: Path, start_stand: StartStand) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o555)
    said = start_stand(closed / "data", *as_ordinary_user(), python=ordinary_python()).said()
    assert said["error"] == "FolderError"
    assert str(closed / "data") in said["message"]
    assert "SUIXING_DATA" in said["message"]


def test_a_file_in_the_place_of_the_folder_is_named(folder: Path) -> None:
    (folder / "data").touch()
    with pytest.raises(FolderError, match=str(folder / "data")):
        claim_folder(folder / "data")


def test_a_platform_without_binaries_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    with pytest.raises(NoBinaryError, match=r"on riscv64 .*DATABASE_URL and REDIS_URL"):
        find_valkey()


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.embedded.binaries.find_spec", lambda _name: None)
    with pytest.raises(NoBinaryError, match="make run"):
        find_postgres()


@pytest.mark.parametrize(
    "said", ["could not write lock file: No space left on device", "HINT:  Check free disk space."]
)
def test_a_full_disk_is_told_from_other_ends(folder: Path, said: str) -> None:
    log = LogFile(folder / "logs" / "postgres.log")
    os.close(log.open())
    log.path.write_text(f"{said}\n")
    assert isinstance(failure("PostgreSQL", 1, log, 0), DiskFullError)
    log.path.write_text("FATAL:  something else\n")
    told = failure("PostgreSQL", 1, log, 0)
    assert isinstance(told, ServerFailedError)
    assert "something else" in str(told)


@as_root
@pytest.mark.parametrize("lacking", ["-sys_admin", "-dac_read_search"], ids=["as on a machine", "as in Docker"])
def test_root_with_clone_and_data_in_a_closed_folder_simply_works(
    folder: Path, start_stand: StartStand, lacking: str
) -> None:
    installed = find_postgres().parents[1]
    for part in installed.parent.glob(f"{installed.name}*"):  # the libraries are beside it
        shutil.copytree(part, folder / part.name, copy_function=link_or_copy, symlinks=True)
    folder.chmod(0o700)
    prefix = ("env", f"PYTHONPATH={folder}", "setpriv", f"--bounding-set={lacking}")
    assert "database_url" in start_stand(folder / "data", *prefix).said()
    assert str(folder / installed.name) in " ".join(find_commands(folder / "data"))


@as_root
def test_root_without_the_capabilities_is_told_which_folder_to_open(folder: Path, start_stand: StartStand) -> None:
    folder.chmod(0o700)
    stand = start_stand(folder / "data", "setpriv", "--bounding-set=-dac_read_search,-dac_override")
    said = stand.said()
    assert said["error"] == "PrivilegesError"
    assert f"chmod o+x {folder}" in said["message"]


@as_root
def test_root_that_cannot_become_another_user_is_told(folder: Path, start_stand: StartStand) -> None:
    said = start_stand(folder / "data", "setpriv", "--bounding-set=-setuid,-setgid").said()
    assert said["error"] == "PrivilegesError"
    assert "ordinary user" in said["message"]


@as_root
def test_root_and_an_ordinary_user_can_take_turns(folder: Path, start_stand: StartStand) -> None:
    folder.chmod(0o777)
    mine = start_stand(folder / "data", *as_ordinary_user(), python=ordinary_python())
    assert "database_url" in mine.said()
    mine.end()
    roots = start_stand(folder / "data")
    assert "database_url" in roots.said()
    roots.end()
    assert "database_url" in start_stand(folder / "data", *as_ordinary_user(), python=ordinary_python()).said()


@as_root
def test_programs_installed_under_a_strict_umask_need_the_wider_capability(folder: Path) -> None:
    program = folder / "postgres"
    program.touch(mode=0o700)
    account = choose_account(folder, [program])
    assert account
    assert account.capability == CAP_DAC_OVERRIDE


def test_the_topmost_closed_folder_is_found(folder: Path) -> None:
    inner = folder / "a" / "b" / "c"
    inner.mkdir(parents=True)
    for each in (folder / "a", folder / "a" / "b", inner):
        each.chmod(0o711)
    stranger = Account(uid=4_000_000, gid=4_000_000, name="stranger")
    assert find_closed(stranger, inner) is None
    (folder / "a" / "b").chmod(0o770)
    inner.chmod(0o700)
    assert find_closed(stranger, inner) == folder / "a" / "b"

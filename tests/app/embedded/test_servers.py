from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import Generator
from pathlib import Path

import asyncpg
import pytest
import redis

from app.embedded import AlreadyRunningError, Servers, claim_folder, find_running_servers, get_holder, running_servers
from app.embedded.servers import PrivateServers, with_database
from app.settings import read_settings
from tests.app.embedded.conftest import StartStand, find_commands, wait_until
from tests.harness.folders import create_short_folder


def query(url: str, statement: str) -> object:
    async def ask() -> object:
        connection = await asyncpg.connect(url, timeout=10)
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()

    return asyncio.run(ask())


def is_answering(servers: PrivateServers) -> bool:
    try:
        return query(servers.database_url or "", "SELECT 1") == 1 and bool(
            redis.from_url(servers.redis_url or "").ping()
        )
    except (OSError, asyncpg.PostgresError, redis.ConnectionError):
        return False


def test_both_answer_and_keep_their_data_over_a_restart(folder: Path) -> None:
    data = folder / "data"
    with running_servers(data) as servers:
        assert str(query(servers.database_url, "SELECT version()")).startswith("PostgreSQL 18")
        assert query(servers.database_url, "SELECT current_database() || current_user") == "appapp"
        query(servers.database_url, "CREATE TABLE kept AS SELECT 7 AS number")
        with redis.from_url(servers.redis_url) as client:
            client.set("kept", "7")
    assert not find_commands(data)
    with running_servers(data) as servers:
        assert query(servers.database_url, "SELECT number FROM kept") == 7
        with redis.from_url(servers.redis_url) as client:
            assert client.get("kept") == b"7"


@pytest.fixture(scope="module")
def shared() -> Generator[tuple[Path, Servers]]:
    """Servers for the tests that only look, started as a person would whose shell knows another PostgreSQL."""
    folder = create_short_folder()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("PGPORT", "6000"), ("PGHOST", "elsewhere.invalid"), ("PGDATA", "/nowhere")):
            patch.setenv(name, value)
        with running_servers(folder / "data") as servers:
            yield folder / "data", servers
    shutil.rmtree(folder)


def test_the_environment_s_postgresql_is_not_asked(shared: tuple[Path, Servers]) -> None:
    _, servers = shared
    assert query(servers.database_url, "SHOW port") == "5432"


def test_no_one_else_can_reach_them(shared: tuple[Path, Servers]) -> None:
    data, servers = shared
    assert query(servers.database_url, "SHOW listen_addresses") == ""
    for private in ("postgres", "valkey", "sockets", "logs"):
        assert (data / private).stat().st_mode & 0o077 == 0


def test_durable_is_the_default(shared: tuple[Path, Servers]) -> None:
    _, servers = shared
    assert query(servers.database_url, "SHOW fsync") == "on"
    assert query(servers.database_url, "SHOW synchronous_commit") == "on"


def test_no_value_reaches_the_log(shared: tuple[Path, Servers]) -> None:
    data, servers = shared
    query(servers.database_url, "CREATE TABLE phone (number text PRIMARY KEY)")
    query(servers.database_url, "INSERT INTO phone VALUES ('13800138000')")
    with pytest.raises(asyncpg.UniqueViolationError):
        query(servers.database_url, "INSERT INTO phone VALUES ('13800138000')")
    with pytest.raises(asyncpg.PostgresSyntaxError):
        query(servers.database_url, "SELECT 13800138000 oops oops")
    log = (data / "logs" / "postgres.log").read_text()
    assert "duplicate key" in log
    assert "13800138000" not in log


@pytest.mark.parametrize("name", ["a folder, with 空格 & 100% 'odd' \"names\"", "long-" * 20])
def test_any_path_will_do_and_the_temp_folder_is_left_clean(
    folder: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = folder / "t"
    temporary.mkdir(mode=0o711)
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    with running_servers(folder / name, durable=False) as servers:
        assert query(servers.database_url, "SELECT 1") == 1
        with redis.from_url(servers.redis_url) as client:
            assert client.ping()
        assert len(list(temporary.iterdir())) == 1
    assert not list(temporary.iterdir())


def test_a_second_start_is_told_who_is_there(folder: Path, start_stand: StartStand) -> None:
    first = start_stand(folder / "data")
    urls = first.said()
    with pytest.raises(AlreadyRunningError, match=rf"already running here \(pid {first.process.pid}\)"):
        claim_folder(folder / "data")
    found = find_running_servers(folder / "data")
    assert found
    assert {"database_url": found.database_url, "redis_url": found.redis_url} == urls
    first.end()
    assert get_holder(folder / "data") is None


def test_of_three_at_once_one_wins_and_two_say_so(folder: Path, start_stand: StartStand) -> None:
    stands = [start_stand(folder / "data") for _ in range(3)]
    answers = [stand.said() for stand in stands]
    assert sorted(answer.get("error", "") for answer in answers) == ["", "AlreadyRunningError", "AlreadyRunningError"]


def test_nothing_outlives_a_killed_launcher_and_the_data_does(folder: Path, start_stand: StartStand) -> None:
    data = folder / "data"
    launcher = start_stand(data)
    url = launcher.said()["database_url"]
    query(url, "CREATE TABLE kept AS SELECT 7 AS number")
    assert find_commands(data)
    launcher.kill()
    with running_servers(data, durable=False) as servers:  # at once: it waits for what is still ending
        assert query(servers.database_url, "SELECT number FROM kept") == 7
        (data / "postgres" / "postmaster.pid").read_text()
    assert not find_commands(data)


def test_a_stale_pid_file_that_names_a_living_process_does_not_stop_the_next_start(folder: Path) -> None:
    with running_servers(folder / "data", durable=False):
        text = (folder / "data" / "postgres" / "postmaster.pid").read_text()
    lines = text.splitlines()
    stale = folder / "data" / "postgres" / "postmaster.pid"
    stale.write_text("\n".join([str(os.getppid()), *lines[1:]]) + "\n")
    with running_servers(folder / "data", durable=False) as servers:
        assert query(servers.database_url, "SELECT 1") == 1


def test_a_set_up_that_was_interrupted_begins_again(folder: Path) -> None:
    unfinished = folder / "data" / "postgres.unfinished"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18")
    (folder / "data").chmod(0o711)
    with running_servers(folder / "data", durable=False) as servers:
        assert query(servers.database_url, "SELECT 1") == 1


@pytest.mark.parametrize("name", ["postgres", "valkey"])
def test_a_server_that_dies_is_started_again_with_its_data(folder: Path, name: str) -> None:
    lock = claim_folder(folder / "data")
    servers = PrivateServers(lock)  # durable: what is committed must survive
    servers.start()
    try:
        query(servers.database_url or "", "CREATE TABLE kept AS SELECT 7 AS number")
        keeper = next(server.keeper for server in servers.parts if server.keeper.name == name)
        killed = keeper.pid
        assert killed
        os.kill(killed, signal.SIGKILL)

        def is_back() -> bool:
            servers.tend()
            return keeper.pid != killed and is_answering(servers)

        wait_until(is_back)
        assert query(servers.database_url or "", "SELECT number FROM kept") == 7
    finally:
        servers.stop()
        lock.release()


def test_a_command_uses_the_running_database_or_brings_its_own(folder: Path, start_stand: StartStand) -> None:
    settings = read_settings({"SUIXING_DATA": str(folder / "data")})
    with with_database(settings) as url:
        assert query(url, "SELECT 1") == 1
    running = start_stand(folder / "data")
    expected = running.said()["database_url"]
    with with_database(settings) as url:
        assert url == expected

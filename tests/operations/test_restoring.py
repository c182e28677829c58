"""The drill: a deployment is backed up, goes on, loses its database, and serves again from the backup."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest
from click.testing import CliRunner

from api.services import now
from app import audit
from app.audit.checking import WITNESS, verify_deployment
from app.cli import main
from app.embedded.binaries import find_postgres
from app.errors import SettingsError
from app.keeping import create_keys
from app.recognition.publishing import publish_trust_list
from app.restoring.restoring import NOBODY, Restored, settle_restored
from app.settings import Settings, read_settings
from codes import KeyRing, KeyUse
from push.store import lease_notices
from tests.api.harness import Api, Session, issue_code, log_in, make_gate, make_person, running_api, scan, slug_of
from tests.api.long_codes import print_paper
from tests.harness.servers import Servers

_DAY = timedelta(days=1)


class Drill:
    """One deployment with a folder of its own, and whichever database it has now."""

    def __init__(self, settings: Settings, ring: KeyRing, server: Servers) -> None:
        self.settings = settings
        self.ring = ring
        self.server = server

    @property
    def witness(self) -> Path:
        return self.settings.data / WITNESS

    async def commit(self, api: Api) -> None:
        """The worker's minute."""
        await audit.commit_batch(api.services.pool, self.ring, now=now(), witness=self.witness, lag=timedelta(0))

    async def verify(self) -> list[str]:
        said: list[str] = []
        await verify_deployment(self.settings, str(self.settings.database_url), now(), said.append)
        return said

    async def back_up(self, path: Path) -> None:
        _run("pg_dump", "--format=custom", f"--file={path}", url=str(self.settings.database_url))

    async def lose_and_restore(self, path: Path) -> None:
        """Into an empty database: nothing of the old one is there."""
        name = urlsplit(str(self.settings.database_url)).path.lstrip("/")
        await self.server.drop_database(name)
        await self.server.create_database(name, migrated=False)
        _run(
            "pg_restore", "--no-owner", "--exit-on-error", f"--dbname={name}", path, url=str(self.settings.database_url)
        )

    async def settle(self, **given: Any) -> Restored:
        return await settle_restored(self.settings, str(self.settings.database_url), now(), **given)


def _run(program: str, *arguments: str | Path, url: str) -> None:
    """The programs that an operator uses, of the server's own version."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    environment = {
        "PGHOST": query["host"][0], "PGPORT": query.get("port", ["5432"])[0], "PGUSER": str(parts.username),
        "PGDATABASE": parts.path.lstrip("/"), "PATH": os.environ["PATH"],
    }  # fmt: skip
    done = subprocess.run(
        [find_postgres() / program, *arguments], env=environment, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture
def drill(fresh_database: str, valkey_url: str, servers: Servers, tmp_path: Path) -> Drill:
    settings = read_settings({"SUIXING_DATA": str(tmp_path), "DATABASE_URL": fresh_database, "REDIS_URL": valkey_url})
    return Drill(settings, create_keys(settings, development=True, now=now()), servers)


@asynccontextmanager
async def serving(drill: Drill) -> AsyncGenerator[Api]:
    pool_url = str(drill.settings.database_url)
    connection = await asyncpg.create_pool(pool_url, min_size=1, max_size=1)
    await publish_trust_list(connection, drill.ring, lifetime=_DAY, now=now())
    await connection.close()
    async with running_api(drill.settings) as api:
        yield api


async def test_the_drill(drill: Drill, tmp_path: Path) -> None:
    dump = tmp_path / "backup.dump"
    async with serving(drill) as api:
        gate, people = await make_gate(api), [await make_person(api) for _ in range(3)]
        sessions = [await log_in(api, person) for person in people]
        for session in sessions:
            assert (await scan(api, gate, await issue_code(api, session))).status_code == 201
        await drill.commit(api)
        await api.post("/v1/otp", json={"phone": people[0].phone})
        papers = [await print_paper(api, session) for session in sessions]
        given_before = await _take_places(api)
        await drill.back_up(dump)
        before = await _count(api)
        after_backup = [await issue_code(api, session) for session in sessions]
        for code in after_backup:
            assert (await scan(api, gate, code)).status_code == 201
        await drill.commit(api)
        given_after = await _take_places(api)
        assert given_after[0] == given_before[0], "one list had places for both"
        newcomer = await make_person(api)
        sequence = await _lift_trust_list(api)
        sent = await _send_all(api)
        assert sent > 0
        shown = await issue_code(api, sessions[0])
    await drill.lose_and_restore(dump)
    said = await drill.verify()
    assert [line for line in said if "heads-cut-off" in line], said

    done = await drill.settle(above=sequence)
    assert done.heads_lost >= 1
    assert done.old_witness is not None
    assert is_there(done.old_witness), "what an auditor needs to know how much was lost"
    assert done.sequence > sequence, "sequences do not go backwards"
    assert done.lists == 1, "the list that papers got their places from"
    assert done.notices == 4, "the texts that were not sent yet when the backup was taken"
    said = await drill.verify()
    assert "sound" in said[-1], said
    assert "NOT" not in said[-1], said

    async with serving(drill) as api:
        assert api.services.trust.current.sequence == done.sequence
        assert await _count(api) == before, "nothing doubled"
        for code in [*after_backup, shown, *papers]:
            refused = await scan(api, gate, code)
            assert slug_of(refused) == "code-revoked", "used, shown or reported lost since, for all that is known"
        refused = await api.post("/v1/sessions/refresh", json={"refresh_token": sessions[0].refresh_token})
        assert refused.status_code == 401
        assert await _send_all(api, channels=("sms",)) == 0, "no text is sent twice"
        await _use_again(api, people[0], gate)
        assert (await _take_places(api))[0] != given_after[0], "no place is handed out twice"
        assert (
            await api.services.pool.fetchval(
                "SELECT count(*) FROM residents WHERE resident_id = $1", newcomer.resident_id
            )
            == 0
        ), "what came after the backup is lost, and said so"
        await drill.commit(api)
        acts = await audit.list_acts(api.services.pool, actor_id=NOBODY, limit=9)
        assert [act.act for act in acts] == ["deployment.restored"]
    said = await drill.verify()
    assert "NOT" not in said[-1], said


def is_there(path: str) -> bool:
    return Path(path).exists()


async def _use_again(api: Api, person: Any, gate: Any) -> None:
    """A login and a scan after the restore."""
    session: Session = await log_in(api, person)
    await api.services.pool.execute("UPDATE subjects SET codes_valid_from = codes_valid_from - interval '10 s'")
    assert (await scan(api, gate, await issue_code(api, session))).status_code == 201


async def _take_places(api: Api) -> tuple[int, list[int]]:
    """As for a paper that is printed: a list's number, and a place."""
    taken = await api.services.credentials.places.take(KeyUse.PAPER, 1, now())
    return taken.list_no, list(taken.indexes)


async def _count(api: Api) -> dict[str, int]:
    tables = (
        "residents",
        "subjects",
        "accesses",
        "phone_lookups",
        "identity_lookups",
        "access_batches",
        "access_leaves",
    )
    return {table: await api.services.pool.fetchval(f"SELECT count(*) FROM {table}") for table in tables}


async def _lift_trust_list(api: Api) -> int:
    """A list that was published after the backup, with a sequence far above the clock."""
    sequence = int(now().timestamp()) + 5000
    await api.services.pool.execute(
        "INSERT INTO trust_lists (sequence, jws, created_at, expires_at) "
        "SELECT $1, jws, created_at, expires_at FROM trust_lists ORDER BY sequence DESC LIMIT 1",
        sequence,
    )
    return sequence


async def _send_all(api: Api, channels: tuple[str, ...] = ("sms", "inbox")) -> int:
    """What a worker would take to send now."""
    leased = [
        await lease_notices(api.services.pool, channel, limit=100, now=now(), leased_until=now() + timedelta(minutes=1))
        for channel in channels
    ]
    return sum(map(len, leased))


async def test_nothing_is_settled_beside_servers_that_serve(drill: Drill) -> None:
    async with serving(drill):
        with pytest.raises(SettingsError, match="stop them first"):
            await drill.settle()


async def test_twice_is_as_good_as_once(drill: Drill) -> None:
    async with serving(drill) as api:
        await make_person(api)
        await drill.commit(api)
    first = await drill.settle()
    second = await drill.settle(keep_sessions=True)
    assert second.sequence > first.sequence
    assert (second.heads_lost, second.old_witness) == (0, None)


async def test_a_witness_of_before_the_backup_is_brought_up_to_date(drill: Drill, tmp_path: Path) -> None:
    """As when the witness was copied before the database was dumped."""
    async with serving(drill) as api:
        await drill.commit(api)
        copy = shutil.copy(drill.witness, tmp_path / "copy")
        gate, session = await make_gate(api), await log_in(api, await make_person(api))
        await scan(api, gate, await issue_code(api, session))
        await drill.commit(api)
    drill.witness.unlink()
    shutil.copy(copy, drill.witness)
    done = await drill.settle()
    assert (done.heads_lost, done.old_witness) == (0, None)
    async with serving(drill) as api:
        await drill.commit(api)
    said = await drill.verify()
    assert "NOT" not in said[-1], said


async def test_the_command_asks_first(drill: Drill, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUIXING_DATA", str(drill.settings.data))
    monkeypatch.setenv("DATABASE_URL", str(drill.settings.database_url))
    answer = CliRunner().invoke(main, ["restored"], input="n\n")
    assert answer.exit_code == 1
    assert "End every code and session" in answer.output
    assert "published" not in answer.output

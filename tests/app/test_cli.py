"""The command line as a newcomer and an operator meet it: clear words, exit codes, never a traceback."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import asyncpg
import click
import pytest
from click.testing import CliRunner

from app.cli import main
from app.keeping import create_keys
from app.settings import describe_settings, read_settings
from codes import KeyRing, KeyUse, Kind, mint
from tests.harness.commanding import Suixing

COMMANDS = ["serve", "worker", "migrate", "demo", "settings", "keys", "trust", "code", "audit"]


@pytest.fixture
def data(tmp_path: Path) -> str:
    return str(tmp_path / "data")


def make_keys(data: str) -> None:
    create_keys(read_settings({"SUIXING_DATA": data}), development=True, now=datetime.now(UTC))


def test_help_names_every_command() -> None:
    answer = CliRunner().invoke(main, ["--help"])
    assert answer.exit_code == 0
    for command in COMMANDS:
        assert f"\n  {command} " in answer.output


@pytest.mark.parametrize(
    "command", [*COMMANDS, "keys create", "keys rotate", "trust show", "trust sign", "code verify", "audit verify"]
)
def test_each_command_explains_itself(command: str) -> None:
    for flag in ("--help", "-h"):
        answer = CliRunner().invoke(main, [*command.split(), flag])
        assert answer.exit_code == 0
        assert len(answer.output.splitlines()[2].strip()) > 10


def test_a_key_of_each_use_can_be_rotated() -> None:
    command = cast("click.Group", main.commands["keys"]).commands["rotate"]
    [choice] = [one.type for one in command.params if one.name == "use"]
    assert set(cast("click.Choice[str]", choice).choices) >= set(KeyUse)


def test_the_version_is_known() -> None:
    assert "0.1.0" in CliRunner().invoke(main, ["--version"]).output


def test_settings_lists_every_setting() -> None:
    answer = CliRunner().invoke(main, ["settings"])
    lines = {line.split()[0]: line for line in answer.output.splitlines()}
    assert list(lines) == [name for name, _, _ in describe_settings()]
    assert lines["SUIXING_PORT"].endswith("[8000]")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"SUIXING_PROT": "8001"}, "SUIXING_PROT is not a setting"),
        ({"SUIXING_PORT": "x"}, "SUIXING_PORT must be a whole number"),
        ({"SUIXING_ENVIRONMENT": "production"}, "DATABASE_URL is not set"),
        ({}, "DATABASE_URL is not set: this command needs the servers"),
    ],
)
async def test_settings_that_cannot_be_are_named(suixing: Suixing, settings: dict[str, str], said: str) -> None:
    code, output, complaint = await suixing("worker", **settings)
    assert (code, output) == (1, "")
    assert complaint.startswith("suixing: ")
    assert said in complaint
    assert len(complaint.splitlines()) == 1


def test_an_unknown_command_is_a_usage_error() -> None:
    """Of the command that is installed: the other tests begin with what it imports."""
    done = subprocess.run([Path(sys.executable).parent / "suixing", "fly"], check=False, capture_output=True, text=True)
    assert done.returncode == 2
    assert "No such command" in done.stderr


async def test_migrating_says_what_it_did(suixing: Suixing, empty_database: str, data: str) -> None:
    first = await suixing("migrate", DATABASE_URL=empty_database, SUIXING_DATA=data)
    assert first[0] == 0
    assert first[1].splitlines()[0].startswith("applied 0001")
    assert json.loads(first[2].splitlines()[0])["event"] == "migration.applied"
    assert (await suixing("migrate", DATABASE_URL=empty_database, SUIXING_DATA=data))[1] == "nothing to apply\n"


NOWHERE = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing", "REDIS_URL": "redis://127.0.0.1:1"}


@pytest.mark.parametrize("command", ["migrate", "demo", "worker", "audit verify"])
async def test_a_database_that_is_away_is_told_in_a_line(suixing: Suixing, command: str, data: str) -> None:
    make_keys(data)
    code, _, complaint = await suixing(*command.split(), SUIXING_DATA=data, **NOWHERE)
    assert code == 1
    assert "PostgreSQL cannot be reached" in complaint.splitlines()[-1]


@pytest.mark.parametrize("command", ["demo", "worker"])
async def test_missing_keys_are_told_in_a_line(suixing: Suixing, command: str, data: str) -> None:
    code, _, complaint = await suixing(command, SUIXING_DATA=data, **NOWHERE)
    assert code == 1
    assert "`suixing keys create`" in complaint.splitlines()[-1]


async def test_a_database_without_a_schema_is_told_in_a_line(suixing: Suixing, empty_database: str, data: str) -> None:
    make_keys(data)
    code, _, complaint = await suixing("demo", SUIXING_DATA=data, DATABASE_URL=empty_database)
    assert code == 1
    assert complaint.splitlines()[-1].startswith("suixing: PostgreSQL declined: ")


async def test_the_demo_is_filled_in_where_it_is_told(suixing: Suixing, fresh_database: str, data: str) -> None:
    make_keys(data)
    for _ in range(2):
        code, said, _ = await suixing("demo", SUIXING_DATA=data, DATABASE_URL=fresh_database)
        assert (code, said) == (0, f"wrote {data}/demo.json\n")
    demo = json.loads((Path(data) / "demo.json").read_bytes())
    connection = await asyncpg.connect(fresh_database)
    residents = await connection.fetchval("SELECT count(*) FROM residents")
    await connection.close()
    assert residents == len(demo["residents"]) + 3  # manager, operator, and whoever serves at the window


async def test_keys_are_made_once(suixing: Suixing, data: str) -> None:
    first = await suixing("keys", "create", SUIXING_DATA=data, SUIXING_PROVINCE="33")
    again = await suixing("keys", "create", SUIXING_DATA=data, SUIXING_PROVINCE="33")
    assert first[0] == 0
    assert "浙江" in first[1]
    assert again[1] == first[1]


async def test_the_published_trust_list_is_shown_and_none_is_made_up(
    suixing: Suixing, fresh_database: str, data: str
) -> None:
    make_keys(data)
    own = {"SUIXING_DATA": data, "DATABASE_URL": fresh_database}
    code, said, complaint = await suixing("trust", "show", **own)
    assert (code, said) == (1, "")
    assert "no trust list is published yet" in complaint
    connection = await asyncpg.connect(fresh_database)
    times = (datetime.now(UTC), datetime.now(UTC) + timedelta(days=1))
    for sequence, jws in ((41, "older"), (42, "newest")):
        await connection.execute("INSERT INTO trust_lists VALUES ($1, $2, $3, $4)", sequence, jws, *times)
    await connection.close()
    assert (await suixing("trust", "show", **own))[:2] == (0, "newest\n")


async def test_a_code_is_verified_offline(suixing: Suixing, data: str, tmp_path: Path) -> None:
    """From keys to a verdict, by commands alone, as a gate vendor would try it."""
    _, said, _ = await suixing("keys", "create", SUIXING_DATA=data)
    fingerprint = said.split()[-1]
    listed = await suixing("trust", "sign", SUIXING_DATA=data)
    trust = tmp_path / "trust.jws"
    trust.write_text(listed[1])
    now = datetime.now(UTC)
    epoch = KeyRing.load(Path(data) / "keys").current(KeyUse.CODE, now)
    code = mint(epoch, issuer="31", subject_no=1, kind=Kind.PERSONAL, now=now).text
    later = (now + timedelta(seconds=90)).strftime("%Y-%m-%dT%H:%M:%SZ")

    async def verify(text: str, *options: str) -> tuple[int, str]:
        answer = await suixing("code", "verify", text, "--trust", str(trust), *options)
        return answer[:2]

    good, claims = await verify(code, "--root", fingerprint)
    assert good == 0
    assert json.loads(claims)["issuer"] == "31"
    assert await verify(code, "--at", later) == (1, "code-expired\n")
    assert await verify("https://example.org") == (1, "code-not-ours\n")
    assert (await verify(code, "--root", "00" * 32))[0] == 1
    trust.write_bytes(b"\xff\xfe")
    code_of_exit, _, complaint = await suixing("code", "verify", code, "--trust", str(trust))
    assert code_of_exit == 1
    assert "cannot be read" in complaint


async def test_a_log_without_a_flaw_is_sound(suixing: Suixing, fresh_database: str, data: str) -> None:
    make_keys(data)
    code, _, complaint = await suixing("audit", "verify", SUIXING_DATA=data, DATABASE_URL=fresh_database)
    assert (code, complaint) == (0, "")

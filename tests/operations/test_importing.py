"""The first load: what is good comes in sealed, what is not is told by number, and no crash doubles anything."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import signal
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.iso7064 import mod_11_2

from app.database import Pool, open_pool, transaction
from app.errors import InvalidError, SettingsError
from app.loading.files import name_report
from app.loading.store import Standing
from app.people import store
from app.people.accounts import PhoneAccount
from app.people.import_lines import LONGEST_LINE, read_phone
from app.people.importing import import_residents
from app.people.registering import find_or_register, open_key
from app.people.rules import normalise_phone
from app.sealing import Vault
from app.settings import Settings
from tests.api.harness import invent_phone
from tests.harness.commanding import Suixing
from tests.house.source import ROOT

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
_COMMAND = """
import asyncio, os, sys
from datetime import UTC, datetime
from pathlib import Path
from app.database import open_pool
from app.people.importing import import_residents
from app.sealing import Vault
from app.secrets import read_secrets
from app.settings import read_settings

async def run():
    settings = read_settings(os.environ)
    pool = await open_pool(settings, settings.database_url, size=1)
    await import_residents(pool, Vault(read_secrets(settings.keys_folder)), Path(sys.argv[1]),
                           now=lambda: datetime.now(UTC), tell=lambda done, size: print(done, flush=True), batch=20)
    await pool.close()

asyncio.run(run())
"""


_NUMBERS = itertools.count(random.randrange(2**20))  # noqa: S311  another run's people are others


def invent(*, proven: bool = True) -> dict[str, Any]:
    """Somebody with an ID number that no test had before."""
    rest, sequence = divmod(next(_NUMBERS), 999)
    born = date(1930, 1, 1) + timedelta(days=rest)
    body = f"310101{born:%Y%m%d}{sequence:03}"
    line: dict[str, Any] = {"phone": invent_phone_of_mainland()}
    if proven:
        line |= {"name": "欧阳兰", "id_number": body + mod_11_2.calc_check_digit(body)}
        line["verified_at"] = "2026-01-02T03:04:05+08:00"
    return line


def invent_phone_of_mainland() -> str:
    while True:
        phone = invent_phone()
        try:
            return normalise_phone(phone)
        except InvalidError:
            continue


def write(path: Path, lines: list[Any]) -> Path:
    path.write_bytes(b"".join(line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n" for line in lines))
    return path


async def load(pool: Pool, vault: Vault, path: Path, **more: Any) -> Standing:
    return await import_residents(pool, vault, path, now=lambda: NOW, tell=lambda *_: None, **more)


def refused(path: Path) -> list[tuple[int, str, str]]:
    found = [json.loads(line) for line in name_report(path).read_text().splitlines()]
    return [(one["line"], one["slug"], one["pointer"]) for one in found]


async def test_a_resident_comes_in_sealed_and_is_found_by_the_phone(pool: Pool, vault: Vault, tmp_path: Path) -> None:
    proven, plain = invent(), invent(proven=False)
    path = write(tmp_path / "people", [proven, b"\n", plain])
    standing = await load(pool, vault, path)
    assert (standing.entered, standing.refused) == (2, 0)
    assert name_report(path).read_bytes() == b""
    async with transaction(pool) as db:
        found = await find_or_register(db, vault, PhoneAccount(proven["phone"]), NOW + timedelta(minutes=1))
        resident = await store.get_resident(db, found.resident_id)
        other = await find_or_register(db, vault, PhoneAccount(plain["phone"]), NOW + timedelta(minutes=1))
        unproven = await store.get_resident(db, other.resident_id)
    assert resident is not None
    assert unproven is not None
    assert resident.sealed_name is not None
    assert open_key(vault, resident).open(resident.sealed_name, "name") == proven["name"]
    assert open_key(vault, resident).open(resident.sealed_phone or b"", "phone") == proven["phone"]
    assert resident.verified_at == datetime(2026, 1, 1, 19, 4, 5, tzinfo=UTC)
    assert unproven.verified_at is None
    assert await pool.fetchval("SELECT created_at FROM residents WHERE resident_id = $1", found.resident_id) == NOW


async def test_what_is_wrong_is_told_by_line_and_field_alone(pool: Pool, vault: Vault, tmp_path: Path) -> None:
    good, later = invent(), {**invent(), "verified_at": "2027-01-01T00:00:00Z"}
    lines = [
        good,
        b"not json\n",
        {**invent(), "phone": "021-12345678"},
        {**invent(), "id_number": "310101199003070018"},
        {**invent(), "name": "王\u200b小明"},
        {"phone": invent_phone_of_mainland(), "name": "王小明"},
        {**invent(), "nickname": "小王"},
        later,
        {**invent(), "phone": 13800000000},
        b'{"phone": "' + b"9" * 3 * LONGEST_LINE + b'"}\n',
        {**invent(), "phone": good["phone"]},
        {**invent(), "id_number": good["id_number"]},
        {
            "phone": invent_phone_of_mainland(),
            "name": "王小明",
            "id_number": good["id_number"],
            "verified_at": "2026-01-02",
        },
    ]
    path = write(tmp_path / "people", lines)
    standing = await load(pool, vault, path)
    assert refused(path) == [
        (2, "invalid-request", ""),
        (3, "invalid-request", "/phone"),
        (4, "invalid-request", "/id_number"),
        (5, "invalid-request", "/name"),
        (6, "invalid-request", "/id_number"),
        (7, "invalid-request", ""),
        (8, "invalid-request", "/verified_at"),
        (9, "invalid-request", "/phone"),
        (10, "invalid-request", ""),
        (11, "phone-taken", "/phone"),
        (12, "identity-taken", "/id_number"),
        (13, "invalid-request", "/verified_at"),
    ]
    assert (standing.entered, standing.refused) == (1, 12)
    said = name_report(path).read_text()
    assert not [word for word in ("小王", "欧阳兰", good["phone"], good["id_number"]) if word in said]
    assert name_report(path).stat().st_mode & 0o777 == 0o600


async def test_a_refused_line_leaves_nothing_behind(pool: Pool, vault: Vault, tmp_path: Path) -> None:
    """The phone of one whose identity is taken is free for whoever comes next."""
    first = invent()
    await load(pool, vault, write(tmp_path / "first", [first]))
    rival = {**invent(), "id_number": first["id_number"]}
    assert (await load(pool, vault, write(tmp_path / "rival", [rival]))).refused == 1
    again = {"phone": rival["phone"]}
    assert (await load(pool, vault, write(tmp_path / "again", [again]))).entered == 1
    assert await pool.fetchval("SELECT count(*) FROM import_lines") == 0


async def test_a_file_is_imported_once(pool: Pool, vault: Vault, tmp_path: Path) -> None:
    path = write(tmp_path / "people", [invent() for _ in range(7)])
    first = await load(pool, vault, path, batch=3)
    assert first.entered == 7
    again = await load(pool, vault, path, batch=3)
    assert again.finished
    assert again.entered == 7
    path.rename(tmp_path / "another")
    renamed = await load(pool, vault, tmp_path / "another")
    assert renamed.finished, "it is the file's content that counts"


async def test_without_its_report_an_import_does_not_go_on(pool: Pool, vault: Vault, tmp_path: Path) -> None:
    path = write(tmp_path / "people", [b"bad\n", *[invent() for _ in range(4)]])
    with pytest.raises(RuntimeError):
        await import_residents(pool, vault, path, now=lambda: NOW, tell=_fail, batch=1)
    name_report(path).unlink()
    with pytest.raises(SettingsError, match="put it back"):
        await load(pool, vault, path)


def _fail(done: int, size: int) -> None:
    raise RuntimeError(f"cut off at {done} of {size}")


async def test_killed_at_any_moment_it_goes_on_where_it_was(
    fresh_database: str, settings: Settings, vault: Vault, tmp_path: Path
) -> None:
    people = [invent() for _ in range(600)]
    lines: list[Any] = [person if number % 10 else b"bad\n" for number, person in enumerate(people)]
    lines += [people[1], people[2]]
    path = write(tmp_path / "people", lines)
    environment = {"SUIXING_DATA": str(settings.data), "DATABASE_URL": fresh_database}
    kills = 0
    while True:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", _COMMAND, path, env=environment, stdout=subprocess.PIPE, cwd=ROOT
        )
        assert process.stdout is not None
        for _ in range(random.randrange(1, 9)):  # noqa: S311  any moment
            told = await process.stdout.readline()
        if told and kills < 6:
            process.kill()
            kills += 1
        await process.communicate()
        if process.returncode == 0:
            break
        assert process.returncode == -signal.SIGKILL
    assert kills >= 3
    pool = await open_pool(settings, fresh_database, size=1)
    try:
        standing = await load(pool, vault, path)
        assert standing.finished
        assert (standing.entered, standing.refused) == (540, 62)
        for table in ("residents", "logins", "subjects", "phone_lookups", "identity_lookups"):
            assert await pool.fetchval(f"SELECT count(*) FROM {table}") == 540, table
    finally:
        await pool.close()
    assert [line for line, _, _ in refused(path)] == [*range(1, 601, 10), 601, 602]


async def test_one_process_at_a_time(pool: Pool, vault: Vault, tmp_path: Path) -> None:
    path = write(tmp_path / "people", [invent() for _ in range(40)])
    results = await asyncio.gather(*(load(pool, vault, path, batch=5) for _ in range(3)), return_exceptions=True)
    refusals = [result for result in results if isinstance(result, BaseException)]
    assert all(isinstance(refusal, SettingsError) for refusal in refusals), refusals
    assert (await load(pool, vault, path)).entered == 40


async def test_a_live_login_of_the_same_phone_is_one_resident(pool: Pool, vault: Vault, tmp_path: Path) -> None:
    phones = [invent_phone_of_mainland() for _ in range(30)]
    path = write(tmp_path / "people", [{"phone": phone} for phone in phones])

    async def log_in(phone: str) -> None:
        async with transaction(pool) as db:
            await find_or_register(db, vault, PhoneAccount(phone), NOW)

    loading = asyncio.create_task(load(pool, vault, path, batch=3))
    await asyncio.gather(*map(log_in, phones))
    standing = await loading
    assert standing.entered + standing.refused == 30
    for phone in phones:
        rows = await pool.fetch(
            "SELECT resident_id FROM phone_lookups WHERE phone_index = ANY($1)", vault.indexes("phone", phone)
        )
        assert len({row["resident_id"] for row in rows}) == 1


@given(st.from_regex(r"\+86[0-9]{9,12}|\+861[3-9][0-9]{9}|[0-9]{11}", fullmatch=True))
def test_the_short_way_of_reading_a_phone_is_the_rules_own(text: str) -> None:
    assert _try(read_phone, text) == _try(normalise_phone, text)


def _try(read: Any, text: str) -> str | None:
    try:
        return str(read(text))
    except InvalidError:
        return None


async def test_the_command_says_what_it_did(
    suixing: Suixing, fresh_database: str, settings: Settings, vault: Vault, tmp_path: Path
) -> None:
    assert vault, "there are secrets"
    path = write(tmp_path / "people", [invent(), b"bad\n", b"worse\n"])
    given = {"SUIXING_DATA": str(settings.data), "DATABASE_URL": fresh_database}
    code, said, complained = await suixing("residents", "import", str(path), **given)
    assert code == 0, complained
    told = f"1 residents entered, 2 lines refused\n  invalid-request 2\nrefused lines: {name_report(path)}\n"
    assert said == told
    code, said, complained = await suixing("residents", "import", str(path), **given)
    assert (code, said) == (0, f"this file is in already; nothing was done\n{told}"), complained
    connection = await asyncpg.connect(fresh_database)
    assert await connection.fetchval("SELECT count(*) FROM residents") == 1
    await connection.close()

"""A registry's file comes in sealed, refused lines are told by number, and no crash doubles anything."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from app.database import Pool
from app.development.licence_book import invent_registries
from app.errors import SettingsError
from app.licences.depot import read_deposited
from app.licences.importing import import_licences
from app.licences.model import HolderKind, Standing
from app.licences.registries import Registries, Registry, RegistryEntry
from app.licences.registry import HolderCode
from app.licences.syncing import SyncDesk, sync_wallet
from app.loading.files import count_refusals, name_report
from app.loading.store import Standing as ImportStanding
from app.sealing import Vault
from app.settings import Settings
from tests.app.licences.registers import (
    NOW,
    Clock,
    Keeper,
    invent_entry,
    invent_id_number,
    make_keeper,
    to_row,
    write_ndjson,
)
from tests.house.source import ROOT

TRAFFIC = next(one for one in invent_registries("") if one.id == "traffic")
_COMMAND = """
import asyncio, os, sys
from datetime import UTC, datetime
from pathlib import Path
from app.database import open_pool
from app.development.licence_book import invent_registries
from app.licences.importing import import_licences
from app.sealing import Vault
from app.secrets import read_secrets
from app.settings import read_settings

async def run():
    settings = read_settings(os.environ)
    pool = await open_pool(settings, settings.database_url, size=1)
    traffic = next(one for one in invent_registries("") if one.id == "traffic")
    await import_licences(pool, Vault(read_secrets(settings.keys_folder)), Path(sys.argv[1]), traffic, "ndjson",
                          now=lambda: datetime.now(UTC), tell=lambda done, size: print(done, flush=True), batch=20)
    await pool.close()

asyncio.run(run())
"""


def invent_row(code: str = "", **changes: str) -> dict[str, str]:
    """A good line, but for what is given."""
    return to_row(invent_entry(code or invent_id_number(), "driving-licence").licence) | changes


async def load(pool: Pool, vault: Vault, path: Path, registry: RegistryEntry = TRAFFIC, **more: Any) -> ImportStanding:
    form: Any = "csv" if path.suffix == ".csv" else "ndjson"
    return await import_licences(pool, vault, path, registry, form, now=lambda: NOW, tell=lambda *_: None, **more)


def refused(path: Path) -> list[tuple[int, str, str]]:
    found = [json.loads(line) for line in name_report(path).read_text().splitlines()]
    return [(one["line"], one["slug"], one["pointer"]) for one in found]


async def list_deposited(pool: Pool, vault: Vault, code: str) -> list[tuple[str, Standing]]:
    told = await read_deposited(pool, vault, HolderCode(HolderKind.RESIDENT, code, ""), TRAFFIC.id)
    return sorted((one.content.identifier, one.standing) for one in told)


async def test_a_licence_waits_sealed_for_whoever_holds_it(pool: Pool, vault: Vault, tmp_path: Path) -> None:
    row = invent_row(CZZT="欧阳兰")
    path = write_ndjson(tmp_path / f"{uuid4()}.ndjson", [row])
    assert (await load(pool, vault, path)).entered == 1
    assert await list_deposited(pool, vault, row["CZZTDM"]) == [(row["ZZBS"], Standing.VALID)]
    stored = await pool.fetch("SELECT d::text AS row FROM depot_licences AS d")
    text = "".join(one["row"] for one in stored)
    assert not any(word in text for word in ("欧阳兰", row["CZZTDM"], row["CZZTDM"].encode().hex(), row["ZZBS"]))


async def test_a_csv_is_read_by_its_header(pool: Pool, vault: Vault, tmp_path: Path) -> None:
    rows = [invent_row(KZ_ZZ='示范区"随行"路1号,2室') for _ in range(5)]
    path = tmp_path / f"{uuid4()}.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(reversed(rows[0])))
        writer.writeheader()
        writer.writerows(rows)
    with path.open("ab") as file:
        file.write(b'one,"two\r\nthree",four\r\n')
    standing = await load(pool, vault, path, batch=2)
    assert (standing.entered, standing.refused) == (5, 2)
    assert refused(path) == [(7, "invalid-request", ""), (8, "invalid-request", "")]
    (told,) = await read_deposited(pool, vault, HolderCode(HolderKind.RESIDENT, rows[3]["CZZTDM"], ""), TRAFFIC.id)
    assert told.content.fields["address"] == '示范区"随行"路1号,2室'


@pytest.mark.parametrize("header", [b"", b"one,two", b"ZZBS,CZZTDM", b'"'])
async def test_a_csv_without_its_columns_is_refused_whole(
    pool: Pool, vault: Vault, tmp_path: Path, header: bytes
) -> None:
    path = tmp_path / "licences.csv"
    path.write_bytes(header + b"\n1,2\n")
    with pytest.raises(SettingsError, match="lacks the columns"):
        await load(pool, vault, path)


_WRONG: list[tuple[dict[str, str] | bytes, str, str]] = [
    (b"{", "invalid-request", ""),
    (b"[]", "invalid-request", ""),
    (b'{"ZZBS": 1}', "invalid-request", ""),
    (b"\xff\xfe", "invalid-request", ""),
    (b'{"ZZBS": "' + b"x" * 500_000 + b'"}', "invalid-request", ""),
    ({"ZZLXDM": "another"}, "invalid-request", "/ZZLXDM"),
    ({"CZZTDM": "110105194912310020"}, "invalid-request", "/CZZTDM"),
    ({"CZZTDMLX": "414"}, "invalid-request", "/CZZTDMLX"),
    ({"ZZBS": "1.2.156.3005.2.forged"}, "identifier-wrong", "/ZZBS"),
    ({"ZZBFJGDM": "91110000600037341L"}, "issuer-differs", "/ZZBS"),
    ({"ZZYXQJZRQ": "soon"}, "not-a-date", "/ZZYXQJZRQ"),
    ({"ZZYXQJZRQ": "2019-01-01"}, "period-reversed", "/ZZYXQJZRQ"),
    ({"BGSJ": "2026-01-01T00:00:00"}, "not-a-date", "/BGSJ"),
    ({"KZ_ZJCX": ""}, "missing", "/KZ_ZJCX"),
    ({"KZ_ZP": "bm8gcGljdHVyZQ=="}, "not-an-image", "/KZ_ZP"),
    ({"CZZT": "a\u202eb"}, "not-text", "/CZZT"),
]


async def test_each_refused_line_is_told_by_number_reason_and_field(pool: Pool, vault: Vault, tmp_path: Path) -> None:
    lines = [one if isinstance(one, bytes) else invent_row(**one) for one, _, _ in _WRONG]
    good = invent_row()
    path = write_ndjson(tmp_path / "licences.ndjson", [*lines, good])
    standing = await load(pool, vault, path, batch=3)
    assert (standing.entered, standing.refused) == (1, len(lines))
    assert refused(path) == [(number, slug, pointer) for number, (_, slug, pointer) in enumerate(_WRONG, 1)]
    report = name_report(path).read_text()
    assert "王小明" not in report
    assert all(isinstance(line, bytes) or line["CZZTDM"] not in report for line in lines)
    counted = count_refusals(path)
    assert counted == Counter(slug for _, slug, _ in _WRONG)
    with name_report(path).open("ab") as edited:
        edited.write(b"line;slug\n\xff\n")
    assert count_refusals(path) == counted, "whoever edits it hinders nobody"


async def test_what_must_end_and_is_told_without_an_end_is_refused(pool: Pool, vault: Vault, tmp_path: Path) -> None:
    cards = next(one for one in invent_registries("") if "disability-card" in one.types)
    row = to_row(invent_entry(invent_id_number(), "disability-card").licence)
    ended = row | {"ZZYXQJZRQ": "", "ZZZTDM": "03", "BGSJ": (NOW - timedelta(days=1)).isoformat()}
    path = write_ndjson(tmp_path / "cards.ndjson", [row, row | {"ZZYXQJZRQ": "长期"}, ended])
    standing = await load(pool, vault, path, cards)
    assert (standing.entered, standing.refused) == (1, 2)
    assert refused(path) == [(1, "older-than-known", "/BGSJ"), (2, "end-missing", "/ZZYXQJZRQ")]


async def test_the_newest_word_on_a_licence_counts(pool: Pool, vault: Vault, tmp_path: Path) -> None:
    first = invent_row()
    later = first | {"ZZZTDM": "04", "BGSJ": (NOW - timedelta(days=1)).isoformat()}
    earlier = first | {"ZZZTDM": "02", "BGSJ": (NOW - timedelta(days=90)).isoformat()}
    path = write_ndjson(tmp_path / "one.ndjson", [first, later, earlier])
    standing = await load(pool, vault, path)
    assert (standing.entered, standing.refused) == (1, 2)
    assert refused(path) == [(1, "older-than-known", "/BGSJ"), (3, "older-than-known", "/BGSJ")]
    again = write_ndjson(tmp_path / "two.ndjson", [earlier, invent_row()])
    standing = await load(pool, vault, again)
    assert (standing.entered, standing.refused) == (1, 1)
    assert refused(again) == [(1, "older-than-known", "/BGSJ")]
    assert await list_deposited(pool, vault, first["CZZTDM"]) == [(first["ZZBS"], Standing.REVOKED)]


async def test_a_file_that_is_in_is_not_read_again(pool: Pool, vault: Vault, tmp_path: Path) -> None:
    path = write_ndjson(tmp_path / "licences.ndjson", [invent_row() for _ in range(3)])
    first = await load(pool, vault, path)
    assert await load(pool, vault, path) == msgspec.structs.replace(first, finished=True)


async def sync(pool: Pool, vault: Vault, keeper: Keeper, clock: Clock) -> None:
    registries = Registries([Registry(msgspec.structs.replace(TRAFFIC, url=None), None)])
    desk = SyncDesk(pool, vault, registries, timedelta(days=1), timedelta(days=30), timedelta(days=30))
    await sync_wallet(desk, keeper.id, clock.now)


async def test_whoever_has_a_wallet_gets_what_the_file_says(pool: Pool, vault: Vault, tmp_path: Path) -> None:
    from app.licences.holding import LicenceDesk  # noqa: PLC0415  of this test alone
    from app.licences.sources import request_sync  # noqa: PLC0415

    clock = Clock()
    keeper = await make_keeper(pool, vault, code=invent_id_number())
    row = invent_row(keeper.code)
    await load(pool, vault, write_ndjson(tmp_path / "one.ndjson", [row]))
    assert await pool.fetchval("SELECT count(*) FROM wallets WHERE holder_id = $1", keeper.id) == 0
    await request_sync(LicenceDesk(pool, vault), keeper.holder, clock.now)
    await sync(pool, vault, keeper, clock)
    assert await pool.fetchval("SELECT standing FROM licences WHERE holder_id = $1", keeper.id) == "valid"
    changed = row | {"ZZZTDM": "05", "BGSJ": (NOW - timedelta(minutes=3)).isoformat()}
    await load(pool, vault, write_ndjson(tmp_path / "two.ndjson", [changed]))
    due_at = await pool.fetchval("SELECT sync_due_at FROM wallets WHERE holder_id = $1", keeper.id)
    assert due_at == clock.now, "the file made it due"
    await sync(pool, vault, keeper, clock)
    assert await pool.fetchval("SELECT standing FROM licences WHERE holder_id = $1", keeper.id) == "withdrawn"


async def test_what_is_put_under_another_holder_opens_for_nobody(pool: Pool, vault: Vault, tmp_path: Path) -> None:
    rows = [invent_row(), invent_row()]
    await load(pool, vault, write_ndjson(tmp_path / "one.ndjson", rows))
    mine, theirs = (vault.lasting_index("identity", row["CZZTDM"]) for row in rows)
    await pool.execute("UPDATE depot_licences SET holder_index = $1 WHERE holder_index = $2", mine, theirs)
    assert await list_deposited(pool, vault, rows[0]["CZZTDM"]) == [(rows[0]["ZZBS"], Standing.VALID)]


def test_kill_9_leaves_whole_batches_and_it_goes_on(settings: Settings, tmp_path: Path, database_url: str) -> None:
    rows = [invent_row() | {"KZ_ZJCX": "" if number % 50 == 7 else "C1"} for number in range(400)]
    path = write_ndjson(tmp_path / "licences.ndjson", rows)
    environment = {"SUIXING_DATA": str(settings.data), "DATABASE_URL": database_url, "PATH": "/usr/bin"}
    command = [sys.executable, "-c", _COMMAND, str(path)]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE) as running:
        assert running.stdout is not None
        for _ in range(5):
            assert running.stdout.readline()
        running.send_signal(signal.SIGKILL)
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
    assert [line for line, _, _ in refused(path)] == [number + 1 for number in range(400) if number % 50 == 7]


async def test_all_of_them_are_there_once(pool: Pool, vault: Vault, tmp_path: Path) -> None:
    rows = [invent_row() for _ in range(100)]
    standing = await load(pool, vault, write_ndjson(tmp_path / "many.ndjson", rows), batch=7)
    assert (standing.entered, standing.refused) == (100, 0)
    for row in rows[::17]:
        assert await list_deposited(pool, vault, row["CZZTDM"]) == [(row["ZZBS"], Standing.VALID)]


async def test_several_processes_prepare_what_one_would(
    settings: Settings, pool: Pool, vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.licences.importing._WORTH_PROCESSES", 0)
    rows = [invent_row() | {"KZ_ZJCX": "" if number == 7 else "C1"} for number in range(60)]
    path = tmp_path / "licences.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    standing = await load(pool, vault, path, batch=10, keys_folder=settings.keys_folder)
    assert (standing.entered, standing.refused) == (59, 1)
    assert refused(path) == [(9, "missing", "/KZ_ZJCX")]
    for row in rows[10::13]:
        assert await list_deposited(pool, vault, row["CZZTDM"]) == [(row["ZZBS"], Standing.VALID)]

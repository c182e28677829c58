"""Keys rotate under wallets and the depot: nothing is lost, nothing doubled, and what was entered before is found."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
import pytest

from app.database import Pool, open_pool, transaction
from app.development.licence_book import invent_registries
from app.errors import SettingsError
from app.licences.depot import read_deposited
from app.licences.holding import require_key
from app.licences.importing import import_licences
from app.licences.model import HolderKind
from app.licences.registry import HolderCode
from app.licences.rewrapping import rewrap_licences
from app.people.rewrapping import Rewrapped
from app.retiring import retire_oldest
from app.sealing import Vault, number_of_master
from app.secrets import create_secrets, read_secrets, rotate_secret
from app.settings import Settings, read_settings
from tests.app.licences.registers import invent_entry, make_keeper, write_ndjson
from tests.harness.licences import hold_licence

NOW = datetime.now(UTC)
LONG_AGO = NOW - timedelta(days=60)
PERSON = HolderCode(HolderKind.RESIDENT, "11010519491231002X", "王小明")


class Deployment(msgspec.Struct, frozen=True):
    """One keys folder, one database; vaults know the secrets of when they were made."""

    settings: Settings
    url: str
    pool: Pool

    def vault(self) -> Vault:
        return Vault(read_secrets(self.settings.keys_folder))

    async def rewrap(self) -> Rewrapped:
        return await rewrap_licences(self.pool, self.vault(), lambda *_: None)


@pytest.fixture
async def deployment(fresh_database: str, tmp_path: Path) -> AsyncGenerator[Deployment]:
    create_secrets(tmp_path / "keys", development=True)
    settings = read_settings({"SUIXING_DATA": str(tmp_path), "DATABASE_URL": fresh_database})
    pool = await open_pool(settings, fresh_database, size=4)
    yield Deployment(settings, fresh_database, pool)
    await pool.close()


async def deposit(deployment: Deployment, tmp_path: Path) -> None:
    registry = next(one for one in invent_registries("") if one.id == "traffic")
    path = write_ndjson(tmp_path / "licences.ndjson", [invent_entry(PERSON.code, "driving-licence").licence])
    standing = await import_licences(
        deployment.pool, deployment.vault(), path, registry, "ndjson", now=lambda: NOW, tell=lambda *_: None
    )
    assert (standing.entered, standing.refused) == (1, 0)


async def open_company_wallet(deployment: Deployment, company_id: UUID) -> bytes:
    async with transaction(deployment.pool) as db:
        key = await require_key(db, deployment.vault(), company_id, HolderKind.COMPANY, NOW)
    return key.raw


async def test_wallets_and_files_go_under_the_newest_master(deployment: Deployment, tmp_path: Path) -> None:
    company_id = uuid4()
    raw = await open_company_wallet(deployment, company_id)
    await deposit(deployment, tmp_path)
    added = rotate_secret(deployment.settings.keys_folder, "master", LONG_AGO)
    with pytest.raises(SettingsError, match="1 wallets of companies, 1 files of registries"):
        await retire_oldest(deployment.settings, deployment.url, "master", NOW)
    assert (await deployment.rewrap()).keys == 2
    assert (await deployment.rewrap()).keys == 0, "what is done is passed over"
    wrapped = await deployment.pool.fetchval("SELECT wrapped_key FROM wallets WHERE holder_id = $1", company_id)
    assert number_of_master(wrapped) == added.number
    assert await retire_oldest(deployment.settings, deployment.url, "master", NOW) == 1
    assert await open_company_wallet(deployment, company_id) == raw
    assert len(await read_deposited(deployment.pool, deployment.vault(), PERSON, "traffic")) == 1


async def test_a_licence_is_the_same_under_each_index_key(deployment: Deployment) -> None:
    """At each step a server of the step before still keeps licences: none is ever entered twice."""
    keeper = await make_keeper(deployment.pool, deployment.vault())
    before = deployment.vault()
    first = await hold_licence(deployment.pool, before, keeper.id)
    rotate_secret(deployment.settings.keys_folder, "index", LONG_AGO)
    during = deployment.vault()
    changed_at = datetime(2026, 7, 1, tzinfo=UTC)
    assert await hold_licence(deployment.pool, during, keeper.id, changed_at=changed_at) == first
    assert await hold_licence(deployment.pool, before, keeper.id, changed_at=changed_at, name="again") == first
    with pytest.raises(SettingsError, match="are not under the newest"):
        await retire_oldest(deployment.settings, deployment.url, "index", NOW)
    await deployment.rewrap()
    assert await hold_licence(deployment.pool, during, keeper.id, changed_at=changed_at, name="and again") == first
    await deployment.pool.execute("DELETE FROM phone_lookups")
    await deployment.pool.execute("DELETE FROM identity_lookups")
    assert await retire_oldest(deployment.settings, deployment.url, "index", NOW) == 1
    after = deployment.vault()
    assert await hold_licence(deployment.pool, after, keeper.id, changed_at=changed_at, name="at last") == first
    removed = await deployment.rewrap()
    assert removed.lookups_removed == 1
    rows = await deployment.pool.fetch("SELECT identifier_index FROM licences")
    assert [len(row["identifier_index"]) for row in rows] == [34]
    rows = await deployment.pool.fetch("SELECT identifier_index FROM licence_lookups")
    assert [len(row["identifier_index"]) for row in rows] == [34]


async def test_the_depot_is_found_under_each_index_key(deployment: Deployment, tmp_path: Path) -> None:
    await deposit(deployment, tmp_path)
    before = deployment.vault()
    rotate_secret(deployment.settings.keys_folder, "index", LONG_AGO)
    during = deployment.vault()
    await deployment.rewrap()
    for vault in (during, deployment.vault()):
        assert len(await read_deposited(deployment.pool, vault, PERSON, "traffic")) == 1
    assert await read_deposited(deployment.pool, before, PERSON, "traffic") == [], "such a server should be gone by now"
    await deposit_again(deployment, tmp_path)
    assert await deployment.pool.fetchval("SELECT count(*) FROM depot_licences") == 2
    assert await retire_oldest(deployment.settings, deployment.url, "index", NOW) == 1
    assert len(await read_deposited(deployment.pool, deployment.vault(), PERSON, "traffic")) == 2


async def deposit_again(deployment: Deployment, tmp_path: Path) -> None:
    folder = tmp_path / "again"
    folder.mkdir()
    await deposit(deployment, folder)


async def test_a_run_that_was_cut_off_is_run_again(
    deployment: Deployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.licences.rewrapping.PAGE", 2)
    registry = next(one for one in invent_registries("") if one.id == "traffic")
    path = write_ndjson(tmp_path / "l.ndjson", [invent_entry(PERSON.code, "driving-licence").licence for _ in range(9)])
    await import_licences(
        deployment.pool, deployment.vault(), path, registry, "ndjson", now=lambda: NOW, tell=lambda *_: None
    )
    rotate_secret(deployment.settings.keys_folder, "index", LONG_AGO)

    def cut_off(stage: str, done: int) -> None:
        if stage == "depot" and done >= 4:
            raise RuntimeError("cut off")

    with pytest.raises(RuntimeError):
        await rewrap_licences(deployment.pool, deployment.vault(), cut_off)
    assert len(await read_deposited(deployment.pool, deployment.vault(), PERSON, "traffic")) == 9
    await deployment.rewrap()
    rows = await deployment.pool.fetch("SELECT holder_index, identifier_index FROM depot_licences")
    assert {(len(row["holder_index"]), len(row["identifier_index"])) for row in rows} == {(34, 34)}
    assert len(rows) == 9

"""Opening wallets of fifteen licences each, some with a picture, against a bare "hello": one server process, in turns,
in one run. Every wallet was opened before, as most are: the first opening after a change makes its cards anew.
"""

from __future__ import annotations

import asyncio
import base64
import os
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

from app.database import Pool, open_pool, transaction
from app.keeping import require_keys
from app.licences.holding import require_key
from app.licences.keeping import Told, keep_licence
from app.licences.model import Content, FieldKind, HolderKind, LicenceType, Standing
from app.licences.types import read_shipped
from app.migrating import migrate
from app.people.seeding import SeededPerson, seed_person
from app.recognition.publishing import publish_trust_list
from app.sealing import Vault
from app.secrets import read_secrets
from app.settings import Settings
from bench import Ratio
from bench.loading import Load, request, run_load
from bench.stand import ROUNDS, Stand, ratio_of, running_product, token_of

REQUESTS = 2000
_WALLETS = 100
_LICENCES = 15
_PICTURE_BYTES = 20 * 1024


def run() -> list[Ratio]:
    """Fills the wallets, opens each once, and measures."""
    with running_product(_prepare) as (stand, holders):
        return [asyncio.run(_measure(stand, holders))]


async def _prepare(settings: Settings, url: str) -> list[UUID]:
    now = datetime.now(UTC)
    ring = require_keys(settings, now)
    vault = Vault(read_secrets(settings.keys_folder))
    await migrate(url)
    pool = await open_pool(settings, url, size=2)
    await publish_trust_list(pool, ring, lifetime=timedelta(days=1), now=now)
    holders = [await _fill(pool, vault, number, now) for number in range(_WALLETS)]
    await pool.close()
    return holders


async def _fill(pool: Pool, vault: Vault, number: int, now: datetime) -> UUID:
    person = SeededPerson("王小明", f"+861380000{number:04}", f"invented {number}", uuid4(), verified=True)
    resident_id = await seed_person(pool, vault, person, now)
    kinds = [kind for kind in read_shipped().values() if kind.holder is HolderKind.RESIDENT]
    async with transaction(pool) as db:
        key = await require_key(db, vault, resident_id, HolderKind.RESIDENT, now)
        for at in range(_LICENCES):
            await keep_licence(db, vault, key, resident_id, _tell(kinds[at % len(kinds)], at, now), now)
    return resident_id


def _tell(kind: LicenceType, at: int, now: datetime) -> Told:
    fields = {
        field.id: _picture() if field.kind is FieldKind.IMAGE else f"{field.label.zh} {at}" for field in kind.fields
    }
    content = Content(f"1.2.156.3005.2.{at}", fields[kind.number_field], "示范发证机关", "11310000", now.date(), fields)
    return Told(kind.id, f"source-{at}", Standing.VALID, date(2020, 7, 1), date(2036, 6, 30), content, now)


def _picture() -> str:
    return base64.b64encode(os.urandom(_PICTURE_BYTES)).decode()


async def _measure(stand: Stand, holders: list[UUID]) -> Ratio:
    opened = [request("GET", "/v1/wallet/licences", token=token_of(stand.settings, one)) for one in holders]
    hello = [request("GET", "/bench/hello")] * REQUESTS
    loads: dict[str, list[Load]] = {"hello": [], "open": []}
    for _ in range(ROUNDS):
        for name, requests in {"hello": hello, "open": opened * (REQUESTS // len(opened))}.items():
            load = await run_load(stand.port, stand.pid, requests)
            if load.statuses != {200: REQUESTS}:
                raise RuntimeError(f"{name} was answered {load.statuses}")
            loads[name].append(load)
    name = f"wallet of {_LICENCES} licences opened / bare hello, requests a second"
    return ratio_of(name, loads["open"], loads["hello"], 0.30)


if __name__ == "__main__":
    ratio = run()[0]
    print(f"{ratio.name}: {ratio.ratio:.2f} (target {ratio.target}); {ratio.note}")

"""Residents with wallets, and registries that know licences of theirs."""

from __future__ import annotations

import random
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import msgspec
from stdnum.iso7064 import mod_11_2

from app.database import Pool
from app.development.licence_book import BookEntry, draw_portrait, invent_registries, type_code
from app.development.licence_registries import LicenceRegistriesStandIn
from app.enterprises.credit_codes import make_credit_code
from app.licences.holding import Holder, LicenceDesk
from app.licences.identifiers import make_identifier
from app.licences.model import FieldKind, HolderKind, Standing
from app.licences.registries import open_registries
from app.licences.registry import HOLDER_CODES, LicenceTold
from app.licences.sources import request_sync
from app.licences.syncing import SyncDesk
from app.licences.told import name_fields
from app.licences.types import read_shipped
from app.people.seeding import SeededPerson, seed_person
from app.sealing import Vault
from app.settings import Settings
from codes import Kind
from tests.harness.answering import AnsweringServer, answering

NOW = datetime(2026, 9, 1, 2, 0, tzinfo=UTC)
ISSUER = make_credit_code("00000019", division="310000", authority="1").text


class Clock:
    """What the stand-in takes for the time."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


class Registers(msgspec.Struct, frozen=True):
    """The stand-ins behind HTTP, and a worker's desk that asks them."""

    server: AnsweringServer[LicenceRegistriesStandIn]
    desk: SyncDesk
    clock: Clock

    @property
    def stand_in(self) -> LicenceRegistriesStandIn:
        return self.server.stand_in

    @property
    def pool(self) -> Pool:
        return self.desk.pool

    def issue(self, holder_code: str, type_id: str = "driving-licence", **changes: Any) -> LicenceTold:
        """A registry has a licence of this holder; each required field says its own name."""
        entry = invent_entry(holder_code, type_id, **changes)
        self.stand_in.files.put(entry)
        return entry.licence

    def change(self, told: LicenceTold, **changes: Any) -> LicenceTold:
        """What has become of it, a minute ago if nothing else is said."""
        changed = msgspec.structs.replace(told, **{"bgsj": self.clock.now - timedelta(minutes=1), **changes})
        known = self.stand_in.files.find(told.zzbs)
        assert known is not None
        self.stand_in.files.put(BookEntry(changed, known.pictures))
        return changed

    def drop(self, told: LicenceTold) -> None:
        """The registry knows nothing of it any more."""
        left = [one for one in self.stand_in.files.list_of(told.czztdm) or [] if one.licence.zzbs != told.zzbs]
        self.stand_in.files.write(told.czztdm, left)

    async def open_wallet(self, holder: Holder) -> None:
        await request_sync(LicenceDesk(self.desk.pool, self.desk.vault), holder, self.clock.now)

    async def read_standings(self, holder_id: UUID) -> dict[str, Standing]:
        """By kind."""
        rows = await self.pool.fetch("SELECT type_id, standing FROM licences WHERE holder_id = $1", holder_id)
        return {row["type_id"]: Standing(row["standing"]) for row in rows}


@asynccontextmanager
async def running_registers(settings: Settings, pool: Pool, vault: Vault, **desk: Any) -> AsyncGenerator[Registers]:
    """All three registries on a port of their own."""
    clock = Clock()
    async with answering(LicenceRegistriesStandIn(settings, "", clock)) as server:
        registries = open_registries(invent_registries(server.url), timeout=0.5)
        spans = {"every": timedelta(hours=24), "kept_for": timedelta(days=30), "left_after": timedelta(days=30)} | desk
        try:
            yield Registers(server, SyncDesk(pool, vault, registries, **spans), clock)
        finally:
            await registries.close()


def invent_entry(holder_code: str, type_id: str, *, version: int = 1, serial: str = "", **changes: Any) -> BookEntry:
    """One licence, as a registry has it."""
    kind = read_shipped()[type_id]
    serial = serial or f"{random.randrange(10**12):012}"  # noqa: S311  invented, not secret
    told = LicenceTold(
        zzmc=kind.name.zh,
        zzlxdm=type_code(kind),
        zzbh=f"N{serial}",
        zzbs=make_identifier(type_code(kind), ISSUER, serial, version),
        zzbfjg="示范发证机关",
        zzbfjgdm=ISSUER,
        czzt="王小明",
        czztdm=holder_code,
        czztdmlx=HOLDER_CODES[kind.holder],
        standing_code="10",
        bgsj=NOW - timedelta(days=30),
        zzbfrq="2026-08-01",
        zzyxqqsrq="2026-08-01",
        zzyxqjzrq="2036-07-31",
        kz={f.source: _sample(f.kind) for f in kind.fields if f.source.startswith("KZ_") and f.kind != FieldKind.IMAGE},
    )
    pictures = {f.source: draw_portrait(1) for f in kind.fields if f.kind is FieldKind.IMAGE}
    return BookEntry(msgspec.structs.replace(told, **changes), pictures)


def _sample(kind: FieldKind) -> str:
    return "2026-08-01" if kind is FieldKind.DATE else "示例"


class Keeper(msgspec.Struct, frozen=True):
    """A verified resident, and the number by which registries know them."""

    holder: Holder
    code: str

    @property
    def id(self) -> UUID:
        return self.holder.holder_id


def invent_id_number() -> str:
    """One that passes its check."""
    body = f"310101{1940 + random.randrange(60)}{1 + random.randrange(12):02}{1 + random.randrange(28):02}"  # noqa: S311
    body += f"{random.randrange(1000):03}"  # noqa: S311  invented, not secret
    return body + mod_11_2.calc_check_digit(body)


async def make_keeper(pool: Pool, vault: Vault, *, verified: bool = True, code: str = "") -> Keeper:
    """Somebody who may have a wallet."""
    code = code or f"31{random.randrange(10**15):015}X"  # noqa: S311  invented, not secret
    phone = f"+86139{random.randrange(10**8):08}"  # noqa: S311  likewise
    person = SeededPerson(
        name="王小明", phone=phone, id_number=code, installation_id=uuid4(), verified=verified, role=None
    )
    resident_id = await seed_person(pool, vault, person, NOW - timedelta(days=60))
    return Keeper(Holder(resident_id, HolderKind.RESIDENT, resident_id, 1, Kind.PERSONAL), code)


def to_row(told: LicenceTold) -> dict[str, str]:
    """As a registry's file has it."""
    return {**name_fields(told), "CZZTDMLX": told.czztdmlx, "BGSJ": told.bgsj.isoformat()}


def write_ndjson(path: Path, lines: Sequence[LicenceTold | dict[str, str] | bytes]) -> Path:
    """A file of licences, a line each; bytes stand as they are."""
    encoded = [one if isinstance(one, bytes) else _encode_line(one) for one in lines]
    path.write_bytes(b"".join(line + b"\n" for line in encoded))
    return path


def _encode_line(line: LicenceTold | dict[str, str]) -> bytes:
    return msgspec.json.encode(to_row(line) if isinstance(line, LicenceTold) else line)

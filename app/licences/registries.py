"""The file that SUIXING_LICENCE_REGISTRIES names: which registries of licences this deployment asks, and for what."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, cast

import msgspec

from app.errors import SettingsError
from app.licences.errors import RegistryUnknownError
from app.licences.gates import Gate
from app.licences.model import Bilingual, HolderKind, Slug
from app.licences.registry import LicenceRegistry, RegistryClient
from app.setting_files import read_list, require_distinct

_SHORTEST_KEY = 16

_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
_TypeCode = Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Z]{1,32}$")]


class RegistryEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One registry. Without a url it is known by its files alone (`suixing licences import`)."""

    id: Slug
    name: Bilingual
    holder: HolderKind
    types: Annotated[dict[Slug, _TypeCode], msgspec.Meta(min_length=1, max_length=200)]
    """Which kinds it has, and the code (ZZLXDM) that it knows each by."""
    requester: _Name
    """As whom this deployment asks."""
    key: Annotated[str, msgspec.Meta(min_length=_SHORTEST_KEY, max_length=256)]
    """What requests and notices are signed with."""
    url: str | None = None

    def __repr__(self) -> str:
        """Without the key, wherever this may be printed."""
        return f"RegistryEntry({self.id})"


class Registry(msgspec.Struct, frozen=True):
    """A registry, and the connection to it where it is asked at all."""

    entry: RegistryEntry
    client: LicenceRegistry | None
    gate: Gate = msgspec.field(default_factory=Gate)
    """Whoever asks it about a wallet goes through."""

    @property
    def id(self) -> str:
        return self.entry.id

    def has(self, type_id: str) -> bool:
        """Whether it is asked about licences of this kind, and its files are believed about them."""
        return type_id in self.entry.types


class Registries:
    """The registries of this deployment, opened and closed with the process; none is asked inside a transaction."""

    def __init__(self, registries: Iterable[Registry]) -> None:
        self._known = {one.id: one for one in registries}

    async def close(self) -> None:
        for one in self._known.values():
            if one.client is not None:
                await one.client.close()

    def serving(self, kind: HolderKind) -> list[Registry]:
        """Those that have licences of such holders."""
        return [one for one in self._known.values() if one.entry.holder is kind]

    def require(self, registry_id: str) -> Registry:
        """Raises RegistryUnknownError."""
        if registry_id not in self._known:
            raise RegistryUnknownError
        return self._known[registry_id]


def open_registries(entries: Iterable[RegistryEntry], *, timeout: float) -> Registries:
    """A client for each that is asked by a network."""
    return Registries(
        Registry(one, RegistryClient(one.id, one.url, one.requester, one.key, timeout=timeout) if one.url else None)
        for one in entries
    )


def read_registries(path: Path, *, is_production: bool) -> list[RegistryEntry]:
    """Raises SettingsError naming the file, the entry and what is wrong with it, never a key."""
    listed = read_list(path, of="registries", page="docs/registries.md", is_production=is_production)
    entries = [_read_entry(path, number, item, is_production=is_production) for number, item in enumerate(listed, 1)]
    require_distinct(path, [entry.id for entry in entries])
    return entries


def _read_entry(path: Path, number: int, item: object, *, is_production: bool) -> RegistryEntry:
    name = cast("dict[str, Any]", item).get("id", "") if isinstance(item, dict) else ""
    where = f"{path}, entry {number}{f' ({name})' if isinstance(name, str) and name.isascii() else ''}"
    try:
        entry = msgspec.convert(item, RegistryEntry)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{where}: {error}.") from None
    if entry.url is not None and not entry.url.startswith(("https://",) if is_production else ("https://", "http://")):
        raise SettingsError(f"{where}: url must begin with https://, or with http:// in development.")
    codes = list(entry.types.values())
    if len(set(codes)) != len(codes):
        raise SettingsError(f"{where}: two kinds have one code.")
    return entry

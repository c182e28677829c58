"""Asking one registry what a holder has: its answer and its files together, pictures taken, the gone looked after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
import structlog

from app.database import Executor
from app.licences.depot import read_deposited
from app.licences.keeping import Told
from app.licences.metadata import MetadataError, read_standing
from app.licences.model import Content, FieldKind, HeldLicence, LicenceType, Standing
from app.licences.registries import Registry
from app.licences.registry import HolderCode, LicenceRegistry, LicenceTold
from app.licences.told import is_same_picture, read_picture, read_told
from app.licences.types import TypeBook
from app.sealing import Vault

log = structlog.get_logger()

PURPOSE = "持证人查看本人电子证照（随行）"
"""What a registry is told that it is asked for."""


class Held(msgspec.Struct, frozen=True):
    """A licence that is in the wallet already, opened."""

    stored: HeldLicence
    content: Content


class Gathered(msgspec.Struct, frozen=True):
    """What a registry has to say of a wallet."""

    told: list[Told]
    gone: list[tuple[HeldLicence, Standing]]
    """Of which it tells no more, and what has become of each."""


async def gather(
    db: Executor,
    vault: Vault,
    book: TypeBook,
    registry: Registry,
    holder: HolderCode,
    held: Sequence[Held],
    now: datetime,
) -> Gathered:
    """Raises what registries fail with; `held` is what the wallet has of this registry."""
    deposited = [one for one in await read_deposited(db, vault, holder, registry.id) if registry.has(one.type_id)]
    if registry.client is None:
        return Gathered(deposited, [])
    asking = _Asking(registry, registry.client, book, held, now)
    answered, unfit = await asking.query(holder)
    if not unfit:  # it tells all that there is of its kinds, so what only an old file says is over
        known = {one.content.identifier for one in answered}
        deposited = [one for one in deposited if one.content.identifier in known or not asking.knows(one.type_id)]
    told = _merge(deposited, answered)
    identifiers = {one.content.identifier for one in told}
    # Of an answer with something unreadable in it, it is not known what is missing; nor of a kind that was not asked
    # about, since it was withdrawn, or taken out of the settings' file.
    missing = [
        one
        for one in held
        if asking.knows(one.stored.type_id) and one.content.identifier not in identifiers and not unfit
    ]
    gone = [
        (one.stored, await asking.find_end(one, told, holder))
        for one in missing
        if one.stored.standing is Standing.VALID
    ]
    return Gathered(told, gone)


def _merge(*parts: Sequence[Told]) -> list[Told]:
    """The newest word on each licence."""
    newest: dict[str, Told] = {}
    for one in (told for part in parts for told in part):
        known = newest.get(one.content.identifier)
        if known is None or known.changed_at <= one.changed_at:
            newest[one.content.identifier] = one
    return list(newest.values())


class _Asking:
    """One registry, asked about one holder."""

    def __init__(
        self, registry: Registry, client: LicenceRegistry, book: TypeBook, held: Sequence[Held], now: datetime
    ) -> None:
        self._registry = registry
        self._client = client
        self._kinds = {code: book[one] for one, code in registry.entry.types.items() if one in book}
        self._held = {one.content.identifier: one.content for one in held}
        self._now = now

    def knows(self, type_id: str) -> bool:
        """Whether this registry is asked about a kind at all."""
        return any(kind.id == type_id for kind in self._kinds.values())

    async def query(self, holder: HolderCode) -> tuple[list[Told], int]:
        """What it has of the kinds that this deployment knows, and how much of that is unfit."""
        if not self._kinds:  # all of them were withdrawn: a question about nothing would be refused
            return [], 0
        answer = await self._client.query(holder, sorted(self._kinds), purpose=PURPOSE, now=self._now)
        found: list[Told] = []
        unfit = answer.unreadable
        for one in answer.licences:
            kind = self._kinds.get(one.zzlxdm)
            if kind is None:
                continue
            try:
                found.append(read_told(kind, self._registry.id, one, await self._take_pictures(kind, one)))
            except MetadataError as error:
                unfit += 1
                log.warning("licences.unfit", registry=self._registry.id, type=kind.id, fault=str(error))
        return found, unfit

    async def _take_pictures(self, kind: LicenceType, told: LicenceTold) -> Mapping[str, str]:
        """In base64, by their names there; one that is held already is not taken again."""
        held = self._held.get(told.zzbs)
        taken: dict[str, str] = {}
        for field in (one for one in kind.fields if one.kind is FieldKind.IMAGE and one.source in told.files):
            file = told.files[field.source]
            known = held.fields.get(field.id, "") if held else ""
            if known and is_same_picture(known, file.sha256):
                taken[field.source] = known
            else:
                content = await self._client.download(file.wjbh, purpose=PURPOSE, now=self._now)
                taken[field.source] = read_picture(content, file.sha256, field.source)
        return taken

    async def find_end(self, held: Held, told: Sequence[Told], holder: HolderCode) -> Standing:
        """What has become of a licence that is told of no more: the registry is asked about it by its identifier."""
        verified = await self._client.verify(held.content.identifier, purpose=PURPOSE, now=self._now)
        if verified is not None and verified.czztdm == holder.code:
            standing = read_standing(verified.standing_code)
            return Standing.OTHER if standing is Standing.VALID else standing
        is_followed = any(
            one.type_id == held.stored.type_id and one.content.number == held.content.number for one in told
        )
        return Standing.REISSUED if is_followed else Standing.OTHER

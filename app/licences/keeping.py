"""Putting what a registry says into a wallet."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import date, datetime
from itertools import chain
from uuid import UUID

import msgspec

from app.database import Connection
from app.identifiers import new_id
from app.licences import store
from app.licences.holding import CONTENT
from app.licences.model import Content, Standing
from app.sealing import DataKey, Vault

_HIGHEST_NO = 2**63 - 1


class Told(msgspec.Struct, frozen=True):
    """One licence as a registry told it."""

    type_id: str
    source: str
    standing: Standing
    valid_from: date | None
    valid_until: date | None
    content: Content
    changed_at: datetime


class Kept(msgspec.Struct, frozen=True):
    """What became of a licence that a registry told of."""

    licence_id: UUID
    told: Told
    before: Standing | None
    """How it stood; None: it was not known."""
    changed: bool


async def keep_licence(
    db: Connection, vault: Vault, key: DataKey, holder_id: UUID, told: Told, now: datetime
) -> UUID | None:
    """Enters or renews a licence of a holder whose key this is; None where something newer is known already."""
    kept = await keep_told(db, vault, key, holder_id, told.source, [told], now)
    return kept[0].licence_id if kept else None


async def keep_told(
    db: Connection, vault: Vault, key: DataKey, holder_id: UUID, source: str, told: Sequence[Told], now: datetime
) -> list[Kept]:
    """The same with all that one registry tells, each licence once; answers what became of each, but of those of which
    something newer is known. Whoever may meet another writer holds the wallet before.

    Most days a registry says what it said before: that is two statements, however many licences.
    """
    indexes = [vault.indexes("licence", name_licence(source, one.content.identifier)) for one in told]
    rows = await store.find_kept(db, holder_id, source, list(chain.from_iterable(indexes)))
    known = {row.identifier_index: row for row in rows}
    kept: list[Kept] = []
    for one, candidates in zip(told, indexes, strict=True):
        before = next((known[index] for index in candidates if index in known), None)
        if before is not None and before.digest == digest_told(key, one):
            kept.append(Kept(before.licence_id, one, before.standing, changed=False))
        elif entered := await _enter(db, key, holder_id, one, before, candidates, now):
            kept.append(entered)
    await store.confirm_licences(db, holder_id, [one.licence_id for one in kept if not one.changed], now)
    return kept


async def _enter(
    db: Connection,
    key: DataKey,
    holder_id: UUID,
    told: Told,
    before: store.KeptRow | None,
    indexes: Sequence[bytes],
    now: datetime,
) -> Kept | None:
    """One that is new, or says something new."""
    # While index keys rotate, what is there keeps its index, since another would be a second licence; and what is new
    # is entered under the oldest, which every server knows.
    index = before.identifier_index if before else indexes[-1]
    licence_id = await store.keep_licence(db, _to_row(key, holder_id, told, index, digest_told(key, told), now))
    if licence_id is None:
        return None
    await store.add_lookups(db, indexes, holder_id, licence_id)
    return Kept(licence_id, told, before.standing if before else None, changed=True)


def name_licence(source: str, identifier: str) -> str:
    """What the blind index of a licence is made of: registries do not share one space of identifiers."""
    return f"{source}\0{identifier}"


def _to_row(key: DataKey, holder_id: UUID, told: Told, index: bytes, digest: bytes, now: datetime) -> store.LicenceRow:
    return store.LicenceRow(
        holder_id=holder_id,
        licence_id=new_id(),
        licence_no=1 + secrets.randbelow(_HIGHEST_NO),
        type_id=told.type_id,
        source=told.source,
        identifier_index=index,
        standing=told.standing.value,
        valid_from=told.valid_from,
        valid_until=told.valid_until,
        sealed_content=key.seal(msgspec.json.encode(told.content).decode(), CONTENT),
        digest=digest,
        changed_at=told.changed_at,
        fetched_at=now,
        content_stamp=stamp_content(key, told.content),
    )


def digest_told(key: DataKey, told: Told) -> bytes:
    """Tells whether something new is said; keyed, lest it be guessed from outside."""
    return _digest(key, told)


def stamp_content(key: DataKey, content: Content) -> bytes:
    """Tells whether a credential would say something new: its fields, and who vouches for them."""
    return _digest(key, ("content", content.issuer_code, sorted(content.fields.items())))


def _digest(key: DataKey, said: object) -> bytes:
    return hmac.digest(key.raw, hashlib.sha256(msgspec.json.encode(said)).digest(), "sha256")

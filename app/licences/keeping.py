"""Putting what a registry says into a wallet."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import date, datetime
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
    before: Standing | None
    """None: it was not known."""
    after: Standing
    changed: bool


async def keep_licence(
    db: Connection, vault: Vault, key: DataKey, holder_id: UUID, told: Told, now: datetime
) -> UUID | None:
    """Enters or renews a licence of a holder whose key this is; None where something newer is known already."""
    kept = await keep_told(db, vault, key, holder_id, told, now)
    return kept.licence_id if kept else None


async def keep_told(
    db: Connection, vault: Vault, key: DataKey, holder_id: UUID, told: Told, now: datetime
) -> Kept | None:
    """The same, and says what is new about it. Whoever may meet another writer holds the wallet before."""
    name = name_licence(told.source, told.content.identifier)
    indexes = vault.indexes("licence", name)
    known = await store.find_kept(db, holder_id, told.source, indexes)
    digest = digest_told(key, told)
    if known is not None and known.digest == digest:
        await store.confirm_licence(db, holder_id, known.licence_id, now)
        return Kept(known.licence_id, known.standing, known.standing, changed=False)
    # While index keys rotate, what is there keeps its index: another would be a second licence.
    index = known.identifier_index if known else vault.index("licence", name)
    licence_id = await store.keep_licence(db, _to_row(key, holder_id, told, index, digest, now))
    if licence_id is None:
        return None
    await store.add_lookups(db, indexes, holder_id, licence_id)
    return Kept(licence_id, known.standing if known else None, told.standing, changed=True)


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
    )


def digest_told(key: DataKey, told: Told) -> bytes:
    """Tells whether something new is said; keyed, lest it be guessed from outside."""
    return hmac.digest(key.raw, hashlib.sha256(msgspec.json.encode(told)).digest(), "sha256")

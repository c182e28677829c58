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


async def keep_licence(
    db: Connection, vault: Vault, key: DataKey, holder_id: UUID, told: Told, now: datetime
) -> UUID | None:
    """Enters or renews a licence of a holder whose key this is; None where something newer is known already."""
    content = msgspec.json.encode(told.content).decode()
    name = f"{told.source}\0{told.content.identifier}"
    row = store.LicenceRow(
        holder_id=holder_id,
        licence_id=new_id(),
        licence_no=1 + secrets.randbelow(_HIGHEST_NO),
        type_id=told.type_id,
        source=told.source,
        identifier_index=vault.index("licence", name),
        standing=told.standing.value,
        valid_from=told.valid_from,
        valid_until=told.valid_until,
        sealed_content=key.seal(content, CONTENT),
        digest=digest_told(key, told),
        changed_at=told.changed_at,
        fetched_at=now,
    )
    licence_id = await store.keep_licence(db, row)
    if licence_id is not None:
        await store.add_lookups(db, vault.indexes("licence", name), holder_id, licence_id)
    return licence_id


def digest_told(key: DataKey, told: Told) -> bytes:
    """Tells whether something new is said; keyed, lest it be guessed from outside."""
    return hmac.digest(key.raw, hashlib.sha256(msgspec.json.encode(told)).digest(), "sha256")

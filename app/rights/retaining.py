"""What law has kept of those who left: sealed apart from everything else, until a stated day, read by nobody meanwhile.

The Cybersecurity Law has network logs kept for six months at least (article 21 (3) in the text of 2016), and real names
behind accounts (article 24); where a law sets such a term, the PIPL (article 47) stops every use but keeping it safe.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from app.database import Connection, Executor, Pool
from app.identifiers import new_id
from app.rights import erasing_store
from app.rights.model import Holder
from app.sealing import DataKey, Vault

_FIELD = "retained record"
_PAGE = 500


class RetainedSession(msgspec.Struct, frozen=True):
    """One log-in, as the security log had it; devices are told apart, and not by an id that would open anything."""

    session_id: UUID
    device: str
    opened_at: datetime
    last_used_at: datetime
    ended_at: datetime | None
    ended_for: str | None


class RetainedRecord(msgspec.Struct, frozen=True):
    """That an account existed, whose it was proven to be, and when it was used."""

    resident_id: UUID
    name: str | None
    masked_name: str | None
    id_number: str | None
    phones: list[str]
    registered_at: datetime
    verified_at: datetime | None
    verified_by: str | None
    erased_at: datetime
    sessions: list[RetainedSession]


def name_device(installation_id: UUID) -> str:
    """Tells devices apart; the id itself would let whoever knows it pass for a device that is trusted."""
    return hashlib.sha256(installation_id.bytes).hexdigest()[:8]


async def retain(
    db: Connection, vault: Vault, holder: Holder, phones: Sequence[str], *, now: datetime, kept_until: datetime
) -> None:
    """Writes the record, in the transaction that destroys the key: there is never neither, and never both."""
    key = vault.open_data_key(holder.wrapped_key, holder.resident_id)
    sessions = [
        RetainedSession(
            row["session_id"],
            name_device(row["installation_id"]),
            row["created_at"],
            row["refreshed_at"],
            row["ended_at"],
            row["ended_for"],
        )
        for row in await erasing_store.list_sessions(db, holder.resident_id)
    ]
    id_number = _open(key, holder.sealed_id_number, "id_number")
    record = RetainedRecord(
        resident_id=holder.resident_id,
        name=_open(key, holder.sealed_name, "name"),
        masked_name=_open(key, holder.sealed_masked_name, "masked_name"),
        id_number=id_number,
        phones=list(phones),
        registered_at=holder.created_at,
        verified_at=holder.verified_at,
        verified_by=holder.verified_by,
        erased_at=now,
        sessions=sessions,
    )
    record_id = new_id()
    own_key, wrapped = vault.create_data_key(record_id)
    sealed = own_key.seal(msgspec.json.encode(record).decode(), _FIELD)
    await erasing_store.insert_retained(
        db, record_id, wrapped_key=wrapped, sealed_record=sealed, now=now, kept_until=kept_until
    )
    known_by = [*phones, *([id_number] if id_number else [])]
    indexes = [vault.index("retained", text) for text in known_by]
    await erasing_store.insert_retained_lookups(db, indexes, record_id, kept_until)


def _open(key: DataKey, sealed: bytes | None, field: str) -> str | None:
    return key.open(sealed, field) if sealed else None


async def find_retained(db: Executor, vault: Vault, known_by: str, now: datetime) -> list[RetainedRecord]:
    """What is kept of whoever had this phone (E.164) or ID number: for a lawful order, and for nothing else."""
    found: list[RetainedRecord] = []
    for record_id in await erasing_store.find_retained(db, vault.every_index("retained", known_by), now):
        row = await erasing_store.get_retained(db, record_id, now)
        if row is not None:
            opened = vault.open_data_key(row["wrapped_key"], record_id).open(row["sealed_record"], _FIELD)
            found.append(msgspec.json.decode(opened, type=RetainedRecord))
    return found


async def tend_retained(pool: Pool, vault: Vault, now: datetime) -> None:
    """Deletes what law has kept long enough, and brings the rest under the newest master key, so that others can go."""
    await erasing_store.purge_retained(pool, now)
    newest = vault.maker_number.to_bytes(2, "big")
    while rows := await erasing_store.list_retained_keys(pool, newest, _PAGE):
        wrapped = [(row["record_id"], vault.rewrap(row["wrapped_key"], row["record_id"])) for row in rows]
        await erasing_store.replace_retained_keys(pool, wrapped)

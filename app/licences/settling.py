"""What a registry told goes into the wallet, and its holder is told of what is good no more."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from app.database import Connection
from app.enterprises.representing import find_representative
from app.licences import store
from app.licences.gathering import Gathered
from app.licences.keeping import keep_told
from app.licences.model import HolderKind, Standing
from app.people.holding import tell_resident
from app.sealing import DataKey, Vault

CHANGED = "licence.changed"


class Settled(msgspec.Struct, frozen=True):
    """What came of asking one source."""

    source: str
    failure: str | None = None
    """Why it failed, by its slug."""
    entered: int = 0
    """Licences that the wallet did not have."""
    delays: list[timedelta] = []
    """Of each licence that it had and that has changed: from when the registry changed it to when it is shown."""
    is_joined: bool = True
    """Else nobody was asked: it is no source of this deployment any more."""
    unconfirmed: int = 0
    """Licences that are good no more, since nobody can be asked about them."""


async def settle_gathered(
    db: Connection,
    vault: Vault,
    key: DataKey,
    holder_id: UUID,
    kind: HolderKind,
    source: str,
    gathered: Gathered,
    now: datetime,
) -> Settled:
    """Within a transaction that holds the wallet. What was made of a licence that ends is ended by whoever follows
    `licences.ended_at`: it stands above this package, and is not called.
    """
    entered = 0
    delays: list[timedelta] = []
    turned: list[tuple[UUID, str, Standing]] = []
    for kept in await keep_told(db, vault, key, holder_id, source, gathered.told, now):
        if not kept.changed:
            continue
        if kept.before is None:
            entered += 1
            continue
        delays.append(max(now - kept.told.changed_at, timedelta(0)))
        if kept.before is not kept.told.standing:
            turned.append((kept.licence_id, kept.told.type_id, kept.told.standing))
    for held, standing in gathered.gone:
        await store.end_licence(db, holder_id, held.licence_id, standing.value, now)
        turned.append((held.licence_id, held.type_id, standing))
    await _tell(db, holder_id, kind, turned, now)
    return Settled(source, entered=entered, delays=delays)


async def _tell(
    db: Connection, holder_id: UUID, kind: HolderKind, turned: list[tuple[UUID, str, Standing]], now: datetime
) -> None:
    """Of a company, whoever represents it."""
    recipient = holder_id if kind is HolderKind.RESIDENT else await find_representative(db, holder_id)
    if recipient is None:
        return
    whose = {} if kind is HolderKind.RESIDENT else {"company_id": holder_id}
    for licence_id, type_id, standing in turned:
        said = {"licence_id": licence_id, "licence_type": type_id, "standing": standing.value, "at": now}
        await tell_resident(db, recipient, CHANGED, said | whose, now)

"""Licences that nobody can be asked about any more: their registry was taken out of the settings, or their kind out of
what it has.

What was said last stays good for a stated time, with its age; then nobody can know whether it was revoked meanwhile,
and it is `unconfirmed`. A registry that is joined again says how each stands, and it is good again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import groupby
from uuid import UUID

import msgspec

from app.database import Connection
from app.licences import source_store
from app.licences.gathering import Gathered, Held
from app.licences.model import HeldLicence, HolderKind, Standing
from app.licences.registries import Registries, Registry
from app.licences.settling import Settled, settle_gathered
from app.sealing import DataKey, Vault


class Unjoined(msgspec.Struct, frozen=True):
    """What a wallet has that is still taken for good, and that no registry is asked about."""

    late: list[Held]
    """Nothing was heard of it for too long."""
    waiting: list[Held]

    def find_next(self) -> datetime | None:
        """When the first of those that wait was last told of."""
        return min((one.stored.fetched_at for one in self.waiting), default=None)


def find_unjoined(registries: Registries, kind: HolderKind, held: Iterable[Held], heard_until: datetime) -> Unjoined:
    """Late is what was last told of until then."""
    joined = {one.id: one for one in registries.serving(kind)}
    found = sorted(
        (one for one in held if one.stored.standing is Standing.VALID and not _is_asked(joined, one.stored)),
        key=_name_source,
    )
    return Unjoined(
        late=[one for one in found if one.stored.fetched_at <= heard_until],
        waiting=[one for one in found if one.stored.fetched_at > heard_until],
    )


async def settle_unjoined(
    db: Connection,
    vault: Vault,
    key: DataKey,
    holder_id: UUID,
    kind: HolderKind,
    unjoined: Unjoined,
    registries: Registries,
    now: datetime,
) -> list[Settled]:
    """Ends what is late, tells its holder, and forgets how the wallet stood with sources that have no more in it.

    Within a transaction that holds the wallet.
    """
    settled: list[Settled] = []
    for source, ended in groupby(unjoined.late, key=_name_source):
        gone = [(one.stored, Standing.UNCONFIRMED) for one in ended]
        await settle_gathered(db, vault, key, holder_id, kind, source, Gathered([], gone), now)
        settled.append(Settled(source, is_joined=False, unconfirmed=len(gone)))
    kept = {one.id for one in registries.serving(kind)} | {_name_source(one) for one in unjoined.waiting}
    await source_store.delete_others(db, holder_id, sorted(kept))
    return settled


def _is_asked(joined: Mapping[str, Registry], stored: HeldLicence) -> bool:
    registry = joined.get(stored.source)
    return registry is not None and registry.has(stored.type_id)


def _name_source(one: Held) -> str:
    return one.stored.source

"""The acts of a batch: hashed into a tree of their own, of which the batch's tree has the root."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from app.audit import act_store
from app.audit.encoding import commit_to, encode_act, encode_act_leaf, encode_acts
from app.audit.merkle import RootBuilder
from app.audit.model import EPOCH
from app.database import Connection


class PendingActs(msgspec.Struct, frozen=True):
    """What a batch commits to of acts."""

    batch_no: int
    leaves: list[tuple[UUID, UUID, int, int, bytes]]
    """As act_leaves has them: actor, act, batch, position, commitment."""
    commitment: bytes


async def take_acts(db: Connection, *, batch_no: int, since: datetime, until: datetime) -> PendingActs | None:
    """The acts before `until` that no batch has; None where there are none. The first time, whatever there is."""
    if not await act_store.has_act_leaves(db):
        since = EPOCH
    found: dict[tuple[UUID, UUID], bytes] = {}
    async for page in act_store.stream_pending_acts(db, since=since, until=until):
        for row in page:
            found[row["actor_id"], row["act_id"]] = commit_to(encode_act(row))
    if not found:
        return None
    ordered = sorted((commitment, *key) for key, commitment in found.items())
    tree = RootBuilder()
    for commitment, actor_id, act_id in ordered:
        tree.add(encode_act_leaf(actor_id, act_id, commitment))
    return PendingActs(
        batch_no=batch_no,
        leaves=[(actor, act, batch_no, position, one) for position, (one, actor, act) in enumerate(ordered)],
        commitment=commit_to(encode_acts(batch_no, len(ordered), tree.root())),
    )

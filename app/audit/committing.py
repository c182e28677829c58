"""Committing: once a minute, what was recorded since becomes a tree, and its head is chained and signed."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import structlog

from app.audit import store
from app.audit.commitments import FIRST_HEAD, Head, commit_to, first_id_of, merkle_root
from app.audit.witness import WitnessedHead, append_head
from app.database import Connection, Pool, transaction
from codes import KeyRing, KeyUse

log = structlog.get_logger()

LAG = timedelta(seconds=10)
"""A scan's statement is cut off well within this, so later than this nothing older can commit."""
_LOOK_BACK = timedelta(minutes=30)
"""How far behind the last batch a straggler is still looked for; what is older is found by `audit verify`."""


async def commit_batch(pool: Pool, ring: KeyRing, *, now: datetime, witness: Path) -> Head | None:
    """Commits what was recorded until a moment ago; an empty batch is made too, so that silence is not a gap.

    None where another worker is at it.
    """
    async with transaction(pool) as db:
        if not await store.claim_committing(db):
            return None
        head = await _make_head(db, now - LAG)
        kid, signature = ring.sign(KeyUse.FEDERATION, head.hash, now)
        await store.insert_batch(db, head, kid=kid, signature=signature, now=now)
    append_head(witness, WitnessedHead(head.batch_no, head.hash.hex()))
    log.info("audit.head", batch_no=head.batch_no, leaves=head.leaf_count, head=head.hash.hex())
    return head


async def _make_head(db: Connection, until_at: datetime) -> Head:
    last = await store.get_last_batch(db)
    since = first_id_of(last["until_at"] - _LOOK_BACK) if last else UUID(int=0)
    batch_no = last["batch_no"] + 1 if last else 1
    leaves = [
        (commit_to(row), row.subject_no, row.access_id) async for row in store.stream_uncommitted(db, since, until_at)
    ]
    leaves.sort()  # by commitment, which says nothing of when or who
    await store.copy_leaves(db, batch_no, leaves)
    return Head(
        batch_no=batch_no,
        until_at=until_at,
        leaf_count=len(leaves),
        root=merkle_root([commitment for commitment, _, _ in leaves]),
        previous_head=last["head"] if last else FIRST_HEAD,
    )

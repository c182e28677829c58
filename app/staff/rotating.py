"""Changing signing keys when two persons have decided so: the worker does it, which holds the folder of keys."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import structlog

from app.database import Connection
from app.recognition.withdrawing import withdraw_key
from app.staff.model import Proposal
from app.staff.registry import LaterRegistry
from codes import KeyRing, KeyUse

log = structlog.get_logger()


def worker_acts(ring: KeyRing, list_lifetime: timedelta) -> LaterRegistry:
    """What a worker does of what was approved."""

    async def rotate(_db: Connection, proposal: Proposal, now: datetime) -> None:
        """A key made since the decision is this one: a crash before the commit must not make two."""
        use = KeyUse(proposal.details["use"])
        await asyncio.to_thread(ring.catch_up)
        decided_at = (proposal.decided_at or now).replace(microsecond=0)  # a key's own time has whole seconds
        if any(epoch.use is use and epoch.created_at >= decided_at for epoch in ring.epochs):
            return
        rotated = await asyncio.to_thread(ring.rotate, use, now)
        newest = max((epoch for epoch in rotated.epochs if epoch.use is use), key=lambda epoch: epoch.signs_from)
        log.info("keys.rotated", use=use.value, kid=newest.kid.hex())

    async def withdraw(db: Connection, proposal: Proposal, now: datetime) -> None:
        await asyncio.to_thread(ring.catch_up)
        await withdraw_key(db, ring, bytes.fromhex(proposal.details["kid"]), lifetime=list_lifetime, now=now)

    return {"keys.rotate": rotate, "keys.withdraw": withdraw}

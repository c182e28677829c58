"""Rotating signing keys when two persons have decided so: the worker does it, which holds the folder of keys."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import structlog

from app.database import Connection
from app.staff.model import Proposal
from app.staff.registry import LaterRegistry
from codes import KeyRing, KeyUse

log = structlog.get_logger()


def worker_acts(folder: Path) -> LaterRegistry:
    """What a worker does of what was approved."""

    async def rotate(_db: Connection, proposal: Proposal, now: datetime) -> None:
        """A key made since the decision is this one: a crash before the commit must not make two."""
        use = KeyUse(proposal.details["use"])
        ring = KeyRing.load(folder)
        decided_at = (proposal.decided_at or now).replace(microsecond=0)  # a key's own time has whole seconds
        if any(epoch.use is use and epoch.created_at >= decided_at for epoch in ring.epochs):
            return
        rotated = [epoch for epoch in ring.rotate(use, now).epochs if epoch.use is use]
        log.info("keys.rotated", use=use.value, kid=max(rotated, key=lambda epoch: epoch.signs_from).kid.hex())

    return {"keys.rotate": rotate}

"""Issuing a code: the token says who, the ring signs, and what can be revoked is checked at the scan.

A resident's own code touches no store; one of a company or a relative reads one row by its key.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from app.database import Executor
from app.people.bindings import require_shown
from app.people.model import BindingKind, ResidentCaller
from app.people.rules import require_verified
from codes import KeyRing, KeyUse, Kind, MintedCode, mint


def issue_personal_code(
    ring: KeyRing, caller: ResidentCaller, *, province: str, lifetime: int, now: datetime
) -> MintedCode:
    """A code of the caller's own, good for `lifetime` seconds and for one scan."""
    require_verified(caller)
    return _mint(ring, caller.subject_no, Kind.PERSONAL, province, lifetime, now)


async def issue_bound_code(
    db: Executor,
    ring: KeyRing,
    caller: ResidentCaller,
    *,
    kind: BindingKind,
    binding_id: UUID,
    province: str,
    lifetime: int,
    now: datetime,
) -> MintedCode:
    """A code of a company or a relative that the caller shows; raises BindingEndedError where they do not."""
    require_verified(caller)
    binding = await require_shown(db, caller.resident_id, kind, binding_id, now)
    return _mint(ring, binding.subject_no, Kind(kind), province, lifetime, now)


def _mint(ring: KeyRing, subject_no: int, kind: Kind, province: str, lifetime: int, now: datetime) -> MintedCode:
    epoch = ring.current(KeyUse.CODE, now)
    return mint(epoch, issuer=province, subject_no=subject_no, kind=kind, now=now, lifetime=lifetime)

"""Issuing a code touches no store: the token says who, the ring signs, and revocation is checked at the scan."""

from __future__ import annotations

from datetime import datetime

from app.people.model import ResidentCaller
from app.people.rules import require_verified
from codes import KeyRing, KeyUse, Kind, MintedCode, mint


def issue_personal_code(
    ring: KeyRing, caller: ResidentCaller, *, province: str, lifetime: int, now: datetime
) -> MintedCode:
    """A code of the caller's own, good for `lifetime` seconds and for one scan."""
    require_verified(caller)
    return mint(
        ring.current(KeyUse.CODE, now),
        issuer=province,
        subject_no=caller.subject_no,
        kind=Kind.PERSONAL,
        now=now,
        lifetime=lifetime,
    )

"""Showing a licence in hand: a code of this minute for one scanner, which is stored nowhere."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from app.licences.holding import LicenceDesk, require_good, require_holder, require_stood
from app.licences.sources import note_use
from app.licences.standings import list_standings
from app.licences.type_store import list_allowed
from app.licences.types import get_types
from app.people.model import ResidentCaller
from app.wallet.errors import FieldsNotAllowedError
from codes import KeyRing, KeyUse, MintedCode, mint_licence


async def present_licence(
    desk: LicenceDesk,
    ring: KeyRing,
    caller: ResidentCaller,
    licence_id: UUID,
    *,
    delegation_id: UUID | None,
    purpose: str | None,
    province: str,
    lifetime: int,
    now: datetime,
) -> MintedCode:
    """A code that shows one licence of the caller's, or of the company for which they act; raises LicenceNotGoodError.

    It is sealed for the subject by which they show it: ending a delegation, or a lock, ends what was shown before.
    """
    holder = await require_holder(desk.pool, caller, delegation_id, now)
    await note_use(desk, holder, now)
    held = await list_standings(desk.pool, await get_types(desk.pool), holder.holder_id, now)
    stood = require_good(require_stood(held, holder, licence_id))
    if purpose is not None:
        await _require_asked(desk, purpose, stood.type.id)
    return mint_licence(
        ring.current(KeyUse.LICENCE, now),
        issuer=province,
        subject_no=holder.subject_no,
        licence_no=stood.licence_no,
        kind=holder.code_kind,
        now=now,
        lifetime=lifetime,
    )


async def _require_asked(desk: LicenceDesk, purpose: str, type_id: str) -> None:
    """So that a page says beforehand that nobody there may look at it: the code itself is of no purpose, and the venue
    that is shown it is told what its own allows.
    """
    if all(asked.type_id != type_id for asked in await list_allowed(desk.pool, purpose)):
        raise FieldsNotAllowedError

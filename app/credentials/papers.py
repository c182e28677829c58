"""Codes on paper, for whoever has no phone: issued, reported lost, and replaced when they are printed anew.

One is good at a time for each that shows a resident: their own, and one under each care relation. A code is stored
nowhere, so what was printed cannot be printed again; the next one replaces it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
import structlog

from app.credentials import paper_store as store
from app.credentials import subject_store
from app.credentials.desk import CredentialDesk, begin_after, hold_alive, live_until
from app.credentials.model import IssuedAs, IssuedPaper, Paper, PaperOfMine, Places, RevokedFor
from app.database import Connection, Executor, Pool, transaction
from app.errors import NotFoundError
from app.identifiers import new_id
from app.people.bindings import list_bindings, list_subject_nos, require_shown
from app.people.model import BindingKind, BindingPart, ResidentCaller
from app.people.profiles import get_masked_name
from app.people.quotas import require_quota
from app.people.rules import require_own_eyes, require_verified
from app.people.standing import require_control, require_trust
from app.people.telling import tell
from codes import KeyUse, mint_paper
from codes.paper import PAPER_LIFE

log = structlog.get_logger()

REMINDED_BEFORE = timedelta(days=14)
_KEPT = timedelta(days=31)
"""Longer than any journal's window may be, which may bring a scan from before a paper's end."""
_DAY = timedelta(hours=24)
_MOST_LISTED = 100
_PAGE = 500


class PaperOrder(msgspec.Struct, frozen=True):
    """What is to be printed: of which subject, for whom, and who asked."""

    subject_no: int
    issued_by: UUID
    issued_as: IssuedAs


async def issue_own_paper(desk: CredentialDesk, caller: ResidentCaller, now: datetime) -> IssuedPaper:
    """A resident's own, printed at home."""
    require_verified(caller)
    await claim_printing(desk, caller.resident_id, now)
    places = await desk.places.take(KeyUse.PAPER, 1, now)
    async with transaction(desk.pool) as db:
        await require_trust(db, caller, now)
        order = PaperOrder(caller.subject_no, caller.resident_id, IssuedAs.SELF)
        return await issue_paper(db, desk, order, places, now)


async def issue_relative_paper(
    desk: CredentialDesk, caller: ResidentCaller, relative_id: UUID, now: datetime
) -> IssuedPaper:
    """A relative's, by whoever cares for them; it ends with the relation, and both are told of each scan."""
    require_verified(caller)
    await claim_printing(desk, caller.resident_id, now)
    places = await desk.places.take(KeyUse.PAPER, 1, now)
    async with transaction(desk.pool) as db:
        await require_trust(db, caller, now)
        shown = await require_shown(db, caller.resident_id, BindingKind.CARE, relative_id, now)
        order = PaperOrder(shown.subject_no, caller.resident_id, IssuedAs.RELATIVE)
        return await issue_paper(db, desk, order, places, now)


async def claim_printing(desk: CredentialDesk, resident_id: UUID, now: datetime) -> None:
    """One of the papers that somebody has in a day: each is drawn at some cost, and takes a place of a list."""
    await require_quota(desk.pool, desk.vault, f"paper:{resident_id}", desk.papers_daily, _DAY, now)


async def claim_window_printing(desk: CredentialDesk, staff_id: UUID, now: datetime) -> None:
    """One of the papers that a member of staff prints in a day: whoever got into their session prints no more."""
    await require_quota(desk.pool, desk.vault, f"window-paper:{staff_id}", desk.window_papers_daily, _DAY, now)


async def issue_paper(
    db: Connection, desk: CredentialDesk, order: PaperOrder, places: Places, now: datetime
) -> IssuedPaper:
    """Signs a paper code, ends the one before it, and tells those whom it concerns.

    `places` is one place, taken before the transaction began. Raises BindingEndedError where nothing is to be issued.
    """
    standing = await hold_alive(db, order.subject_no, now)
    begun = begin_after(now, standing.papers_valid_from)
    lifetime = live_until(begun, PAPER_LIFE, standing.ends_at)
    epoch = desk.ring.current(KeyUse.PAPER, begun)
    minted = mint_paper(
        epoch,
        issuer=desk.ring.province,
        subject_no=order.subject_no,
        kind=standing.kind,
        status=places.references()[0],
        now=begun,
        lifetime=lifetime,
    )
    paper = Paper(
        order.subject_no, new_id(), minted.issued_at, minted.expires_at, order.issued_by, order.issued_as
    )  # fmt: skip
    await store.replace_papers(db, order.subject_no, now)
    await store.insert_paper(db, paper, places, epoch.kid)
    await _tell(db, order.subject_no, standing.concerned, "paper.issued", paper.paper_id, now)
    return IssuedPaper(
        paper_id=paper.paper_id,
        text=minted.text,
        kind=standing.kind,
        masked_name=await get_masked_name(db, desk.vault, standing.resident_id),
        issued_at=minted.issued_at,
        expires_at=minted.expires_at,
        renew_at=max(minted.issued_at, minted.expires_at - REMINDED_BEFORE),
    )


async def list_own_papers(db: Executor, caller: ResidentCaller) -> list[PaperOfMine]:
    """Those that show the caller, and those of relatives whom they care for; the newest first."""
    require_own_eyes(caller)
    bound = {one.subject_no: one for one in await list_bindings(db, caller.resident_id)}
    papers = await store.list_papers(db, await list_subject_nos(db, caller.resident_id), _MOST_LISTED)
    return [
        PaperOfMine(
            paper,
            relative_id=bound[paper.subject_no].binding_id if paper.subject_no in bound else None,
            is_mine=paper.subject_no not in bound or bound[paper.subject_no].part is BindingPart.IS_SHOWN,
        )
        for paper in papers
    ]


async def report_lost(pool: Pool, caller: ResidentCaller, paper_id: UUID, now: datetime) -> None:
    """Ends a paper of one's own, or of a relative; once more does no harm. Raises NotFoundError for another's."""
    async with transaction(pool) as db:
        await require_control(db, caller, now)
        paper = await store.get_paper(db, await list_subject_nos(db, caller.resident_id), paper_id)
        if paper is None:
            raise NotFoundError
        await revoke_paper(db, paper.subject_no, paper_id, RevokedFor.LOST, now)


async def report_all_lost(db: Connection, resident_id: UUID, now: datetime) -> int:
    """Ends every paper that shows a resident, for whoever calls the hotline or stands at a window; how many there were.

    Those of relatives whom they care for are left: who lost their own paper has not lost those.
    """
    subject_nos = [one.subject_no for one in await list_bindings(db, resident_id) if one.part is BindingPart.IS_SHOWN]
    own = await subject_store.get_subject_no(db, resident_id)
    live = await store.list_live(db, [*subject_nos, *([] if own is None else [own])], now)
    ended = [await revoke_paper(db, subject_no, paper_id, RevokedFor.LOST, now) for subject_no, paper_id in live]
    return sum(ended)


_TOPICS = {RevokedFor.LOST: "paper.lost", RevokedFor.WITHDRAWN: "paper.withdrawn"}


async def revoke_paper(db: Connection, subject_no: int, paper_id: UUID, why: RevokedFor, now: datetime) -> bool:
    """Ends one, and tells those whom it concerns; False where it had ended."""
    if not await store.claim_revoking(db, subject_no, paper_id, why, now):
        return False
    standing = await subject_store.hold_subject(db, subject_no)
    if standing is not None and why in _TOPICS:
        await _tell(db, subject_no, standing.concerned, _TOPICS[why], paper_id, now)
    return True


async def withdraw_by_key(pool: Pool, kid: bytes, now: datetime) -> int:
    """Ends every paper that a withdrawn key signed, and tells their holders to have another printed; how many.

    Verifiers know already, by the trust list: this is for the people.
    """
    ended, after = 0, (-(2**63), UUID(int=0))
    while page := await store.list_of_key(pool, kid, now, after=after, limit=_PAGE):
        for subject_no, paper_id in page:
            async with transaction(pool) as db:
                ended += await revoke_paper(db, subject_no, paper_id, RevokedFor.WITHDRAWN, now)
        after = page[-1]
    log.info("papers.withdrawn", kid=kid.hex(), papers=ended)
    return ended


async def remind_of_ends(pool: Pool, now: datetime) -> None:
    """Tells, a fortnight before, those whose paper ends: each once."""
    while page := await store.list_ending(pool, now, now + REMINDED_BEFORE, _PAGE):
        for row in page:
            async with transaction(pool) as db:
                standing = await subject_store.hold_subject(db, row["subject_no"])
                if await store.claim_reminding(db, row["subject_no"], row["paper_id"], now) and standing is not None:
                    await _tell(db, row["subject_no"], standing.concerned, "paper.ends-soon", row["paper_id"], now)


async def forget_papers(pool: Pool, now: datetime) -> None:
    """Deletes what ended more than a month ago."""
    await store.purge(pool, now - _KEPT)


async def _tell(
    db: Connection, subject_no: int, resident_ids: Sequence[UUID], topic: str, paper_id: UUID, now: datetime
) -> None:
    for resident_id in resident_ids:
        await tell(db, subject_no, resident_id, topic, {"paper_id": paper_id, "at": now}, now)

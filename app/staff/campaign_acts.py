"""The dangerous act of telling a crowd something: what one person wrote goes out by another's yes alone."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.campaigns.drafting import let_run, mark_proposed, mark_rejected
from app.campaigns.model import Campaign
from app.database import Connection
from app.errors import InvalidError, NotFoundError
from app.people.model import ResidentCaller
from app.staff.model import Proposal
from app.staff.registry import DangerousAct, Draft, Prepared

SEND = "campaign.send"
_LIFE = timedelta(hours=24)
"""As long as any proposal waits."""


def campaign_act() -> DangerousAct:
    """Its details have the words, and the digest of all that is to be sent: what was read is what goes out."""
    return DangerousAct(SEND, _prepare, _execute, dismiss=_dismiss)


async def _prepare(db: Connection, _caller: ResidentCaller, draft: Draft, now: datetime) -> Prepared:
    if draft.campaign_id is None:
        raise InvalidError("", "Say which campaign.")
    campaign = await mark_proposed(db, draft.campaign_id, life=_LIFE, now=now)
    return Prepared(campaign.campaign_id, _describe(campaign))


async def _execute(db: Connection, proposal: Proposal, _caller: ResidentCaller, now: datetime) -> None:
    if proposal.object_id is None:
        raise NotFoundError
    await let_run(db, proposal.object_id, bytes.fromhex(proposal.details["digest"]), now)


async def _dismiss(db: Connection, proposal: Proposal, _caller: ResidentCaller, now: datetime) -> None:
    if proposal.object_id is not None:
        await mark_rejected(db, proposal.object_id, now)


def _describe(campaign: Campaign) -> dict[str, str]:
    content = campaign.content
    segment = f"{content.segment.kind}:{content.segment.value}".rstrip(":")
    said = {
        "title_zh": content.title.zh,
        "title_en": content.title.en,
        "body_zh": content.body.zh,
        "body_en": content.body.en,
        "link": content.link,
        "segment": segment,
        "digest": campaign.digest.hex(),
    }
    return {name: words for name, words in said.items() if words}

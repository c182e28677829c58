"""What the worker does about delegations: tells whoever was invited, and ends what is past its time."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from app.database import Pool, transaction
from app.enterprises import delegation_store, store
from app.enterprises.desk import end_delegation, notice_of, open_handler
from app.enterprises.model import DelegationState, Ending, StoredDelegation
from app.enterprises.rules import is_meant
from app.people.errors import SessionExpiredError
from app.people.finding import get_resident_id_by_phone
from app.people.holding import tell_resident
from app.people.proven import get_proven
from app.people.registering import require_key
from app.sealing import UnsealingError, Vault

_PAGE = 200


async def tell_invited(pool: Pool, vault: Vault, now: datetime) -> int:
    """Tells whoever was invited, where the phone is anybody's; answers with how many were looked for.

    Apart from the request that invites, so that it takes no longer for a phone that has an account. Whoever proves
    their name later finds the invitation all the same.
    """
    untold = await delegation_store.list_untold(pool, _PAGE)
    for company_id, delegation_id in untold:
        async with transaction(pool) as db:
            one = await delegation_store.get_delegation(db, company_id, delegation_id)
            if one is not None and await delegation_store.claim_telling(db, one, now):
                is_open = one.state_at(now) is DelegationState.INVITED
                invited = await _find_invited(pool, vault, one) if is_open else None
                if invited is not None:
                    await tell_resident(db, invited, "delegation.invited", notice_of(one, now), now)
    return len(untold)


async def _find_invited(pool: Pool, vault: Vault, one: StoredDelegation) -> UUID | None:
    """Who has both phone and name: whoever has the phone alone is not meant, and could only be molested."""
    try:
        handler = open_handler(await require_key(pool, vault, one.sealed_for), one.sealed_handler)
    except (UnsealingError, SessionExpiredError):
        return None
    resident_id = await get_resident_id_by_phone(pool, vault, handler.phone)
    proven = await get_proven(pool, vault, resident_id) if resident_id else None
    return resident_id if proven is not None and is_meant(handler.name, proven) else None


async def end_due(pool: Pool, now: datetime) -> int:
    """Ends delegations past their last day, invitations that nobody answered, and what no new representative kept."""
    due = await delegation_store.list_due(pool, now, _PAGE)
    for company_id, delegation_id in due:
        async with transaction(pool) as db:
            await store.hold_company(db, company_id)
            one = await delegation_store.hold_delegation(db, company_id, delegation_id)
            if one is not None and one.ended_at is None:
                why, topic = _judge(one, now)
                if why is not None:
                    await end_delegation(db, one, why, by=one.granted_by, topic=topic, now=now)
    return len(due)


def _judge(one: StoredDelegation, now: datetime) -> tuple[Ending | None, str]:
    """As it is now that nobody else can change it: it may have been accepted, or kept, since it was listed."""
    if one.accepted_at is None:
        ends = one.answer_by <= now or one.ends_at <= now
        return (Ending.UNANSWERED if ends else None), "delegation.unanswered"
    if one.ends_at <= now:
        return Ending.EXPIRED, "delegation.expired"
    lapses = one.review_due_at is not None and one.review_due_at <= now
    return (Ending.LAPSED if lapses else None), "delegation.lapsed"

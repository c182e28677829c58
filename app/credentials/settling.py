"""What a withdrawn key signed and lives long: papers and certificates end, lists are signed anew by another key."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from app.credentials import certificate_store, licence_store, list_store
from app.credentials.papers import withdraw_by_key
from app.database import Pool
from app.recognition.withdrawing import WithdrawnKey, list_unsettled_keys, settle_key
from codes import KeyUse

_SIGNED_ON = timedelta(minutes=1)
"""So long a server may sign by a key that was withdrawn elsewhere: each asks for those every few seconds."""

_LISTED_ON = timedelta(seconds=15)
"""A worker, which alone signs lists, asks each ten."""

_PAGE = 5000
_LOWEST_NO, _LOWEST_ID = -(2**63), UUID(int=0)


async def settle_withdrawn(pool: Pool, now: datetime) -> None:
    """The worker's share of withdrawing; it comes again until no server can have signed by the key any more.

    Verifiers refuse all of it by the trust list already. This is for the people, and for the lists that stay.
    """
    for key in await list_unsettled_keys(pool):
        await end_signed(pool, key, now)
        if now - key.withdrawn_at > _SIGNED_ON:
            await settle_key(pool, key, now)


async def end_signed(pool: Pool, key: WithdrawnKey, now: datetime, *, page: int = _PAGE) -> None:
    """Ends what lives long of what a key signed, a page at a time: residents have millions of it."""
    match key.use:
        case KeyUse.PAPER:
            await withdraw_by_key(pool, key.kid, now)
        case KeyUse.CERTIFICATE:
            batch: tuple[int, UUID] | None = (_LOWEST_NO, _LOWEST_ID)
            while batch is not None:
                batch = await certificate_store.revoke_of_key(pool, key.kid, now, after=batch, limit=page)
        case KeyUse.LICENCE:
            credential: tuple[UUID, UUID] | None = (_LOWEST_ID, _LOWEST_ID)
            while credential is not None:
                credential = await licence_store.revoke_of_key(pool, key.kid, now, after=credential, limit=page)
        case KeyUse.LIST:
            await list_store.end_publications(pool, key.withdrawn_at + _LISTED_ON, now)
        case _:
            pass

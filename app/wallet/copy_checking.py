"""Checking a copy: whether this deployment made it, how it stands, and what the paper must say."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta

import msgspec

from app.licences.holding import open_key
from app.licences.model import HolderKind, Standing
from app.people.quotas import require_quota
from app.people.rules import network_of
from app.wallet import copy_store as store
from app.wallet.copies import find_stood, list_good_from
from app.wallet.copy_model import CheckedCopy, CopyDesk, CopyState, Printed, StoredCopy
from app.wallet.copy_printing import PRINT
from app.wallet.copy_rules import stands_at
from app.wallet.errors import CopyMalformedError
from codes import CopyClaims, CopyRefusedError, read_copy

_SPAN = timedelta(minutes=10)
_REFUSED = {"copy-issuer-unknown": CopyState.UNKNOWN, "copy-signature-invalid": CopyState.ALTERED}


async def check_copy(desk: CopyDesk, text: str, address: str, now: datetime) -> CheckedCopy:
    """What anybody who was handed a copy is told of it; its holder sees that somebody asked.

    Raises CopyMalformedError for what is no copy, and TooManyRequestsError to an address that asks too often.
    """
    whose = f"copy-check:{network_of(address)}"
    await require_quota(desk.pool, desk.vault, whose, desk.checks_per_address, _SPAN, now)
    try:
        claims = read_copy(text, desk.ring)
    except CopyRefusedError as refusal:
        if refusal.slug not in _REFUSED:
            raise CopyMalformedError from None
        return CheckedCopy(_REFUSED[refusal.slug])
    holder_id = await store.get_holder(desk.pool, claims.copy_id)
    copy = await store.get_copy(desk.pool, holder_id, claims.copy_id) if holder_id else None
    if copy is None:  # its holder left, or it was over long ago
        ended = claims.expires_at <= now
        return _say(claims, CopyState.ENDED if ended else CopyState.REVOKED)
    if copy.digest is None or not hmac.compare_digest(copy.digest, claims.digest):
        return CheckedCopy(CopyState.ALTERED)
    await store.count_check(desk.pool, copy.holder_id, copy.copy_id, now)
    return await _describe(desk, copy, claims, now)


async def _describe(desk: CopyDesk, copy: StoredCopy, claims: CopyClaims, now: datetime) -> CheckedCopy:
    """Only of a copy that is good is it told whose it is: whoever holds an old one has no business with it."""
    licence = await find_stood(desk, copy, now)
    good_from = (await list_good_from(desk.pool, {copy.subject_no})).get(copy.subject_no)
    key = await open_key(desk.pool, desk.vault, copy.holder_id, HolderKind(copy.holder_kind))
    is_good = licence is not None and licence.standing is Standing.VALID and key is not None
    said = _say(claims, stands_at(copy, now, good_from=good_from, licence_is_good=is_good))
    if said.state is not CopyState.GOOD or key is None or copy.sealed_print is None:
        return said
    printed = msgspec.json.decode(key.open(copy.sealed_print, PRINT), type=Printed)
    return msgspec.structs.replace(
        said, type_name=printed.type_name, masked_holder=printed.masked_holder, lines=printed.lines
    )


def _say(claims: CopyClaims, state: CopyState) -> CheckedCopy:
    return CheckedCopy(
        state=state,
        type=claims.licence_type,
        requester=claims.requester,
        purpose=claims.purpose,
        issued_at=claims.issued_at,
        valid_until=claims.expires_at,
    )

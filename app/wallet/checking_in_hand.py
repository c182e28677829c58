"""Checking a licence that is shown in hand: whoever is shown it learns at once what their purpose may, and no more.

The order is of consequence. What the venue itself got wrong (its purpose, the fields, another kind of licence) is
refused before anything is recorded, and the code stays good for the next try. From there on a look is entered, which
spends the code and tells the holder: with the fields that were told; or with none where the licence is not good, since
the venue did look, though all that it learns is that the licence is not to be relied on.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from app.enterprises.showing import get_shown
from app.licences.errors import LicenceNotGoodError
from app.licences.holding import Holder, require_opened
from app.licences.model import HolderKind, Standing
from app.licences.rules import may_see
from app.licences.standings import Stood, list_standings
from app.licences.types import get_types
from app.venues.errors import CodeRevokedError
from app.venues.model import Scanner
from app.venues.scanning import open_handle
from app.wallet import store
from app.wallet.asking_room import AskingRoom
from app.wallet.errors import LicenceNotHeldError
from app.wallet.looking import Showing, look_by_scanner
from app.wallet.model import Look, LookForm
from app.wallet.requesting import Wanted, choose_queries, require_asking
from app.wallet.wallets import Chosen
from codes import CodeRefusedError, Kind, TrustList, VerifiedCode, verify_licence

_REPEATED_WITHIN = timedelta(minutes=10)
"""A request whose answer was lost gets it again for so long, and not for ever: the licence may say something new by
then, which nobody has looked at.
"""
_QUERY = "licence"


class InHand(msgspec.Struct, frozen=True):
    """A licence that is shown in hand, and what is asked of it: of a certain kind, or of whichever it is; no fields
    are all that the purpose may ask.
    """

    code: str
    purpose: str | None = None
    licence_type: str | None = None
    fields: Sequence[str] | None = None


class CheckedLicence(msgspec.Struct, frozen=True):
    """A licence in hand that was looked at; its query has the fields that were told, and no other."""

    look: Look
    chosen: Chosen


async def check_licence(
    room: AskingRoom, trust: TrustList, scanner: Scanner, shown: InHand, *, request_key: bytes | None, now: datetime
) -> CheckedLicence:
    """Tells a scanner, once, what a licence in hand says.

    Raises what `require_asking`, `verify_licence` and `choose_queries` do; LicenceNotHeldError for another kind than
    was asked for; CodeRevokedError where whoever showed it may not any more; CodeAlreadyUsedError; LicenceNotGoodError.
    """
    await require_asking(room, scanner, shown.purpose, now)
    verified, first = await _verify(room, trust, shown.code, request_key, now)
    subject_no = open_handle(room.ring, trust, verified)
    holder = await _require_holder(room, subject_no, verified.kind)
    stood = await _require_shown(room, holder, room.ring.open_licence(verified)[1], now)
    if shown.licence_type is not None and shown.licence_type != stood.type.id:
        raise LicenceNotHeldError("Another kind of licence is shown than was asked for.")
    (query,) = await choose_queries(room.pool, scanner.purpose, [Wanted(_QUERY, stood.type.id, shown.fields)])
    licence = await require_opened(room.licences, holder, stood)
    is_good = stood.standing is Standing.VALID
    told = list(query.pick(licence.content.fields)) if is_good else []
    look = first or await look_by_scanner(
        room.pool, scanner, _showing(subject_no, verified, stood), told, request_key=request_key, now=now
    )
    if not is_good or (look.is_repeated and not look.fields):  # a refusal stays one, be the licence good again
        raise LicenceNotGoodError
    return CheckedLicence(look, Chosen(msgspec.structs.replace(query, fields=look.fields), holder, licence))


async def _verify(
    room: AskingRoom, trust: TrustList, code: str, request_key: bytes | None, now: datetime
) -> tuple[VerifiedCode, Look | None]:
    """The code's claims; and the look itself where this very request comes again, though its code is over by now."""
    try:
        return verify_licence(code, trust, now), None
    except CodeRefusedError as refusal:
        if refusal.verified is None or request_key is None:
            raise
        verified = refusal.verified
        row = await store.find_look(
            room.pool,
            open_handle(room.ring, trust, verified),
            expires_at=verified.expires_at,
            cti=verified.cti,
            request_key=request_key,
            since=now - _REPEATED_WITHIN,
        )
        if row is None:
            raise
        return verified, Look(**row, is_repeated=True)


async def _require_holder(room: AskingRoom, subject_no: int, kind: Kind) -> Holder:
    """Whose wallet a subject shows licences of, and what whoever shows them may do there by now."""
    row = await store.find_holder(room.pool, subject_no, kind.value)
    if row is None:
        raise CodeRevokedError
    if kind is Kind.PERSONAL:
        return Holder.own(row["resident_id"], subject_no)
    mandate = await get_shown(room.pool, row["principal_id"], row["binding_id"]) if row["principal_id"] else None
    if mandate is None:
        raise CodeRevokedError
    return Holder(
        row["principal_id"],
        HolderKind.COMPANY,
        row["resident_id"],
        subject_no,
        kind,
        binding_id=row["binding_id"],
        scopes=tuple(mandate.scopes),
    )


async def _require_shown(room: AskingRoom, holder: Holder, licence_no: int, now: datetime) -> Stood:
    """The licence, if it is there still, and whoever showed it may still see it."""
    held = await list_standings(room.pool, await get_types(room.pool), holder.holder_id, now)
    stood = next((one for one in held if one.licence_no == licence_no), None)
    if stood is None or not may_see(stood.type, holder.scopes, holder.kind):
        raise CodeRevokedError
    return stood


def _showing(subject_no: int, code: VerifiedCode, stood: Stood) -> Showing:
    return Showing(
        subject_no=subject_no,
        code_kind=code.kind,
        form=LookForm.LICENCE,
        licence_type=stood.type.id,
        licence_id=stood.licence_id,
        claim=code.cti,
        shown_at=code.issued_at,
        expires_at=code.expires_at,
    )

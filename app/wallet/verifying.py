"""Presentations that somebody else made: a phone of a resident's, or a wallet elsewhere. Both are held to the same.

codes/sd_jwt.py looks at what is in the text alone. Decided here is what rests on what this deployment knows: who may
vouch for which kind, whether the credential has ended, and that it is shown once.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from app.credentials import licence_store, subject_store
from app.credentials.licence_store import IssuedCredential
from app.credentials.publishing import read_list_no
from app.database import Connection
from app.licences.model import Content, LicenceType
from app.licences.rules import is_trusted_issuer
from app.licences.types import get_types
from app.wallet.asking_room import AskingRoom
from app.wallet.credentials import AUTHORITY, vct_of
from app.wallet.errors import (
    FieldsNotAllowedError,
    IssuerUntrustedError,
    PresentationReplayedError,
    PresentationRevokedError,
)
from app.wallet.presentation_model import Presentation, Presented, Query
from codes import TrustList
from codes.errors import PresentationRefusedError
from codes.sd_jwt_verifying import VerifiedPresentation, find_licence_keys, verify_presentation

_LONGEST_AGO = timedelta(minutes=10)
"""How old the holder's signature may be: no question waits longer."""


class Shown(Presented, frozen=True):
    """A presentation that was found good, and which credential of this deployment's it shows."""

    credential: IssuedCredential


async def verify_shown(
    db: Connection, room: AskingRoom, trust: TrustList, asked: Presentation, query: Query, text: str, now: datetime
) -> Shown:
    """Holds a presentation to its question, and claims the one showing that its credential is for.

    Raises PresentationRefusedError, FieldsNotAllowedError, IssuerUntrustedError, PresentationRevokedError and
    PresentationReplayedError.
    """
    verified = verify_presentation(
        text,
        find_keys=find_licence_keys(trust, {room.url.rstrip("/"): room.ring.province}),
        nonce=asked.nonce,
        audience=asked.audience,
        now=now,
        max_age=_LONGEST_AGO,
    )
    kind = (await get_types(db)).get(query.licence_type)
    _require_kind(room, kind, query, verified)
    _require_fields(kind, query, verified)
    credential = await _require_credential(db, room, verified, now)
    fields = {name: str(verified.fields[name]) for name in query.fields if name in verified.fields}
    if not await licence_store.claim_showing(db, credential.holder_id, credential.credential_id, now):
        raise PresentationReplayedError
    return Shown(query, fields, text, credential)


def _require_kind(room: AskingRoom, kind: LicenceType | None, query: Query, verified: VerifiedPresentation) -> None:
    """Of the kind that is asked for, and from somebody who may vouch for that kind."""
    if kind is None or verified.vct != vct_of(room.url, query.licence_type):
        raise PresentationRefusedError("presentation-malformed", f"{query.id}: another kind of licence is asked for.")
    if not is_trusted_issuer(kind, str(verified.plain.get(AUTHORITY, ""))):
        raise IssuerUntrustedError


def _require_fields(kind: LicenceType | None, query: Query, verified: VerifiedPresentation) -> None:
    """What is asked, and nothing besides: a venue is not told more because a wallet said more."""
    beyond = verified.fields.keys() - set(query.fields)
    if beyond:
        raise FieldsNotAllowedError(f"{query.id}: nobody asked for {', '.join(sorted(beyond))}.")
    needed = {field.id for field in kind.fields if field.required} if kind else set[str]()
    missing = (needed & set(query.fields)) - verified.fields.keys()
    if missing:
        raise PresentationRefusedError(
            "presentation-malformed", f"{query.id}: {', '.join(sorted(missing))} is asked for, and hidden."
        )


async def _require_credential(
    db: Connection, room: AskingRoom, verified: VerifiedPresentation, now: datetime
) -> IssuedCredential:
    """The row of what is shown: the truth of whether it has ended; lists, which say so later, are for others."""
    found = None
    if verified.status is not None:
        list_no = read_list_no(room.url, verified.status.uri)
        if list_no is not None:
            found = await licence_store.find_by_place(db, list_no, verified.status.index)
    if found is None or found.thumbprint != verified.holder_thumbprint:
        raise PresentationRevokedError
    if found.revoked_at is not None or found.expires_at <= now:
        raise PresentationRevokedError
    if found.session_id is not None and await subject_store.has_ended(db, found.session_id):
        raise PresentationRevokedError
    return found


def require_current(shown: Shown, content: Content) -> None:
    """Raises PresentationRevokedError where the licence says something else by now: a credential lives for weeks, and
    a licence that is renewed stays the same one.
    """
    if any(content.fields.get(name) != told for name, told in shown.fields.items()):
        raise PresentationRevokedError


def require_held_by(shown: Shown, holder_id: UUID, licence_id: UUID) -> None:
    """Raises PresentationRevokedError for a credential of another licence than the one that was chosen."""
    if (shown.credential.holder_id, shown.credential.licence_id) != (holder_id, licence_id):
        raise PresentationRevokedError

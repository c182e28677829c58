"""Credentials of licences (SD-JWT VC): for the keys of a phone, and made here for the one showing of a mini-program.

Each is for one showing, by one key: a key shown twice would tell two venues that they met the same person. Each has a
place in a status list, and ends there with the licence, with its holder's lock or leaving, with the key that signed it
and, where a session was handed it, with that session.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Self
from uuid import UUID

import msgspec

from app.credentials import licence_store as store
from app.credentials.certificates import require_distinct
from app.credentials.desk import begin_after, hold_alive, live_until
from app.credentials.publishing import uri_of
from app.database import Connection, transaction
from app.errors import TooManyRequestsError
from app.identifiers import new_id
from app.identity.numbers import end_of
from app.licences.holding import Holder, require_good, require_holder, require_licence
from app.licences.model import Licence
from app.licences.sources import note_use
from app.people.model import ResidentCaller
from app.people.standing import require_trust
from app.venues.keys import find_thumbprint
from app.wallet.asking_room import AskingRoom
from app.wallet.presentation_model import Presentation, Presented
from app.wallet.wallets import Chosen
from codes import Epoch, KeyUse, StatusReference
from codes.model import LONGEST_CREDENTIAL_SECONDS
from codes.sd_jwt import CredentialStatus
from codes.sd_jwt_issuing import even_out, issue_credential
from codes.sd_jwt_presenting import HolderKey, present

MOST_KEYS = 32
LONGEST = timedelta(seconds=LONGEST_CREDENTIAL_SECONDS)
AUTHORITY = "issuer-code"
"""The claim that names, by its credit code, whoever issued the licence: which kinds it may issue is for verifiers.

With a hyphen, which no field of a licence has: many kinds have an `issuing_authority` of their own.
"""
_SHORTEST = timedelta(hours=2)
"""Of one that a venue may look at and not keep: its end is a whole hour, as everybody's."""


class HandedOut(msgspec.Struct, frozen=True):
    """A credential for a phone's key, with all its disclosures: what of them is shown, its holder chooses."""

    credential: str
    expires_at: datetime

    def __repr__(self) -> str:
        """Without what it says, wherever this may be printed."""
        return "HandedOut()"


async def issue_credentials(
    room: AskingRoom,
    caller: ResidentCaller,
    licence_id: UUID,
    public_keys: Sequence[Mapping[str, Any]],
    *,
    delegation_id: UUID | None,
    now: datetime,
) -> list[HandedOut]:
    """One credential a key, in their order, while the licence is good.

    Raises PublicKeyRefusedError, LicenceNotGoodError, TooManyRequestsError, and what require_holder does.
    """
    require_distinct(public_keys)
    holder = await require_holder(room.pool, caller, delegation_id, now)
    await note_use(room.licences, holder, now)
    licence = require_good(await require_licence(room.licences, holder, licence_id, now))
    places = await room.places.take(KeyUse.LICENCE, len(public_keys), now)
    keyed = list(zip(public_keys, places.references(), strict=True))
    async with transaction(room.pool) as db:
        await require_trust(db, caller, now)  # an access token outlives its session by minutes, these by days
        standing = await hold_alive(db, holder.subject_no, now)
        await _require_room(db, room, holder, caller.session_id, len(public_keys), now)
        begun = begin_after(now, standing.codes_valid_from)
        maker = _Maker.begin(room, holder, licence, begun, LONGEST, standing.ends_at)
        await store.insert_credentials(
            db,
            [maker.record(key, place, session_id=caller.session_id) for key, place in keyed],
        )
    return [HandedOut(maker.issue(licence.content.fields, key, place), maker.expires_at) for key, place in keyed]


async def make_presentation(
    db: Connection, room: AskingRoom, asked: Presentation, chosen: Chosen, place: StatusReference, now: datetime
) -> Presented:
    """A presentation made here, by a key that is forgotten at once: for holders whose device cannot sign.

    It has the asked fields alone, lives as long as the venue may keep them, and is recorded as shown: nobody can show
    it again. `place` was taken before the transaction that `db` is.
    """
    query, holder, licence = chosen.query, chosen.holder, chosen.licence
    key = HolderKey.create()
    begun = now.replace(microsecond=0)
    kept = max(_SHORTEST, timedelta(days=query.kept_days))
    standing = await hold_alive(db, holder.subject_no, now)
    maker = _Maker.begin(room, holder, licence, begun, min(LONGEST, kept), standing.ends_at)
    await store.insert_credentials(db, [maker.record(key.jwk, place, shown_at=now)])
    told = query.pick(licence.content.fields)
    credential = maker.issue(told, key.jwk, place)
    text = present(credential, list(told), holder=key, nonce=asked.nonce, audience=asked.audience, now=now)
    return Presented(query, told, text)


def vct_of(url: str, type_id: str) -> str:
    """What a kind of licence is called as the type of a credential; its metadata is served there."""
    return f"{url.rstrip('/')}/v1/licence-types/{type_id}/vct"


class _Maker(msgspec.Struct, frozen=True):
    """What the credentials of one licence have in common."""

    room: AskingRoom
    epoch: Epoch
    holder: Holder
    licence: Licence
    begun: datetime
    expires_at: datetime

    @classmethod
    def begin(
        cls,
        room: AskingRoom,
        holder: Holder,
        licence: Licence,
        begun: datetime,
        longest: timedelta,
        ends_at: datetime | None,
    ) -> Self:
        """They end with what they rest on, at an hour that many others share; raises BindingEndedError."""
        ends = [ends_at, end_of(licence.valid_until) if licence.valid_until else None]
        life = live_until(begun, longest, min((end for end in ends if end is not None), default=None))
        shared = even_out(begun + life)
        expires_at = shared if shared > begun else begun + life
        return cls(room, room.ring.current(KeyUse.LICENCE, begun), holder, licence, begun, expires_at)

    def issue(self, fields: Mapping[str, str], key: Mapping[str, Any], place: StatusReference) -> str:
        return issue_credential(
            self.epoch,
            issuer=self.room.url.rstrip("/"),
            vct=vct_of(self.room.url, self.licence.type.id),
            fields=fields,
            holder_key=key,
            status=CredentialStatus(uri_of(self.room.url, place.list_no), place.index),
            now=self.begun,
            expires_at=self.expires_at,
            plain={AUTHORITY: self.licence.content.issuer_code},
        )

    def record(
        self,
        key: Mapping[str, Any],
        place: StatusReference,
        *,
        session_id: UUID | None = None,
        shown_at: datetime | None = None,
    ) -> store.IssuedCredential:
        return store.IssuedCredential(
            holder_id=self.holder.holder_id,
            credential_id=new_id(),
            licence_id=self.licence.licence_id,
            licence_type=self.licence.type.id,
            subject_no=self.holder.subject_no,
            kind=self.holder.code_kind.value,
            session_id=session_id,
            list_no=place.list_no,
            place=place.index,
            thumbprint=find_thumbprint(key),
            issued_at=self.begun,
            expires_at=self.expires_at,
            kid=self.epoch.kid,
            content_stamp=self.licence.content_stamp,
            shown_at=shown_at,
        )


async def _require_room(
    db: Connection, room: AskingRoom, holder: Holder, session_id: UUID, count: int, now: datetime
) -> None:
    """Those that can still be shown and so many more may not be too many."""
    live, first_ends_at = await store.count_live(db, holder.holder_id, session_id, now)
    if live + count > room.most_credentials:
        wait = (first_ends_at - now).total_seconds() if first_ends_at else LONGEST.total_seconds()
        raise TooManyRequestsError(int(wait) + 1)

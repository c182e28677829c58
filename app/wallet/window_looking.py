"""Looking up a licence for somebody who stands at a window, and has no phone to show it on."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from app.database import Connection, transaction
from app.licences.masking import mask_wholly
from app.licences.model import FieldKind, Standing
from app.licences.sources import SourceState
from app.licences.types import get_types
from app.people.acting import record_office_act
from app.people.errors import PresenceEndedError
from app.people.model import ResidentCaller, Role
from app.people.window_model import Presence
from app.venues.errors import CodeRevokedError
from app.wallet.errors import FieldsNotAllowedError
from app.wallet.looking import Looker, Showing, look
from app.wallet.model import Look, LookForm
from app.wallet.requesting import list_askable
from app.wallet.wallets import Chosen, find_licences, open_found
from app.wallet.window_desk import (
    PURPOSE,
    WindowDesk,
    freshen,
    list_present_wallets,
    list_unheard,
    meet,
    open_windows,
    require_still,
)


class SeenLicence(msgspec.Struct, frozen=True):
    """A licence as a window sees it: what its purpose may know in full, the rest masked."""

    licence_id: UUID
    licence_type: str
    standing: Standing
    issuer_name: str
    valid_until: date | None
    fields: dict[str, str]
    masked: dict[str, str]
    access_id: UUID

    def __repr__(self) -> str:
        """Without the fields, wherever this may be printed."""
        return f"SeenLicence({self.access_id})"


class LookedUp(msgspec.Struct, frozen=True):
    """Every licence of a kind that somebody holds, and the registries that have not been heard yet."""

    licences: list[SeenLicence]
    unheard: Sequence[SourceState]


async def look_up(
    desk: WindowDesk, caller: ResidentCaller, presence_id: UUID, licence_type: str, now: datetime
) -> LookedUp:
    """Licences of a kind of whoever stands there: each is a look in the log of accesses, told to its holder.

    Raises FieldsNotAllowedError for a kind that windows may not ask for, and what `meet` does.
    """
    kind = (await get_types(desk.pool)).get(licence_type)
    query = next((one for one in await list_askable(desk.pool, PURPOSE) if one.licence_type == licence_type), None)
    if kind is None or query is None:
        raise FieldsNotAllowedError(f"{licence_type}: windows may not ask for it.")
    presence = await meet(desk, caller, presence_id, now)
    wallets = await list_present_wallets(desk, presence, now)
    await freshen(desk, wallets, now)
    found = await find_licences(desk.pool, wallets, {licence_type}, now)
    opened = await open_found(desk.pool, desk.vault, query, found)
    looker = await open_windows(desk, caller, now)
    async with transaction(desk.pool) as db:
        await require_still(db, caller, presence, now)
        seen = [await _see(db, looker, presence, one, now) for one in opened]
        await record_office_act(
            db,
            desk.vault,
            caller,
            "window.licences-looked-up",
            role=Role.WINDOW,
            object_id=presence.resident_id,
            now=now,
        )
    return LookedUp(seen, (await list_unheard(desk, wallets, [kind], now))[kind.id])


async def _see(db: Connection, looker: Looker, presence: Presence, one: Chosen, now: datetime) -> SeenLicence:
    """Of a licence that is not good a window learns how it stands, and the rest masked."""
    licence = one.licence
    fields = one.query.pick(licence.content.fields) if licence.standing is Standing.VALID else {}
    seen = await enter_look(db, looker, presence, one, list(fields), b"looked up", now)
    said = licence.content.fields
    masked = {
        field.id: mask_wholly(field, said[field.id])
        for field in licence.type.fields
        if said.get(field.id) and field.id not in fields and field.kind is not FieldKind.IMAGE
    }
    return SeenLicence(
        licence_id=licence.licence_id,
        licence_type=licence.type.id,
        standing=licence.standing,
        issuer_name=licence.content.issuer_name,
        valid_until=licence.valid_until,
        fields=fields,
        masked=masked,
        access_id=seen.access_id,
    )


async def enter_look(
    db: Connection,
    looker: Looker,
    presence: Presence,
    one: Chosen,
    fields: Sequence[str],
    act: bytes,
    now: datetime,
) -> Look:
    """One look by a window, entered once for a presence, an act, a licence and what is told of it: looking again is the
    same look, and one that is told more, as of a licence that was renewed meanwhile, is another.

    Raises PresenceEndedError where its holder's showings have ended since the presence was opened.
    """
    told = "\0".join(sorted(fields)).encode()
    claim = hashlib.sha256(b"\0".join((presence.presence_id.bytes, act, one.licence.licence_id.bytes, told))).digest()
    showing = Showing(
        subject_no=one.holder.subject_no,
        code_kind=one.holder.code_kind,
        form=LookForm.WINDOW,
        licence_type=one.licence.type.id,
        licence_id=one.licence.licence_id,
        claim=claim,
        shown_at=now,  # a lock closes the presence, which the caller holds; who was just registered has no past
        expires_at=presence.expires_at,
    )
    try:
        return await look(db, looker, showing, fields, request_key=claim, now=now)
    except CodeRevokedError:
        raise PresenceEndedError from None

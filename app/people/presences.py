"""Presences: that somebody stands at a window, shown by a face check there, and what may rest on it for some minutes.

Name and number alone open none: whoever has a photocopy of a card has both. The face check is started on the window's
own device and counts there alone; the authority compares a living face with the picture that it holds of them.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from app.database import Connection, Pool, transaction
from app.errors import ForbiddenError, NotFoundError
from app.identifiers import new_id
from app.identity.authority import IdentityAuthority
from app.identity.model import Applicant, FaceCheck, FaceEvidence, IdentityClaim, ProvenIdentity
from app.identity.persons import read_person
from app.people import logins_store, presence_store, store
from app.people.acting import record_office_act
from app.people.errors import PresenceEndedError, UnregisteredPersonError
from app.people.model import Resident, ResidentCaller, Role
from app.people.quotas import require_quota
from app.people.rules import mask_name
from app.people.sessions import Doorkeeper
from app.people.telling import tell
from app.people.window_model import OpenedPresence, Presence, PresentPerson, StoredPresence
from app.sealing import Vault

PRESENCE_LIFE = timedelta(minutes=15)
_KEPT = timedelta(days=1)
_HOUR = timedelta(hours=1)
_CONTEXT = "person at a window"
_DEVICE = "window device"
_UUID_BYTES = 16
_OWN = "Nobody serves themself at a window: ask a colleague."


class PresenceClaim(msgspec.Struct, frozen=True):
    """Who is said to stand at the window, and the face check that they went through there."""

    name: str
    id_number: str
    check_id: UUID

    def __repr__(self) -> str:
        """Without name and number, wherever this may be printed."""
        return "PresenceClaim()"


async def start_check(
    door: Doorkeeper,
    authority: IdentityAuthority,
    caller: ResidentCaller,
    *,
    name: str,
    id_number: str,
    device: str,
    return_url: str | None,
    now: datetime,
) -> FaceCheck:
    """Begins the face check of whoever stands at the window; it is kept who asked for it, and how often."""
    applicant = _applicant(door.vault, caller, name, id_number, now)
    most = door.settings.window_checks_per_hour
    await require_quota(door.pool, door.vault, f"window:{caller.resident_id}", most, _HOUR, now)
    check = await authority.start_face_check(
        applicant, name=name, id_number=id_number, device=device, return_url=return_url, now=now
    )
    async with transaction(door.pool) as db:
        await record_office_act(db, door.vault, caller, "window.check-started", role=Role.WINDOW, now=now)
    return check


def _applicant(vault: Vault, caller: ResidentCaller, name: str, id_number: str, now: datetime) -> Applicant:
    """The window, under a name of its own: a check that was gone through here proves nothing of its member of staff.

    Tries are counted for each person who is served: one who fails leaves the next theirs.
    """
    person = read_person(name, id_number, now)
    return Applicant(
        resident_id=caller.resident_id,
        installation_id=_shorten(vault.index(_DEVICE, str(caller.installation_id))),
        login_id=_shorten(vault.index(_DEVICE, person.number.text)),
    )


def _shorten(index: bytes) -> UUID:
    """Its last bytes: the first say which key made it."""
    return UUID(bytes=index[-_UUID_BYTES:], version=4)


async def open_presence(
    door: Doorkeeper, authority: IdentityAuthority, caller: ResidentCaller, claimed: PresenceClaim, now: datetime
) -> OpenedPresence:
    """Notes that somebody stands at the caller's window, and tells them at once; raises what proving does."""
    applicant = _applicant(door.vault, caller, claimed.name, claimed.id_number, now)
    evidence = FaceEvidence(claimed.check_id)
    proven = await authority.prove(
        IdentityClaim(applicant, evidence, name=claimed.name, id_number=claimed.id_number), now
    )
    async with transaction(door.pool) as db:
        holder_id = await logins_store.get_identity_holder(db, door.vault.indexes("identity", proven.identity_key))
        if holder_id == caller.resident_id:
            raise ForbiddenError(_OWN)
        resident = await store.get_resident(db, holder_id) if holder_id else None
        presence = await _insert(db, door.vault, caller, resident, proven, now)
        await record_office_act(
            db,
            door.vault,
            caller,
            "window.presence-opened",
            role=Role.WINDOW,
            object_id=resident.resident_id if resident else None,
            now=now,
        )
        if resident is not None:
            await tell(db, resident.subject_no, resident.resident_id, "window.presence", {"at": now}, now)
        return await show_presence(db, presence, resident, proven.name or "")


async def show_presence(
    db: Connection, presence: StoredPresence, resident: Resident | None, name: str
) -> OpenedPresence:
    """What the window is told of who stands there."""
    return OpenedPresence(
        id=presence.presence_id,
        expires_at=presence.expires_at,
        registered=resident is not None,
        masked_name=mask_name(name),
        locked=resident is not None and resident.locked_at is not None,
        has_login=resident is not None and await presence_store.has_login(db, resident.resident_id),
    )


async def _insert(
    db: Connection,
    vault: Vault,
    caller: ResidentCaller,
    resident: Resident | None,
    proven: ProvenIdentity,
    now: datetime,
) -> StoredPresence:
    sealed = None
    if resident is None:
        person = PresentPerson(proven.name or "", proven.id_number or "")
        sealed = vault.seal(msgspec.json.encode(person), _CONTEXT)
    presence = StoredPresence(
        presence_id=new_id(),
        resident_id=resident.resident_id if resident else None,
        sealed_person=sealed,
        opened_at=now,
        expires_at=now + PRESENCE_LIFE,
        closed_at=None,
    )
    await presence_store.insert_presence(db, caller.resident_id, presence)
    return presence


async def require_presence(db: Connection, caller: ResidentCaller, presence_id: UUID, now: datetime) -> Presence:
    """The resident who stands at the caller's own window; it is not closed before the transaction ends.

    Raises NotFoundError for what is not the caller's, PresenceEndedError for what is over, and UnregisteredPersonError
    where the person has no account here yet.
    """
    stored = await require_open(db, caller, presence_id, now)
    if stored.resident_id is None:
        raise UnregisteredPersonError
    resident = await store.get_resident(db, stored.resident_id)
    if resident is None:
        raise PresenceEndedError
    return Presence(
        presence_id=presence_id,
        resident_id=resident.resident_id,
        subject_no=resident.subject_no,
        staff_id=caller.resident_id,
        opened_at=stored.opened_at,
        expires_at=stored.expires_at,
    )


async def require_open(db: Connection, caller: ResidentCaller, presence_id: UUID, now: datetime) -> StoredPresence:
    """The same, of somebody who may be unknown here."""
    await presence_store.share_presence(db, caller.resident_id, presence_id)
    stored = await presence_store.get_presence(db, caller.resident_id, presence_id)
    if stored is None:
        raise NotFoundError
    if stored.closed_at is not None or stored.expires_at <= now:
        raise PresenceEndedError
    return stored


def open_person(vault: Vault, stored: StoredPresence) -> PresentPerson:
    """Who stands there and is unknown; raises where they are registered already."""
    if stored.sealed_person is None:
        raise ForbiddenError("The person is registered already.")
    return msgspec.json.decode(vault.open(stored.sealed_person, _CONTEXT), type=PresentPerson)


async def close_presence(door: Doorkeeper, caller: ResidentCaller, presence_id: UUID, now: datetime) -> UUID | None:
    """Ends a presence when the person leaves, and says who that was, if they are registered; what is over already is
    left as it is.
    """
    async with transaction(door.pool) as db:
        stored = await presence_store.get_presence(db, caller.resident_id, presence_id)
        if stored is None:
            raise NotFoundError
        if await presence_store.claim_closing(db, caller.resident_id, presence_id, now):
            await record_office_act(
                db,
                door.vault,
                caller,
                "window.presence-closed",
                role=Role.WINDOW,
                object_id=stored.resident_id,
                now=now,
            )
    return stored.resident_id


async def forget_presences(pool: Pool, now: datetime) -> None:
    """Deletes presences that were over a day ago; the log of acts keeps that there were any."""
    await presence_store.purge_presences(pool, now - _KEPT)

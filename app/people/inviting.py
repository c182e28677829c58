"""Invitations to care, or to be cared for: by phone and name, answered by whoever has both, in their own app.

The inviter is answered the same whether anybody has this phone here or not, after the same work: what would be told to
somebody is written for nobody else, and expires at once. A decline is not told; the invitation just runs out.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from app.database import Connection, Executor, Pool, transaction
from app.errors import NotFoundError
from app.identifiers import new_id
from app.identity.names import compare_form, read_name
from app.people import accounts, care_store, logins_store, store
from app.people.accounts import PhoneAccount
from app.people.care_model import AgreedBy, Invitation, Invitee, Kinship, Relative, StoredInvitation
from app.people.care_rules import INVITATION_LIFE, require_of_age
from app.people.caring import Agreement, bind_care, end_of_care, get_relative
from app.people.errors import InvitationEndedError
from app.people.model import BindingPart, LoginKind, Resident, ResidentCaller
from app.people.profiles import get_masked_name
from app.people.quotas import require_quota
from app.people.registering import open_key, require_living
from app.people.rules import mask_name, mask_phone, normalise_phone, require_verified
from app.people.standing import hold_residents, require_trust
from app.sealing import Vault
from app.settings import Settings
from push.notices import Notice
from push.outbox import enqueue

FIELD = "invitee"
_DAY = timedelta(hours=24)
_KEPT = timedelta(days=1)
_OTHER_PART = {BindingPart.SHOWS: BindingPart.IS_SHOWN, BindingPart.IS_SHOWN: BindingPart.SHOWS}


class Wish(msgspec.Struct, frozen=True):
    """Whom somebody invites, and to what."""

    phone: str
    name: str
    part: BindingPart
    """What the inviter will do."""
    kinship: Kinship

    def __repr__(self) -> str:
        """Without phone and name, wherever this may be printed."""
        return "Wish()"


async def invite(
    pool: Pool, vault: Vault, settings: Settings, caller: ResidentCaller, wish: Wish, now: datetime
) -> Invitation:
    """Invites whoever has this phone and, by proof, this name; nothing says whether there is anybody."""
    require_verified(caller)
    invitee = Invitee(read_name(wish.name), normalise_phone(wish.phone))
    await require_quota(pool, vault, f"care:{caller.resident_id}", settings.care_invitations_daily, _DAY, now)
    async with transaction(pool) as db:
        await require_trust(db, caller, now)
        resident = await require_living(db, caller.resident_id)
        await _require_of_age(db, vault, resident, now)
        invitation = StoredInvitation(
            resident_id=caller.resident_id,
            invitation_id=new_id(),
            invitee_indexes=_indexes(vault, invitee.phone, invitee.name),
            invitee_part=_OTHER_PART[wish.part],
            kinship=wish.kinship,
            sealed_invitee=open_key(vault, resident).seal(msgspec.json.encode(invitee).decode(), FIELD),
            invited_at=now,
            expires_at=now + INVITATION_LIFE,
        )
        await care_store.insert_invitation(db, invitation)
        await care_store.insert_lookups(db, invitation)
        await _tell_invitee(db, vault, invitation, invitee, now)
    return _show_own(vault, resident, invitation)


def _indexes(vault: Vault, phone: str, name: str) -> list[bytes]:
    return vault.indexes("care invitee", f"{phone}\0{compare_form(name)}")


async def _require_of_age(db: Executor, vault: Vault, resident: Resident, now: datetime) -> None:
    sealed = await care_store.get_sealed_id_number(db, resident.resident_id)
    require_of_age(open_key(vault, resident).open(sealed, "id_number") if sealed else None, now)


async def _tell_invitee(
    db: Connection, vault: Vault, invitation: StoredInvitation, invitee: Invitee, now: datetime
) -> None:
    """A notice is written in any case; where nobody has both phone and name it is over before it is due."""
    found = await accounts.find(db, vault, PhoneAccount(invitee.phone))
    resident = await store.get_resident(db, found.resident_id if found else invitation.invitation_id)
    name = open_key(vault, resident).open(resident.sealed_name, "name") if resident and resident.sealed_name else ""
    is_meant = bool(name) and compare_form(name) == compare_form(invitee.name)
    notice = Notice(
        routing_key=resident.subject_no if resident and is_meant else invitation.invitation_id.int >> 65,
        notice_id=new_id(),
        recipient=resident.resident_id if resident and is_meant else invitation.invitation_id,
        channel="inbox",
        topic="care.invited",
        dedupe_key=f"care.invited:{invitation.invitation_id}",
        data={"at": now},
        sealed=None,
        created_at=now,
        due_at=now,
        expires_at=invitation.expires_at if is_meant else now,
    )
    await enqueue(db, notice)


async def list_invitations(pool: Pool, vault: Vault, caller: ResidentCaller, now: datetime) -> list[Invitation]:
    """What waits for the caller's answer, and what the caller waits for."""
    require_verified(caller)
    resident = await require_living(pool, caller.resident_id)
    received = await _list_received(pool, vault, resident, now)
    sent = await care_store.list_invitations(pool, caller.resident_id, now)
    return [
        *[await _show_received(pool, vault, one) for one in received],
        *[_show_own(vault, resident, one) for one in sent if one.outcome in {None, "declined"}],
    ]


async def _list_received(db: Executor, vault: Vault, resident: Resident, now: datetime) -> list[StoredInvitation]:
    indexes = await _own_indexes(db, vault, resident)
    found = [
        await care_store.get_invitation(db, inviter_id, invitation_id)
        for inviter_id, invitation_id in await care_store.list_lookups(db, indexes, now)
        if inviter_id != resident.resident_id
    ]
    return [one for one in found if one is not None and one.is_open(now)]


async def _own_indexes(db: Executor, vault: Vault, resident: Resident) -> list[bytes]:
    """Of every phone by which a resident comes in, each with their proven name."""
    if resident.sealed_name is None:
        return []
    key = open_key(vault, resident)
    name = key.open(resident.sealed_name, "name")
    logins = await logins_store.list_logins(db, resident.resident_id)
    phones = [accounts.open_phone(key, login) for login in logins if login.kind is LoginKind.PHONE]
    return [index for phone in phones for index in _indexes(vault, phone, name)]


async def _show_received(pool: Pool, vault: Vault, invitation: StoredInvitation) -> Invitation:
    return Invitation(
        id=invitation.invitation_id,
        mine=False,
        part=invitation.invitee_part,
        kinship=invitation.kinship,
        masked_name=await get_masked_name(pool, vault, invitation.resident_id),
        masked_phone=None,
        invited_at=invitation.invited_at,
        expires_at=invitation.expires_at,
    )


def _show_own(vault: Vault, resident: Resident, invitation: StoredInvitation) -> Invitation:
    opened = open_key(vault, resident).open(invitation.sealed_invitee, FIELD)
    invitee = msgspec.json.decode(opened, type=Invitee)
    return Invitation(
        id=invitation.invitation_id,
        mine=True,
        part=_OTHER_PART[invitation.invitee_part],
        kinship=invitation.kinship,
        masked_name=mask_name(invitee.name),
        masked_phone=mask_phone(invitee.phone),
        invited_at=invitation.invited_at,
        expires_at=invitation.expires_at,
    )


async def accept(
    pool: Pool, vault: Vault, settings: Settings, caller: ResidentCaller, invitation_id: UUID, now: datetime
) -> Relative:
    """Binds inviter and caller, in the parts that the invitation says."""
    require_verified(caller)
    found = await _require_received(pool, vault, caller, invitation_id, now)
    async with transaction(pool) as db:
        await hold_residents(db, caller.resident_id, found.resident_id)
        await require_trust(db, caller, now)
        await _require_of_age(db, vault, await require_living(db, caller.resident_id), now)
        inviter = await store.get_resident(db, found.resident_id)
        if inviter is None or inviter.verified_at is None or inviter.locked_at is not None:
            raise InvitationEndedError
        if not await care_store.claim_outcome(db, found.resident_id, invitation_id, "accepted", now):
            raise InvitationEndedError
        shows = found.invitee_part is BindingPart.SHOWS
        carer_id, relative_id = (
            (caller.resident_id, found.resident_id) if shows else (found.resident_id, caller.resident_id)
        )
        agreement = Agreement(carer_id, relative_id, found.kinship, AgreedBy.INVITATION, end_of_care(settings, now))
        binding = await bind_care(db, settings, agreement, now)
    return await get_relative(pool, vault, caller.resident_id, binding.binding_id, now)


async def decline(pool: Pool, vault: Vault, caller: ResidentCaller, invitation_id: UUID, now: datetime) -> None:
    """Refuses; the inviter is not told, and sees an invitation that nobody answers."""
    require_verified(caller)
    found = await _require_received(pool, vault, caller, invitation_id, now)
    async with transaction(pool) as db:
        await require_trust(db, caller, now)
        if not await care_store.claim_outcome(db, found.resident_id, invitation_id, "declined", now):
            raise InvitationEndedError


async def _require_received(
    pool: Pool, vault: Vault, caller: ResidentCaller, invitation_id: UUID, now: datetime
) -> StoredInvitation:
    resident = await require_living(pool, caller.resident_id)
    indexes = await _own_indexes(pool, vault, resident)
    for inviter_id, found_id in await care_store.list_lookups(pool, indexes, now):
        if found_id == invitation_id and inviter_id != caller.resident_id:
            found = await care_store.get_invitation(pool, inviter_id, invitation_id)
            if found is None or not found.is_open(now):
                raise InvitationEndedError
            return found
    raise NotFoundError


async def withdraw_invitation(pool: Pool, caller: ResidentCaller, invitation_id: UUID, now: datetime) -> None:
    """Takes back what the caller sent. One that was declined is taken back too: the inviter is not told of that."""
    require_verified(caller)
    async with transaction(pool) as db:
        await require_trust(db, caller, now)
        found = await care_store.get_invitation(db, caller.resident_id, invitation_id)
        if found is None:
            raise NotFoundError
        if await care_store.claim_outcome(db, caller.resident_id, invitation_id, "withdrawn", now):
            return
        if not await care_store.claim_hiding(db, caller.resident_id, invitation_id):
            raise InvitationEndedError


async def forget_invitations(pool: Pool, now: datetime) -> None:
    """Deletes invitations that ran out a day ago."""
    await care_store.purge_invitations(pool, now - _KEPT)

"""What staff routes take and answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

from api.venue_wire import Form
from app.people.model import Assurance, Role
from app.staff.model import FactorKind, ProposalState
from codes import KeyUse

_LINE = r"^[^\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+$(?!\n)"
"""Words that people read: without controls, and without what turns text round or nobody sees."""

Reason = Annotated[
    str, msgspec.Meta(min_length=5, max_length=500, pattern=_LINE, description="why, for the log of acts; kept sealed")
]
CaseReference = Annotated[
    str, msgspec.Meta(min_length=3, max_length=64, pattern=_LINE, description="the ticket or file this belongs to")
]
Words = Annotated[str, msgspec.Meta(min_length=5, max_length=500, pattern=_LINE, description="said to the person")]
Phone = Annotated[str, msgspec.Meta(min_length=5, max_length=32, description="the whole mobile number")]
IdNumber = Annotated[str, msgspec.Meta(min_length=6, max_length=32, pattern=r"^[0-9A-Za-z]+$(?!\n)")]
Totp = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{6}$(?!\n)", description="six digits of the authenticator app")]
RecoveryCode = Annotated[str, msgspec.Meta(min_length=10, max_length=32, pattern=r"^[0-9A-Za-z -]+$(?!\n)")]
FactorName = Annotated[str, msgspec.Meta(min_length=1, max_length=60, pattern=_LINE)]


class PasskeyIn(msgspec.Struct, frozen=True):
    """What the browser answered: PublicKeyCredential.toJSON() of Web Authentication, Level 3."""

    ceremony_id: UUID
    credential: dict[str, Any]


class StaffSessionIn(msgspec.Struct, frozen=True):
    """A second factor: exactly one of these."""

    totp: Totp | None = None
    passkey: PasskeyIn | None = None
    recovery_code: RecoveryCode | None = None


class StaffSessionOut(msgspec.Struct, frozen=True):
    """A token pair that bears roles. Refreshed like any other; not refreshed by `idle_until`, it is over."""

    access_token: str
    expires_at: datetime
    refresh_token: str
    resident_id: UUID
    assurance: Assurance
    roles: list[Role]
    idle_until: datetime
    ends_at: datetime


class StaffMeOut(msgspec.Struct, frozen=True):
    """How the caller stands as staff: the roles they hold, and those that this very token bears."""

    resident_id: UUID
    held_roles: list[Role]
    roles: list[Role]
    has_factor: bool
    factor_required: bool
    second_factor_at: datetime | None


class FactorOut(msgspec.Struct, frozen=True):
    """A second factor of the caller's."""

    id: UUID
    kind: FactorKind
    name: str
    created_at: datetime
    last_used_at: datetime | None


class FactorsOut(msgspec.Struct, frozen=True):
    """All of them; they are few, so there is one page."""

    items: list[FactorOut]
    recovery_codes_left: int
    next_cursor: str | None = None


class FactorIn(msgspec.Struct, frozen=True):
    """What to call it."""

    name: FactorName = "authenticator"


class TotpSecretOut(msgspec.Struct, frozen=True):
    """Shown this once; it counts from the first code that confirms it, within ten minutes."""

    id: UUID
    secret: str
    uri: str
    qr_svg: str
    """The same as a picture, for an authenticator app's camera."""


class TotpIn(msgspec.Struct, frozen=True):
    """A code that the authenticator app shows now."""

    totp: Totp


class CeremonyOut(msgspec.Struct, frozen=True):
    """What to hand to navigator.credentials, by parseCreationOptionsFromJSON or parseRequestOptionsFromJSON."""

    ceremony_id: UUID
    options: dict[str, Any]
    expires_at: datetime


class PasskeyFactorIn(msgspec.Struct, frozen=True):
    """A new passkey."""

    ceremony_id: UUID
    credential: dict[str, Any]
    name: FactorName = "passkey"


class NewFactorOut(msgspec.Struct, frozen=True):
    """A factor that counts from now on; with the first one come recovery codes, shown this once."""

    factor: FactorOut
    recovery_codes: list[str]


class RecoveryCodesOut(msgspec.Struct, frozen=True):
    """Ten new ones, each good once; those before are over."""

    recovery_codes: list[str]


class RoleGrantIn(msgspec.Struct, frozen=True):
    """A role for a resident."""

    phone: Phone
    role: Role
    reason: Reason


class RoleRevokeIn(msgspec.Struct, frozen=True):
    """A role to take back."""

    resident_id: UUID
    role: Role
    reason: Reason


class StaffOut(msgspec.Struct, frozen=True):
    """Somebody who holds roles."""

    resident_id: UUID
    masked_name: str | None
    roles: list[Role]
    has_factor: bool
    granted_at: datetime


class StaffListOut(msgspec.Struct, frozen=True):
    """A page of staff."""

    items: list[StaffOut]
    next_cursor: str | None


ProposalKind = Literal[
    "role.grant", "role.revoke", "staff.factor-reset", "resident.erase", "keys.rotate", "keys.withdraw"
]


class ProposalIn(msgspec.Struct, frozen=True):
    """A dangerous act. role.grant takes phone and role; role.revoke resident_id and role; staff.factor-reset
    resident_id; resident.erase look_id, the id that findResident answered; keys.rotate use; keys.withdraw kid, as
    the list of keys has it.
    """

    kind: ProposalKind
    reason: Reason
    phone: Phone | None = None
    resident_id: UUID | None = None
    look_id: UUID | None = None
    role: Role | None = None
    use: KeyUse | None = None
    kid: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{8}$(?!\n)")] | None = None


class ProposalOut(msgspec.Struct, frozen=True):
    """A proposed act and what became of it. Ids are those of listStaff."""

    id: UUID
    kind: str
    state: ProposalState
    object_id: UUID | None
    details: dict[str, str]
    reason: str | None
    proposed_by: UUID
    proposed_at: datetime
    expires_at: datetime
    decided_by: UUID | None
    decided_at: datetime | None
    executed_at: datetime | None


class ProposalsOut(msgspec.Struct, frozen=True):
    """A page of proposals, newest first."""

    items: list[ProposalOut]
    next_cursor: str | None


class ActOut(msgspec.Struct, frozen=True):
    """What somebody did in their office."""

    id: UUID
    at: datetime
    actor_id: UUID
    role: str | None
    act: str
    object_id: UUID | None
    reason: str | None
    request_id: UUID | None
    committed: bool
    """Whether a signed head covers it already."""


class ActsOut(msgspec.Struct, frozen=True):
    """A page of acts, newest first."""

    items: list[ActOut]
    next_cursor: str | None


class ResidentSearchIn(msgspec.Struct, frozen=True):
    """Whom to look for: by exact phone or exact ID number, one of the two."""

    reason: Reason
    case_reference: CaseReference
    phone: Phone | None = None
    id_number: IdNumber | None = None


class ResidentFoundOut(msgspec.Struct, frozen=True):
    """A resident, masked. `look_id` stands for them: it is good for its finder alone, until `expires_at`."""

    look_id: UUID
    expires_at: datetime
    masked_name: str | None
    masked_phone: str | None
    verified: bool
    locked: bool
    installations: int


class ReasonIn(msgspec.Struct, frozen=True):
    """Why."""

    reason: Reason


class WordsIn(msgspec.Struct, frozen=True):
    """What the person is told."""

    words: Words


class DisputeVenueOut(msgspec.Struct, frozen=True):
    """Where it was."""

    id: UUID
    name: str


class DisputeOut(msgspec.Struct, frozen=True):
    """An access that its resident says was not them; who it was, the desk is not told."""

    access_id: UUID
    venue: DisputeVenueOut
    purpose: str
    form: Form
    """How it was looked at: a code, or a licence in hand (`licence`), by consent on the phone, or at a window."""
    licence_type: str | None
    fields: list[str]
    """What was told, by the fields' names; what they said is nobody's to see."""
    accessed_at: datetime
    disputed_at: datetime
    reason: str | None
    answered_at: datetime | None
    outcome: Literal["upheld", "rejected"] | None
    words: str | None


class DisputesOut(msgspec.Struct, frozen=True):
    """A page of disputes, newest first."""

    items: list[DisputeOut]
    next_cursor: str | None


class DisputeAnswerIn(msgspec.Struct, frozen=True):
    """What the desk found, and what the resident is told."""

    outcome: Literal["upheld", "rejected"]
    words: Words


class VenueJudgedOut(msgspec.Struct, frozen=True):
    """A venue that may not scan."""

    id: UUID
    state: Literal["rejected", "suspended"]
    words: str

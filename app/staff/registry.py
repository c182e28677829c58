"""The acts that take two persons: each kind says what it needs, who may decide on it, and how it is done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

import msgspec

from app.database import Connection
from app.licences.model import LicenceType
from app.licences.type_rules import Asked
from app.people.model import ResidentCaller, Role
from app.staff.model import Proposal
from app.wallet.verifiers import VerifierSketch


class Draft(msgspec.Struct, frozen=True):
    """What somebody proposes; which of these a kind needs, it says itself."""

    kind: str
    reason: str
    phone: str | None = None
    resident_id: UUID | None = None
    look_id: UUID | None = None
    role: Role | None = None
    use: str | None = None
    kid: str | None = None
    licence_type: LicenceType | None = None
    type_id: str | None = None
    asked: Asked | None = None
    verifier: VerifierSketch | None = None
    campaign_id: UUID | None = None


class Prepared(msgspec.Struct, frozen=True):
    """What of a draft is kept: whom or what it is about, and words such as a role's."""

    object_id: UUID | None
    details: dict[str, str]
    about: UUID | None = None
    """The resident under whose key the reason is sealed."""


Prepare: TypeAlias = Callable[[Connection, ResidentCaller, Draft, datetime], Awaitable[Prepared]]
Execute: TypeAlias = Callable[[Connection, Proposal, ResidentCaller, datetime], Awaitable[None]]
ExecuteLater: TypeAlias = Callable[[Connection, Proposal, datetime], Awaitable[None]]


class DangerousAct(msgspec.Struct, frozen=True):
    """One kind. It is done within the transaction that approves it, or later by a worker, which holds the keys."""

    kind: str
    prepare: Prepare
    execute: Execute | None
    """None: a worker does it."""
    dismiss: Execute | None = None
    """What a no undoes, where preparing left something behind."""
    proposers: frozenset[Role] = frozenset({Role.OPERATOR})
    approvers: frozenset[Role] = frozenset({Role.OPERATOR})


Registry: TypeAlias = Mapping[str, DangerousAct]
LaterRegistry: TypeAlias = Mapping[str, ExecuteLater]


def make_registry(*acts: DangerousAct) -> Registry:
    """The kinds by their names; other packages add theirs."""
    return {act.kind: act for act in acts}

"""What the routes of companies and delegations take and answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from app.enterprises.model import Delegation, DelegationInvitation, Mandate, Scope

_MOST_SCOPES = 20


class ClaimIn(msgspec.Struct, frozen=True):
    """Which company; who claims it is known from their proven identity."""

    unified_social_credit_code: Annotated[
        str, msgspec.Meta(min_length=1, max_length=64, description="GB 32100: 18 characters, as the licence has them")
    ]


class DelegationIn(msgspec.Struct, frozen=True):
    """Whom the company lets act for it, in what, and for how long."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=200, description="as their identity card has it")]
    phone: Annotated[str, msgspec.Meta(min_length=5, max_length=32)]
    scopes: Annotated[
        list[Annotated[str, msgspec.Meta(max_length=64)]],
        msgspec.Meta(min_length=1, max_length=_MOST_SCOPES, description="as listDelegationScopes has them"),
    ]
    ends_at: Annotated[datetime, msgspec.Meta(tz=True)]
    starts_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


class MandatesOut(msgspec.Struct, frozen=True):
    """The companies for which I show codes; they are few, so there is one page."""

    items: list[Mandate]
    next_cursor: str | None = None


class DelegationsOut(msgspec.Struct, frozen=True):
    """Who may act for the company, the latest first."""

    items: list[Delegation]
    next_cursor: str | None = None


class DelegationInvitationsOut(msgspec.Struct, frozen=True):
    """What waits for my answer; it is little, so there is one page."""

    items: list[DelegationInvitation]
    next_cursor: str | None = None


class ScopesOut(msgspec.Struct, frozen=True):
    """What a delegate may be let do."""

    items: list[Scope]
    next_cursor: str | None = None


LAST = UUID(int=2**128 - 1)
"""The first page has everything before this."""

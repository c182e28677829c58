"""A notice, and what may become of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, TypeAlias
from uuid import UUID

import msgspec
from uuid_utils.compat import uuid7


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to be told to one recipient on one channel.

    `data` holds ids and times alone, since it is kept and logged by id; what they cannot say is in `sealed`, which is
    destroyed as soon as the notice is settled. A notice not sent by `expires_at` is never sent.
    """

    routing_key: int
    recipient: UUID
    channel: str
    topic: str
    dedupe_key: str
    data: dict[str, Any]
    created_at: datetime
    due_at: datetime
    expires_at: datetime
    sealed: bytes | None = None
    notice_id: UUID = msgspec.field(default_factory=uuid7)
    attempts: int = 0
    """How often it has been claimed, the claim under way included; it also tells whose claim the latest is."""


class Delivered(msgspec.Struct, frozen=True):
    """The channel has accepted it: it is over."""


class Refused(msgspec.Struct, frozen=True):
    """This notice can never be delivered: it is over."""

    reason: str


class Retry(msgspec.Struct, frozen=True):
    """Not this notice now; `after` is how many seconds the provider asked for."""

    reason: str
    after: float | None = None


class Unavailable(msgspec.Struct, frozen=True):
    """The provider serves nobody now: as Retry, and it counts towards leaving the channel alone for a while."""

    reason: str
    after: float | None = None


class Fault(msgspec.Struct, frozen=True):
    """Our configuration is wrong, not the notice: as Unavailable, and an operator is alarmed; nothing is dropped for
    it.
    """

    reason: str


Outcome: TypeAlias = Delivered | Refused | Retry | Unavailable | Fault
"""What a channel answers. Reasons are static words for the record and the log: never a phone, a token or a provider's
sentence.
"""

Settled: TypeAlias = Literal["delivered", "refused", "expired", "given-up"]
"""How a notice ends."""

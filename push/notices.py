"""A notice, and what may become of it."""

from __future__ import annotations

from datetime import datetime
from enum import IntEnum
from typing import Any, Literal, TypeAlias
from uuid import UUID

import msgspec
from uuid_utils.compat import uuid7


class Urgency(IntEnum):
    """Who comes first where a channel has more to send than it can, as the outbox has it."""

    CROWD = 0
    """Told to many at once: it waits for whatever concerns one person."""
    OWN = 1
    URGENT = 2
    """Somebody waits for it, or has to act."""


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
    urgency: Urgency = Urgency.OWN
    sealed: bytes | None = None
    notice_id: UUID = msgspec.field(default_factory=uuid7)
    attempts: int = 0
    """How often it has been claimed, the claim under way included; it also tells whose claim the latest is."""
    tried: tuple[str, ...] = ()
    """The channels that have refused it for good."""
    pinned: UUID | None = None
    """Of the address where it may have arrived."""
    is_abandoned: bool = False
    """Whether somebody who never said what became of it has claimed it before, and may have sent it."""

    @property
    def may_have_arrived(self) -> bool:
        """Then it is sent once more in the same way, or never."""
        return self.pinned is not None or self.is_abandoned


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


class Moved(msgspec.Struct, frozen=True):
    """This channel has not sent it, and another one shall: at once, or later where that one has had its turn already.
    `tried` are those that have refused it for good.
    """

    reason: str
    channel: str
    tried: tuple[str, ...]
    comes_round: bool = False


class Postponed(msgspec.Struct, frozen=True):
    """It may not be shown before a time."""

    reason: str
    until: datetime


class Withheld(msgspec.Struct, frozen=True):
    """Its recipient does not want it: it is over."""

    reason: str


class Unanswered(msgspec.Struct, frozen=True):
    """It may have arrived: it is sent again to the same address, `pinned`, under the same id, so that it shows once."""

    reason: str
    after: float | None
    pinned: UUID


class Unknown(msgspec.Struct, frozen=True):
    """It may have arrived, and would show twice if it were sent again: it is over."""

    reason: str


Outcome: TypeAlias = (
    Delivered | Refused | Retry | Unavailable | Fault | Moved | Postponed | Withheld | Unanswered | Unknown
)
"""What a channel answers. Reasons are static words for the record and the log: never a phone, a token or a provider's
sentence.
"""

Settled: TypeAlias = Literal["delivered", "refused", "expired", "given-up", "withheld", "unknown"]
"""How a notice ends."""

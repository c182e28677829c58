"""What becomes of one message sent to one address, as each provider's client answers it.

An outcome says three things: whether the message went out, whether the address still stands, and whose turn it is.
`Refused`, `Retry`, `Unavailable` and `Fault` are those of the outbox; they say that nothing was sent.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypeAlias

import msgspec

from push.notices import Fault, Refused, Retry, Unavailable


class Accepted(msgspec.Struct, frozen=True):
    """The provider has it."""


class AddressDead(msgspec.Struct, frozen=True):
    """Nobody is at this address any more: remove it, but not if it was registered again after `since`."""

    reason: str
    since: datetime | None = None


class OtherEnvironment(msgspec.Struct, frozen=True):
    """The address is not of this environment: try the other one, and remove it only when neither knows it."""

    reason: str


class ConsentSpent(msgspec.Struct, frozen=True):
    """Whoever is at this address has agreed to no (further) message: take another channel, and ask again in the app."""

    reason: str


class Unanswered(msgspec.Struct, frozen=True):
    """The request may have arrived: whoever repeats it, after `after` seconds at least, repeats its id, so that it
    shows once.
    """

    reason: str
    after: float | None = None


SendOutcome: TypeAlias = (
    Accepted | AddressDead | OtherEnvironment | ConsentSpent | Refused | Retry | Unavailable | Unanswered | Fault
)
"""Reasons are static words: a provider's documented code or one of ours, never a token or a provider's sentence."""

"""What the engine is told of topics and their words by whoever knows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Protocol
from uuid import UUID

import msgspec

from push.addresses import Locale
from push.notices import Notice


class TopicRule(msgspec.Struct, frozen=True, kw_only=True):
    """How a topic is pushed. A critical one is neither muted nor kept for the morning."""

    category: str
    """What preferences speak of: several topics a category."""
    is_critical: bool = False
    life: timedelta = timedelta(hours=24)
    """How long after its cause it is still worth showing; later it stays in the inbox alone."""
    collapses: bool = False
    """Whether a later one of the same topic takes the place of an earlier one that was not seen yet."""
    is_silent: bool = False
    """Shown without a sound, and without lighting a screen: news that nobody waits for."""
    has_more: bool = True
    """Whether the inbox says more than may stand on a locked screen, so that an app asks it before it shows this."""


class Spoken(msgspec.Struct, frozen=True, kw_only=True):
    """A notice in one language: what shows on a locked screen, and so says no more than it must."""

    title: str
    body: str
    fields: Mapping[str, str] = {}
    """Values by name for templates of mini-programs (push/templates.py): `time`, `phrase`, `province` and the like."""
    link: str = ""
    """Where in the app it leads: a path of the resident page."""


class Wordings(Protocol):
    """Puts notices into words at the moment of sending, so that a language chosen since then counts."""

    @property
    def topics(self) -> Mapping[str, TopicRule]: ...

    async def speak(self, notices: Sequence[Notice], locales: Mapping[UUID, Locale], /) -> Mapping[UUID, Spoken]:
        """By notice id, each in its recipient's language; what nobody has words for is left out."""
        ...

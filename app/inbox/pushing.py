"""Messages put into the words that are pushed, at the moment of sending."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Protocol
from uuid import UUID

import structlog

from app.inbox.push_topics import list_push_topics
from app.inbox.push_words import speak
from push.addresses import Locale
from push.notices import Notice
from push.wordings import Spoken, TopicRule

log = structlog.get_logger()


class Speaker(Protocol):
    """Whoever keeps the words of a topic elsewhere, as campaigns do, puts its notices into them.

    What it leaves out is not pushed.
    """

    @property
    def rule(self) -> TopicRule: ...

    async def speak(self, notices: Sequence[Notice], locales: Mapping[UUID, Locale], /) -> Mapping[UUID, Spoken]: ...


class PushWordings:
    """The words of every topic that is pushed (push.wordings.Wordings); `speakers` have those of their own."""

    def __init__(self, speakers: Mapping[str, Speaker], *, arrival_life: timedelta) -> None:
        self._speakers = speakers
        own = {topic: speaker.rule for topic, speaker in speakers.items()}
        self._topics = {**list_push_topics(arrival_life), **own}

    @property
    def topics(self) -> Mapping[str, TopicRule]:
        return self._topics

    async def speak(self, notices: Sequence[Notice], locales: Mapping[UUID, Locale], /) -> Mapping[UUID, Spoken]:
        """By notice id. One that cannot be put into words keeps no other from its own."""
        said: dict[UUID, Spoken] = {}
        others: dict[str, list[Notice]] = {}
        for notice in notices:
            rule = self._topics.get(notice.topic)
            if rule is None:
                continue
            if notice.topic in self._speakers:
                others.setdefault(notice.topic, []).append(notice)
                continue
            try:
                english = locales.get(notice.recipient) == "en"
                said[notice.notice_id] = speak(notice, rule.category, english=english)
            except Exception as error:  # noqa: BLE001  data of another version, say
                log.error(  # noqa: TRY400  its words may hold data
                    "push.not-worded", topic=notice.topic, notice_id=notice.notice_id, error=type(error).__name__
                )
        for topic, listed in others.items():
            said |= await self._speakers[topic].speak(listed, locales)
        return said

"""Campaigns on locked screens: the whole of their words, since they are the same for everybody."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from app.campaigns.reading import PUSHED, get_texts
from app.database import Executor
from app.pushing.categories import name_fields
from push.addresses import Locale
from push.notices import Notice
from push.wordings import Spoken, TopicRule

_NONE = UUID(int=0)


class CampaignSpeaker:
    """Puts notices of campaigns into words (app.inbox.pushing.Speaker). What is over is not shown anew."""

    def __init__(self, db: Executor, now: Callable[[], datetime]) -> None:
        self._db = db
        self._now = now

    @property
    def rule(self) -> TopicRule:
        return PUSHED

    async def speak(self, notices: Sequence[Notice], locales: Mapping[UUID, Locale], /) -> Mapping[UUID, Spoken]:
        campaigns = {notice.notice_id: _find_campaign(notice) for notice in notices}
        texts = await get_texts(self._db, list(set(campaigns.values()) - {_NONE}))
        now = self._now()
        said: dict[UUID, Spoken] = {}
        for notice in notices:
            text = texts.get(campaigns[notice.notice_id])
            if text is None or not text.may_be_pushed(now):
                continue
            english = locales.get(notice.recipient) == "en"
            title, body = text.say(english=english, is_test=notice.data.get("test") == "true")
            fields = name_fields(PUSHED.category)
            said[notice.notice_id] = Spoken(title=title, body=body, fields=fields, link=text.link)
        return said


def _find_campaign(notice: Notice) -> UUID:
    """Whose words these are; one that does not say keeps no other from its own."""
    try:
        return UUID(notice.data["campaign_id"])
    except (KeyError, TypeError, ValueError, AttributeError):
        return _NONE

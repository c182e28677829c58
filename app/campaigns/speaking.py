"""Campaigns on locked screens: the whole of their words, since they are the same for everybody."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from app.campaigns.model import CampaignText
from app.campaigns.reading import PUSHED, get_approved_texts
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
        """A batch is mostly of one campaign: what is the same for thousands is put into words once."""
        named = {notice.notice_id: _name_campaign(notice) for notice in notices}
        ids = {name: _read_id(name) for name in set(named.values())}
        texts = await get_approved_texts(self._db, list(set(ids.values()) - {_NONE}))
        now = self._now()
        shown = {name: text for name, one in ids.items() if (text := texts.get(one)) and text.may_be_pushed(now)}
        wordings: dict[tuple[str, bool, bool], Spoken] = {}
        said: dict[UUID, Spoken] = {}
        for notice in notices:
            name = named[notice.notice_id]
            if name not in shown:
                continue
            english, is_test = locales.get(notice.recipient) == "en", notice.data.get("test") == "true"
            key = (name, english, is_test)
            if key not in wordings:
                wordings[key] = _word(shown[name], english=english, is_test=is_test)
            said[notice.notice_id] = wordings[key]
        return said


def _word(text: CampaignText, *, english: bool, is_test: bool) -> Spoken:
    title, body = text.say(english=english, is_test=is_test)
    return Spoken(title=title, body=body, fields=name_fields(PUSHED.category), link=text.link)


def _name_campaign(notice: Notice) -> str:
    """Whose words these are; one that does not say keeps no other from its own."""
    name: object = notice.data.get("campaign_id")
    return name if isinstance(name, str) else ""


def _read_id(name: str) -> UUID:
    try:
        return UUID(name)
    except ValueError:
        return _NONE

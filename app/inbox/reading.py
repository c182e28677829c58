"""Reading the inbox: messages with the names of venues, companies and kinds of licences put in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from app.campaigns.model import CampaignText
from app.campaigns.reading import TOPIC as CAMPAIGN
from app.campaigns.reading import get_texts
from app.database import Pool
from app.enterprises.naming import get_company_names
from app.errors import InvalidError
from app.inbox.roaming_words import SaidJourney, name_province
from app.inbox.wording import TOPICS, SaidLicence, word
from app.licences.types import TypeBook, get_types
from app.people.bindings import list_subject_nos
from app.people.model import ResidentCaller
from app.people.rules import require_own_eyes
from app.venues.naming import get_venue_names
from push import inbox
from push.following import Push, find_pushes
from push.messages import CursorError, Message, write_cursor

_APPROVABLE = "installation.new"
_VENUES = ("venue_id", "first_venue_id")
_LICENCE = "licence_type"


class InboxMessage(msgspec.Struct, frozen=True):
    """A message in the reader's words."""

    id: UUID
    topic: str
    created_at: datetime
    title: str
    body: str
    data: dict[str, str]
    cursor: str
    read_at: datetime | None = None
    push: Push | None = None
    """How it went beside the inbox, where it was to go anywhere and that is still known."""


async def list_inbox(
    pool: Pool, caller: ResidentCaller, *, after: str | None, limit: int, english: bool
) -> tuple[list[InboxMessage], str | None]:
    """A page of the caller's messages, newest first, and the next page's cursor."""
    require_own_eyes(caller)
    try:
        page = await inbox.list_messages(pool, caller.resident_id, after=after, limit=limit)
    except CursorError:
        raise InvalidError("/cursor", "This is not a cursor that this server gave.") from None
    found = await put_into_words(pool, page.items, english=english, approves=caller.is_verified)
    return await _follow(pool, caller.resident_id, found), page.next_cursor


async def _follow(pool: Pool, resident_id: UUID, messages: list[InboxMessage]) -> list[InboxMessage]:
    if not messages:
        return messages
    keys = await list_subject_nos(pool, resident_id)
    pushes = await find_pushes(pool, resident_id, [message.id for message in messages], routing_keys=keys)
    return [msgspec.structs.replace(message, push=pushes.get(message.id)) for message in messages]


async def mark_read(pool: Pool, caller: ResidentCaller, message_ids: Sequence[UUID], now: datetime) -> list[str]:
    """Notes what the caller has read; the topics of what was opened by it."""
    require_own_eyes(caller)
    return await inbox.mark_read(pool, caller.resident_id, message_ids, now=now)


async def put_into_words(
    pool: Pool, messages: Sequence[Message], *, english: bool, approves: bool = False
) -> list[InboxMessage]:
    """Topics that this version does not know are left out: an older server beside a newer worker.

    By what a message says of a newcomer it is let in, so that is for a reader who `approves`. Messages of before may
    say an installation's own id instead.
    """
    told = await _load_campaigns(pool, messages)
    known = [message for message in messages if message.topic in TOPICS or message.message_id in told]
    venue_ids = {UUID(message.data[key]) for message in known for key in _VENUES if key in message.data}
    names = await get_venue_names(pool, list(venue_ids)) if venue_ids else {}
    company_ids = {UUID(message.data["company_id"]) for message in known if "company_id" in message.data}
    names |= await get_company_names(pool, list(company_ids)) if company_ids else {}
    book: TypeBook = await get_types(pool) if any(_LICENCE in message.data for message in known) else {}
    return [
        _of_campaign(message, told[message.message_id], english=english)
        if message.message_id in told
        else _worded(message, names, book, english=english, approves=approves)
        for message in known
    ]


async def _load_campaigns(pool: Pool, messages: Sequence[Message]) -> dict[UUID, CampaignText]:
    """What messages of campaigns say, by message: a campaign's row keeps its words, whatever became of it."""
    campaigns = {one.message_id: UUID(one.data["campaign_id"]) for one in messages if one.topic == CAMPAIGN}
    texts: Mapping[UUID, CampaignText] = await get_texts(pool, list(set(campaigns.values()))) if campaigns else {}
    return {message_id: texts[campaign_id] for message_id, campaign_id in campaigns.items() if campaign_id in texts}


def _of_campaign(message: Message, text: CampaignText, *, english: bool) -> InboxMessage:
    data = {key: str(value) for key, value in message.data.items()}
    title, body = text.say(english=english, is_test="test" in data)
    return _show(message, title, body, data | ({"link": text.link} if text.link else {}))


def _worded(message: Message, names: dict[UUID, str], book: TypeBook, *, english: bool, approves: bool) -> InboxMessage:
    data = {key: str(value) for key, value in message.data.items()}
    if not (approves and message.topic == _APPROVABLE):
        data.pop("installation_id", None)
    venue, first = (names.get(UUID(data[key])) if key in data else None for key in _VENUES)
    at, first_at = (datetime.fromisoformat(data[key]) if key in data else None for key in ("at", "first_at"))
    company = names.get(UUID(data["company_id"])) if "company_id" in data else None
    licence = _find_licence(data, book)
    title, body = word(
        message.topic,
        english=english,
        of_care=data.get("kind") == "care",
        venue=venue,
        at=at,
        other=(first, first_at),
        company=company,
        licence=licence,
        journey=SaidJourney(data.get("province"), data.get("from_province"), by_scan=data.get("source") == "scan"),
    )
    if venue:
        data["venue_name"] = venue
    if first:
        data["first_venue_name"] = first
    if company:
        data["company_name"] = company
    if "province" in data:
        data["province_name"] = name_province(data["province"], english=english)
    if licence.name:
        data["licence_name"] = licence.name.en if english else licence.name.zh
    return _show(message, title, body, data)


def _show(message: Message, title: str, body: str, data: dict[str, str]) -> InboxMessage:
    return InboxMessage(
        id=message.message_id,
        topic=message.topic,
        created_at=message.created_at,
        title=title,
        body=body,
        data=data,
        cursor=write_cursor(message),
        read_at=message.read_at,
    )


def _find_licence(data: dict[str, str], book: TypeBook) -> SaidLicence:
    kind = book.get(data.get(_LICENCE, ""))
    of_company = data.get("kind") == "enterprise" or "company_id" in data
    return SaidLicence(kind.name if kind else None, of_company=of_company, standing=data.get("standing"))

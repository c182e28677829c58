"""Words as Apple and Firebase take them: JSON of 4096 bytes at most, met by shortening and never by failing.

A phone shows title and body at once. Whatever more there is, its app asks this deployment for by the message's id, so
that neither company nor a locked screen is told.
https://developer.apple.com/documentation/usernotifications/generating-a-remote-notification
https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec

from push.shortening import clean_line, clean_lines, count_json_bytes, shorten
from push.wordings import Spoken, TopicRule

LONGEST = 4096
LONGEST_TITLE = 512
_LONGEST_THREAD = 64
_LONGEST_LINK = 1024


def write_apns_payload(spoken: Spoken, message_id: UUID, rule: TopicRule) -> bytes:
    """What Apple carries to a phone. Notices of a category are shown together."""
    aps: dict[str, Any] = {
        "alert": {"title": "", "body": ""},
        "thread-id": _fit_category(rule.category),
        "interruption-level": _name_level(rule),
    }
    if not rule.is_silent:
        aps["sound"] = "default"
    if rule.has_more:
        aps["mutable-content"] = 1
    return _write({"aps": aps, **_point(spoken, message_id)}, aps["alert"], spoken)


def write_fcm_content(spoken: Spoken, message_id: UUID, rule: TopicRule) -> bytes:
    """What Firebase carries to a phone: shown by the phone itself where the app does not run."""
    shown = {"title": "", "body": ""}
    data = {**_point(spoken, message_id), "category": _fit_category(rule.category)}
    return _write({"notification": shown, "data": data}, shown, spoken)


def _name_level(rule: TopicRule) -> str:
    """Apple's `critical` is for what saves lives; `time-sensitive` breaks through a focus where its owner allows it."""
    if rule.is_critical:
        return "time-sensitive"
    return "passive" if rule.is_silent else "active"


def _point(spoken: Spoken, message_id: UUID) -> dict[str, str]:
    """Where the app finds the rest. A link that is cut would lead elsewhere, so a long one is left out."""
    link = _fit_link(spoken.link)
    return {"message_id": str(message_id)} | ({"link": link} if link else {})


def _write(content: dict[str, Any], shown: dict[str, str], spoken: Spoken) -> bytes:
    """The content with title and body put into `shown`, which is a part of it."""
    room = LONGEST - len(msgspec.json.encode(content))
    shown["title"], shown["body"] = _fit_words(spoken.title, spoken.body, room)
    return msgspec.json.encode(content)


# The same words go to many: what they become is remembered, since no more than a message's id differs.
@lru_cache(maxsize=512)
def _fit_words(title: str, body: str, room: int) -> tuple[str, str]:
    title = shorten(clean_line(title), LONGEST_TITLE, count_json_bytes)
    return title, shorten(clean_lines(body), room - count_json_bytes(title), count_json_bytes)


@lru_cache(maxsize=512)
def _fit_link(link: str) -> str:
    link = clean_line(link)
    return link if count_json_bytes(link) <= _LONGEST_LINK else ""


@lru_cache(maxsize=512)
def _fit_category(category: str) -> str:
    return shorten(clean_line(category), _LONGEST_THREAD, count_json_bytes)


def read_screen(spoken: Spoken, rule: TopicRule) -> tuple[str, str]:
    """Title and body as a phone shows them, for whoever wants to see a message before it is sent."""
    alert = msgspec.json.decode(write_apns_payload(spoken, UUID(int=0), rule))["aps"]["alert"]
    return alert["title"], alert["body"]

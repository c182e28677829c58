"""What each topic says, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone

import msgspec

_BEIJING = timezone(timedelta(hours=8))
"""The whole country's time, without a summer time since 1991: not every machine has the time zone database."""
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Wording(msgspec.Struct, frozen=True):
    """A title and a body, with {venue} and {time} where they say so."""

    title_zh: str
    title_en: str
    body_zh: str
    body_en: str


TOPICS: Mapping[str, Wording] = {
    "code.scanned": Wording(
        "您的码已被扫描",
        "Your code was scanned",
        "{time}，您的码在「{venue}」使用。若非本人操作，请立即锁定账户。",
        "Your code was used at {venue} at {time}. If this was not you, lock your account now.",
    ),
    "scan.annulled": Wording(
        "一次扫码已撤销",
        "A scan was annulled",
        "{time}，「{venue}」撤销了一次误扫。",
        "{venue} annulled a mistaken scan at {time}.",
    ),
    "installation.new": Wording(
        "账户在新设备登录",
        "Your account was opened on a new device",
        "{time}，有新设备登录您的账户。若是本人，可批准该设备；若不是，请立即锁定账户。",
        "A new device opened your account at {time}. Approve it if it is yours; if not, lock your account now.",
    ),
    "installation.approved": Wording(
        "新设备已获批准",
        "A new device was approved",
        "{time}，您批准了一台新设备使用您的账户。",
        "You let a new device use your account at {time}.",
    ),
    "venue.transferred": Wording(
        "场所已移交",
        "A venue was handed over",
        "{time}，场所「{venue}」已由运营方移交给另一位管理员。它的终端与工作人员照常使用。",
        "The operator handed {venue} to another manager at {time}. Its scanners and staff work on.",
    ),
    "account.locked": Wording(
        "账户已锁定",
        "Your account is locked",
        "{time}，账户已锁定：所有登录、码与设备授权均已失效。",
        "Your account was locked at {time}: every session, code and trusted device has ended.",
    ),
}


def word(topic: str, *, english: bool, venue: str | None, at: datetime | None) -> tuple[str, str]:
    """Title and body of a message; times are Beijing's."""
    wording = TOPICS[topic]
    time = _say(at.astimezone(_BEIJING), english=english) if at else ""
    name = venue or ("a venue" if english else "某场所")
    title = wording.title_en if english else wording.title_zh
    body = wording.body_en if english else wording.body_zh
    return title, body.format(venue=name, time=time)


def _say(at: datetime, *, english: bool) -> str:
    """The day is said too: a message may be read long after."""
    day = f"{at.day} {_MONTHS[at.month - 1]}" if english else f"{at.month}月{at.day}日"
    return f"{day} {at:%H:%M:%S}"

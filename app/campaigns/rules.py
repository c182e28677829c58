"""What is decided about campaigns without asking anybody: what one may say, when it goes out, what figures tell."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta, timezone

from app.campaigns.model import CampaignContent, Said, Segment, SegmentKind, Window
from app.errors import InvalidError
from app.provinces import PROVINCES

LEAST = 20
"""Of fewer people than this nothing is counted out."""
_STEP = 10
LONGEST_TITLE, LONGEST_BODY, LONGEST_LINK = 60, 300, 200
MOST_A_SECOND = 5000
EARLIEST, LATEST = time(8), time(21)
"""Nobody is told of a campaign at night."""
_SHORTEST_LIFE, _LONGEST_LIFE = timedelta(minutes=10), timedelta(days=30)
_LATEST_START = timedelta(days=30)
_BEIJING = timezone(timedelta(hours=8))
_CREDIT = timedelta(seconds=1)
"""What was not sent in time may be made up for, but no more than this."""

ENTERPRISE_KINDS: Mapping[str, tuple[str, ...]] = {
    "company": ("91",),
    "sole-trader": ("92",),
    "cooperative": ("93",),
    "public-body": ("11", "12", "13", "19"),
    "social-organisation": ("51", "52", "53"),
    "rural-collective": ("N1", "N2", "N3"),
}
"""Kinds of legal entities by the first two characters of credit codes (GB 32100-2015): who registered them, as what."""

_PATH = re.compile(r"/(?![/\\])[A-Za-z0-9/_.~!$&'()*+,;=:@%?#-]*")
_ENDINGS = (
    "com|cn|net|org|gov|edu|top|xyz|vip|cc|io|me|info|link|shop|site|club|app|biz|co|dev|hk|icu|ink|live|ltd|mobi|online"
    "|pro|pub|pw|ru|store|tech|tk|tv|tw|wang|website|win|work|ws"
)
_ADDRESS = re.compile(
    r"://|(?<![a-z0-9])www[.。．｡]|\bxn--|[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[^\W\d_]\.(?:中国|公司|网络|政务|公益|在线|网址)"
    # A Chinese word may follow at once, and browsers take a Chinese full stop for a dot.
    rf"|(?:[^\W_]\.|[a-z0-9][。．｡])(?:{_ENDINGS})(?![a-z0-9_-])",
    re.IGNORECASE,
)
_UNSEEN_KINDS = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode's categories of what nobody sees: controls, marks of direction, tags, halves, what is unassigned."""
_BLANKS = frozenset("\u034f\u115f\u1160\u2800\u3164\uffa0")
"""Letters and marks by their category, which show nothing."""


def check_content(content: CampaignContent, now: datetime) -> None:
    """Raises InvalidError, with a pointer, for what no campaign may say or be."""
    _check_words(content.title, "/title", LONGEST_TITLE)
    _check_words(content.body, "/body", LONGEST_BODY)
    _check_link(content.link)
    _check_segment(content.segment)
    if not 1 <= content.rate <= MOST_A_SECOND:
        raise InvalidError("/rate", f"From 1 to {MOST_A_SECOND} messages a second.")
    if not EARLIEST <= content.window.begins < content.window.ends <= LATEST:
        raise InvalidError("/window", f"Hours of one day, from {EARLIEST:%H:%M} to {LATEST:%H:%M} at most.")
    if content.starts_at > now + _LATEST_START:
        raise InvalidError("/starts_at", "Within thirty days.")
    life = content.expires_at - max(now, content.starts_at)
    if not _SHORTEST_LIFE <= life <= _LONGEST_LIFE:
        raise InvalidError("/expires_at", "From ten minutes to thirty days after it starts.")


def _check_words(said: Said, pointer: str, longest: int) -> None:
    for language, words in (("zh", said.zh), ("en", said.en)):
        where = f"{pointer}/{language}"
        if not words.strip() or len(words) > longest:
            raise InvalidError(where, f"From 1 to {longest} characters, in both languages.")
        if any(one in _BLANKS or unicodedata.category(one) in _UNSEEN_KINDS for one in words):
            raise InvalidError(where, "One line, without characters that nobody sees.")
        if _ADDRESS.search(words):
            raise InvalidError(where, "No addresses within the words: the link says where to go.")


def _check_link(link: str) -> None:
    """A phone opens it by one touch: it leads nowhere but into this deployment."""
    if link and (len(link) > LONGEST_LINK or not _PATH.fullmatch(link)):
        raise InvalidError("/link", "A path of this deployment, such as /resident#/wallet, or nothing.")


def _check_segment(segment: Segment) -> None:
    known: Mapping[SegmentKind, bool] = {
        SegmentKind.ALL: segment.value == "",
        SegmentKind.PROVINCE: segment.value in PROVINCES,
        SegmentKind.ENTERPRISE: segment.value in ENTERPRISE_KINDS,
        SegmentKind.LICENCE: segment.value != "",  # which kinds there are, the database knows
    }
    if not known[segment.kind]:
        raise InvalidError("/segment/value", "This is none of the segments there are.")


def find_opening(window: Window, now: datetime) -> datetime:
    """`now` where the window is open; else when it opens next."""
    local = now.astimezone(_BEIJING)
    if window.begins <= local.time() < window.ends:
        return now
    day = local.date() + timedelta(days=1 if local.time() >= window.ends else 0)
    return datetime.combine(day, window.begins, _BEIJING).astimezone(now.tzinfo)


def pace(due_at: datetime, queued: int, rate: int, now: datetime) -> datetime:
    """When the page after one of so many messages is due: the row keeps the time, whichever worker has the page."""
    return max(due_at, now - _CREDIT) + timedelta(seconds=queued / rate)


def estimate(found: Sequence[int], percent: float) -> tuple[int, int, int]:
    """Of a sample of so many percent of the blocks of a table, by what each of them had: how many there are in all, and
    the bounds within which about 95 of 100 such samples have it.

    The spread is that of whole blocks (Horvitz and Thompson's for a Bernoulli design), since what lies together is
    found together; where few were found, Poisson's bounds, which are wider then.
    """
    share, matched = percent / 100, sum(found)
    spread = 1.96 * math.sqrt((1 - share) * sum(one * one for one in found))
    few_low = matched + 1.92 - 1.96 * math.sqrt(matched + 0.92) if matched else 0.0
    few_high = matched + 1.92 + 1.96 * math.sqrt(matched + 1)
    low, high = min(matched - spread, few_low), max(matched + spread, few_high)
    return round(matched / share), max(matched, math.floor(low / share)), math.ceil(high / share)


def say_count(count: int) -> int | None:
    """A number as it is told: in tens, and None for 1 to 19.

    So neither a small segment, nor what lies between two figures, says what one person did.
    """
    if count == 0:
        return 0
    return None if count < LEAST else count - count % _STEP

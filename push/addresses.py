"""Where somebody is reached beside their inbox, and what they want to hear of there."""

from __future__ import annotations

from datetime import datetime, time
from typing import Literal, TypeAlias
from uuid import UUID

import msgspec

PushChannel: TypeAlias = Literal["apns", "fcm", "wechat", "alipay"]
Locale: TypeAlias = Literal["zh-CN", "en"]

CHANNELS: tuple[PushChannel, ...] = ("apns", "fcm", "wechat", "alipay")
"""In the order in which they are tried: a phone's own channel first, a mini-program's after it."""


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """A phone's installation at Apple or Firebase, or an account at WeChat or Alipay.

    `app_id` is Apple's bundle id, Firebase's project, or the mini-program's; `sealed` the provider's own name for it.
    """

    recipient: UUID
    channel: PushChannel
    app_id: str
    address_id: UUID
    environment: str
    sealed: bytes
    locale: str
    registered_at: datetime
    seen_at: datetime


class Allowance(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody agreed to be sent by a template: so many messages, or any number where it lasts."""

    channel: PushChannel
    app_id: str
    template_id: str
    remaining: int
    lasts: bool
    granted_at: datetime


class QuietHours(msgspec.Struct, frozen=True):
    """From when until when nothing shows, by the clock of a place; from 22:00 to 07:00 goes over midnight."""

    begins: time
    ends: time


class Preferences(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants to hear of, where and when; `muted` holds pairs of a category and a channel."""

    locale: Locale = "zh-CN"
    time_zone: str = "Asia/Shanghai"
    quiet: QuietHours | None = None
    muted: frozenset[tuple[str, str]] = frozenset()
    is_elder_view: bool = False


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """All that decides on which way a notice goes to its recipient, read anew for each attempt."""

    addresses: tuple[Address, ...] = ()
    allowances: tuple[Allowance, ...] = ()
    preferences: Preferences = Preferences()

"""Where residents are reached: what an app says of itself, and what its resident sees of it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypeAlias
from uuid import UUID

import msgspec

from app.database import Pool
from app.pushing.model import PushApps
from app.sealing import Vault
from push.addresses import Locale, PushChannel

PhoneChannel: TypeAlias = Literal["apns", "fcm"]
PlatformChannel: TypeAlias = Literal["wechat", "alipay"]


class DeviceDesk(msgspec.Struct, frozen=True):
    """What registering takes."""

    pool: Pool
    vault: Vault
    apps: PushApps
    daily: int
    """Registrations of one resident in 24 hours, and as many removals."""
    preferences_daily: int
    """Choices of one resident in 24 hours."""


class PhoneAddress(msgspec.Struct, frozen=True):
    """What a phone's app was given by Apple or Firebase."""

    channel: PhoneChannel
    token: str
    environment: Literal["production", "sandbox"]
    locale: Locale
    app_id: str | None
    """Where the deployment has several: Apple's bundle id, or Firebase's project."""

    def __repr__(self) -> str:
        return f"PhoneAddress({self.channel}, …)"


class TemplateAnswer(msgspec.Struct, frozen=True):
    """What a resident answered when a mini-program asked whether it may send by a template."""

    channel: PlatformChannel
    app_id: str
    template_id: str
    granted: bool
    granted_at: datetime | None
    locale: Locale


class DeviceTemplate(msgspec.Struct, frozen=True):
    """What a mini-program may send by one template."""

    template_id: str
    lasts: bool
    remaining: int | None
    """Messages that may be sent still; null where any number may."""


class Device(msgspec.Struct, frozen=True):
    """A phone or a mini-program where messages reach the resident."""

    id: UUID
    """Made of the installation's: what that is, is a secret of the device."""
    channel: PushChannel
    app_id: str
    environment: str | None
    locale: str
    current: bool
    """Whether the session that asks is of the same installation."""
    registered_at: datetime
    last_used_at: datetime
    templates: list[DeviceTemplate]
    """Of mini-programs: what each of their templates may send."""

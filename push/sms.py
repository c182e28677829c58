"""Short messages: what is sealed in the outbox is opened here, for the moment of sending."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import msgspec
import structlog

from push.notices import Notice, Outcome, Refused, Retry

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


class SmsText(msgspec.Struct, frozen=True):
    """Whom to text, in E.164, and the one-time password to put into the template; without one, a warning that something
    happened to the account. Shown nowhere.
    """

    phone: str
    otp: str = ""

    def __repr__(self) -> str:
        return "SmsText(…)"


class SmsGateway(Protocol):
    """A provider of short messages; `reference` is our id for the text, in case the provider keeps one."""

    async def send(self, text: SmsText, *, reference: str) -> Outcome: ...


class SmsChannel:
    """Opens the sealed phone and password of a notice and hands them to the gateway."""

    name = "sms"

    def __init__(
        self,
        gateway: SmsGateway,
        open_sealed: Callable[[bytes], SmsText],
        *,
        concurrency: int = 32,
        deadline: float = 10.0,
    ) -> None:
        self.concurrency = concurrency
        self.deadline = deadline
        self._gateway = gateway
        self._open_sealed = open_sealed

    async def deliver(self, notice: Notice) -> Outcome:
        if notice.sealed is None:
            return Refused("nothing-sealed")
        try:
            text = self._open_sealed(notice.sealed)
        except Exception as error:  # noqa: BLE001  whatever fails, its words may hold what was sealed
            _log.error("push.sealed-unreadable", notice_id=notice.notice_id, error=type(error).__name__)
            return Retry("sealed-unreadable")
        return await self._gateway.send(text, reference=str(notice.notice_id))

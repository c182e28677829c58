"""Apple's push service: one notification to one device over HTTP/2.

https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from types import TracebackType
from typing import Literal, Self, TypeAlias
from uuid import UUID

import msgspec
import structlog
from pyreqwest.exceptions import PyreqwestError
from pyreqwest.response import Response

from push.apns_answers import EXPIRED_TOKEN, MESSAGE, TOKEN_UPDATES, judge
from push.apns_tokens import ProviderToken
from push.connecting import UNTAKEN, Connection, classify_failure, open_client, read_retry_after
from push.departing import Departure
from push.notices import Fault, Refused, Unavailable
from push.sending import Accepted, SendOutcome
from push.wire import Wire

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()

Environment: TypeAlias = Literal["production", "sandbox"]
Priority: TypeAlias = Literal[10, 5]
"""At once, or when it spares the battery."""

PRODUCTION_URL = "https://api.push.apple.com"
SANDBOX_URL = "https://api.sandbox.push.apple.com"
LONGEST_PAYLOAD = 4096
LONGEST_COLLAPSE_ID = 64
_TOKEN = re.compile(r"[0-9a-fA-F]{2,400}")  # Apple promises no length
_COLLAPSE_ID = re.compile(rf"[\x21-\x7e]{{1,{LONGEST_COLLAPSE_ID}}}")
_OK = 200
_EXPIRED = Fault(EXPIRED_TOKEN)
_TRIES = 6
"""How often a request that Apple has not taken is put at once; pyreqwest has then tried each three times."""


class ApnsKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A signing key of one team, and what it may send: the bundle ids, and the environments it was made for."""

    team_id: str
    key_id: str
    private_key: str
    """PEM, as Apple's .p8 files have it."""
    topics: tuple[str, ...]
    environments: tuple[Environment, ...] = ("production", "sandbox")

    def __repr__(self) -> str:
        """Without the key, wherever this may be printed."""
        return f"ApnsKey({self.team_id}, {self.key_id})"


class ApnsSettings(msgspec.Struct, frozen=True, kw_only=True):
    """All keys of a deployment, of one team or several, and where Apple is."""

    keys: tuple[ApnsKey, ...]
    production_url: str = PRODUCTION_URL
    sandbox_url: str = SANDBOX_URL
    http2: bool = True
    """As Apple demands; a stand-in may speak HTTP/1.1 alone."""
    timeout: float = 10.0
    authority: bytes = b""
    """PEM of an authority to trust beside the public ones."""


class ApnsMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One rendered notification that is shown on one device. `payload` is the JSON that the device gets."""

    token: str
    environment: Environment
    topic: str
    apns_id: UUID
    payload: bytes
    priority: Priority = 10
    expires_at: datetime | None = None
    """Until when Apple keeps it for a device that is off; without one, it is shown now or never."""
    collapse_id: str = ""

    def __repr__(self) -> str:
        return f"ApnsMessage({self.apns_id})"


class _Line:
    """One key's connection to one environment; Apple ties a connection to the first team that uses it."""

    def __init__(self, connection: Connection, token: ProviderToken, *, http2: bool) -> None:
        self._connection = connection
        self._http2 = http2
        self.token = token
        self.url = f"{connection.url.rstrip('/')}/3/device/"
        self.wire = self._open()

    def leave(self, wire: Wire) -> None:
        """Opens another connection; whatever is under way on the old one ends there, and with it the connection."""
        if wire is self.wire:
            self.wire = self._open()

    def _open(self) -> Wire:
        return Wire(open_client(self._connection, http2=self._http2), is_one=self._http2)


class ApnsClient:
    """Every key's connections to both environments, opened when first used; use it as an async context manager.

    Raises ProviderKeyError for a key that is none, and ValueError where two keys would send for the same bundle id.
    """

    def __init__(self, settings: ApnsSettings, *, now: Callable[[], datetime]) -> None:
        self._lines: dict[tuple[Environment, str], _Line] = {}
        urls: Mapping[Environment, str] = {"production": settings.production_url, "sandbox": settings.sandbox_url}
        for key in settings.keys:
            for environment in key.environments:
                connection = Connection(url=urls[environment], timeout=settings.timeout, authority=settings.authority)
                token = ProviderToken(key.team_id, key.key_id, key.private_key, now=now)
                line = _Line(connection, token, http2=settings.http2)
                self._add(environment, key.topics, line)

    def _add(self, environment: Environment, topics: Iterable[str], line: _Line) -> None:
        for topic in topics:
            if (environment, topic) in self._lines:
                raise ValueError(f"two keys send for {topic} in {environment}")
            self._lines[environment, topic] = line

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        for line in set(self._lines.values()):
            await line.wire.close()

    def serves(self, topic: str, environment: Environment) -> bool:
        """Whether a key is there for this."""
        return (environment, topic) in self._lines

    async def send(self, message: ApnsMessage, departure: Departure | None = None) -> SendOutcome:
        """Sends it, and says when it departs to whoever may cut this off."""
        departure = departure or Departure()
        line = self._lines.get((message.environment, message.topic))
        if line is None:
            return Fault("topic-without-key")
        if (reason := find_fault(message)) is not None:
            return _refuse(reason, message)
        headers = _write_headers(message)
        authorization = line.token.current()
        outcome = await self._ask(line, message, headers, authorization, departure)
        if outcome == _EXPIRED and (another := line.token.replace(authorization)) is not None:
            departure.come_back()
            outcome = await self._ask(line, message, headers, another, departure)
        return _refuse(outcome.reason, message) if isinstance(outcome, Refused) else outcome

    async def _ask(
        self, line: _Line, message: ApnsMessage, headers: dict[str, str], authorization: str, departure: Departure
    ) -> SendOutcome:
        own_id = str(message.apns_id)
        url, wire = line.url + message.token, line.wire
        outcome: SendOutcome = UNTAKEN
        for _ in range(_TRIES):
            # An exception's words hold the address, and so the device's token: none leaves this function.
            try:
                request = (
                    wire.client.post(url)
                    .headers(headers)
                    # HPACK keeps nothing sensitive: no secret, nor what is said but once and drives out the rest.
                    .header("apns-id", own_id, is_sensitive=True)
                    .header("authorization", authorization, is_sensitive=True)
                )
                response = await wire.send(request, message.payload, departure)
                if response.status == _OK:
                    return Accepted()
                outcome = await _judge(response)
            except (PyreqwestError, TimeoutError) as error:
                outcome = classify_failure(error, departure)
            if outcome is not UNTAKEN:
                break
            departure.come_back()
        if isinstance(outcome, Unavailable) and outcome.reason == TOKEN_UPDATES:
            line.leave(wire)
        return outcome


async def _judge(response: Response) -> SendOutcome:
    body = bytes(await response.bytes())
    return judge(response.status, body, read_retry_after(response.get_header("retry-after")))


def find_fault(message: ApnsMessage) -> str | None:
    """What Apple would refuse of a message, found before it is asked; None where there is nothing."""
    if _TOKEN.fullmatch(message.token) is None or len(message.token) % 2:
        return "token-malformed"
    if not message.payload:
        return "PayloadEmpty"
    if len(message.payload) > LONGEST_PAYLOAD:
        return "PayloadTooLarge"
    if message.collapse_id and _COLLAPSE_ID.fullmatch(message.collapse_id) is None:
        return "BadCollapseId"
    return None


def _write_headers(message: ApnsMessage) -> dict[str, str]:
    headers = {
        "apns-topic": message.topic,
        "apns-push-type": "alert",
        "apns-priority": str(message.priority),
        "apns-expiration": "0" if message.expires_at is None else str(max(1, int(message.expires_at.timestamp()))),
    }
    if message.collapse_id:
        headers["apns-collapse-id"] = message.collapse_id
    return headers


def _refuse(reason: str, message: ApnsMessage) -> Refused:
    """A message that is at fault itself is dropped, and somebody is told: it was rendered by us."""
    if reason in MESSAGE:
        _log.error("push.message-malformed", provider="apns", reason=reason, apns_id=message.apns_id)
    return Refused(reason)

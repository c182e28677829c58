"""Firebase Cloud Messaging, HTTP v1: one message to one Android installation.

https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages/send
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from types import TracebackType
from typing import Literal, Self, TypeAlias

import msgspec
import structlog
from pyreqwest.exceptions import PyreqwestError
from pyreqwest.response import Response

from push.connecting import UNTAKEN, Connection, classify_failure, open_client, read_retry_after
from push.departing import Departure
from push.fcm_answers import UNAUTHENTICATED, judge
from push.fcm_tokens import AccessTokens, ServiceAccount, TokenUnavailableError
from push.notices import Fault, Refused
from push.sending import Accepted, SendOutcome, Unanswered
from push.wire import Wire

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()

URL = "https://fcm.googleapis.com"
LONGEST_CONTENT = 4096
LONGEST_LIFE = 2_419_200
"""Four weeks in seconds, Firebase's own bound."""
Priority: TypeAlias = Literal["high", "normal"]
_OK = 200
_EXPIRED = Fault(UNAUTHENTICATED)
_TRIES = 6
"""How often a request that Google has not taken is put at once; pyreqwest has then tried each three times."""


class FcmSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The service accounts of a deployment, one a project, and where Firebase is."""

    accounts: tuple[ServiceAccount, ...]
    url: str = URL
    http2: bool = True
    """As Google speaks; a stand-in may speak HTTP/1.1 alone."""
    timeout: float = 10.0
    authority: bytes = b""
    """PEM of an authority to trust beside the public ones."""


class FcmMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One rendered message for one installation. `content` is a JSON object with `notification`, `data` or both."""

    project: str
    token: str
    content: bytes
    tag: str
    """A notification of the same tag is replaced on the phone, so that an attempt repeated shows once."""
    expires_at: datetime
    priority: Priority = "high"
    collapse_key: str = ""
    channel_id: str = ""

    def __repr__(self) -> str:
        return f"FcmMessage({self.tag})"


class _Named(msgspec.Struct):
    """Firebase's name for a message that it has taken, which nobody asks for later."""

    name: str = ""


class _Project:
    """One project's address and tokens. Connections may be shared: Google tells callers apart by the token alone."""

    def __init__(self, account: ServiceAccount, settings: FcmSettings, now: Callable[[], datetime]) -> None:
        self.url = f"{settings.url.rstrip('/')}/v1/projects/{account.project_id}/messages:send"
        self.tokens = AccessTokens(account, now=now, timeout=settings.timeout, authority=settings.authority)


class FcmClient:
    """Every project's messages over one connection; use it as an async context manager.

    Raises ServiceAccountError for an account whose key is none.
    """

    def __init__(self, settings: FcmSettings, *, now: Callable[[], datetime]) -> None:
        self._now = now
        self._projects = {account.project_id: _Project(account, settings, now) for account in settings.accounts}
        connection = Connection(url=settings.url, timeout=settings.timeout, authority=settings.authority)
        self._wire = Wire(open_client(connection, http2=settings.http2), is_one=settings.http2)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        for project in self._projects.values():
            await project.tokens.close()
        await self._wire.close()

    async def send(self, message: FcmMessage, departure: Departure | None = None) -> SendOutcome:
        """Sends it, and says when it departs to whoever may cut this off."""
        departure = departure or Departure()
        project = self._projects.get(message.project)
        if project is None:
            return Fault("project-without-account")
        if len(message.content) > LONGEST_CONTENT:
            return _refuse("payload-too-large", message)
        body = write_body(message, self._now())
        try:
            token = await project.tokens.current()
            outcome = await self._ask(project.url, token, body, departure)
            if outcome == _EXPIRED:
                departure.come_back()
                outcome = await self._ask(project.url, await project.tokens.replace(token), body, departure)
        except TokenUnavailableError as error:
            return error.outcome
        return _refuse(outcome.reason, message) if isinstance(outcome, Refused) else outcome

    async def _ask(self, url: str, token: str, body: bytes, departure: Departure) -> SendOutcome:
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        outcome: SendOutcome = UNTAKEN
        for _ in range(_TRIES):
            # An exception's words may hold what was sent: none leaves this function.
            try:
                request = self._wire.client.post(url).headers(headers)
                outcome = await _read(await self._wire.send(request, body, departure))
            except (PyreqwestError, TimeoutError) as error:
                outcome = classify_failure(error, departure)
            if outcome is not UNTAKEN:
                break
            departure.come_back()
        return outcome


async def _read(response: Response) -> SendOutcome:
    body = bytes(await response.bytes())
    if response.status != _OK:
        return judge(response.status, body, read_retry_after(response.get_header("retry-after")))
    try:
        msgspec.json.decode(body, type=_Named)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Unanswered("answer-not-understood")
    return Accepted()


def write_body(message: FcmMessage, now: datetime) -> bytes:
    """The request's JSON: what is the same for everybody is rendered already, and is not read again."""
    life = min(max(int((message.expires_at - now).total_seconds()), 0), LONGEST_LIFE)
    shown = {"tag": message.tag} | ({"channel_id": message.channel_id} if message.channel_id else {})
    android = {"priority": message.priority, "ttl": f"{life}s", "notification": shown}
    if message.collapse_key:
        android["collapse_key"] = message.collapse_key
    own = msgspec.json.encode({"token": message.token, "android": android})
    return b'{"message":' + own[:-1] + b"," + message.content.strip()[1:] + b"}"


def _refuse(reason: str, message: FcmMessage) -> Refused:
    """A message that is at fault itself is dropped, and somebody is told: it was rendered by us."""
    if reason != "token-invalid":
        _log.error("push.message-malformed", provider="fcm", reason=reason, tag=message.tag)
    return Refused(reason)

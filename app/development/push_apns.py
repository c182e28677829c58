"""A strict stand-in of Apple's push service for one app: it checks what Apple checks, and keeps what would show.

https://developer.apple.com/documentation/usernotifications/handling-notification-responses-from-apns
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, NoReturn
from uuid import UUID, uuid4

import jwt
import msgspec

from app.development.mishaps import Answer
from app.development.pushes import PushBook, SentPush

_PATH = re.compile(r"/(production|sandbox)/3/device/([^/]*)")
_TOKEN = re.compile(r"[0-9a-f]{64}")
_TYPES = frozenset({"alert", "background"})
_LONGEST = 4096
_LONGEST_COLLAPSE_ID = 64
_TOKEN_LIFE = timedelta(hours=1)
GONE, SANDBOX = "dead", "5a4d"
"""How invented device tokens begin: those of phones that have removed the app, and of apps built for the sandbox."""


class _RefusedError(Exception):
    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class _Alert(msgspec.Struct):
    title: str = ""
    body: str = ""


class _Aps(msgspec.Struct, rename="kebab"):
    alert: _Alert | None = None
    thread_id: str = ""
    interruption_level: str = "active"


class _Payload(msgspec.Struct):
    aps: _Aps
    message_id: str = ""
    link: str = ""


class ApnsStandIn:
    """Framework-free: whoever serves HTTP passes requests to `handle`, by their path below the stand-in's address."""

    def __init__(
        self, book: PushBook, *, team_id: str, key_id: str, public_key: str, topic: str, now: Callable[[], datetime]
    ) -> None:
        self._book = book
        self._team_id = team_id
        self._key_id = key_id
        self._public_key = public_key
        self._topic = topic
        self._now = now

    def handle(self, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answers a request given by headers by their names in lower case."""
        del query
        apns_id = headers.get("apns-id") or str(uuid4())
        own = {"apns-id": apns_id, "content-type": "application/json"}
        try:
            self._take(method, path, headers, body, apns_id)
        except _RefusedError as refused:
            told: dict[str, Any] = {"reason": refused.reason}
            if refused.status == 410:  # noqa: PLR2004  HTTP
                told["timestamp"] = int(self._now().timestamp() * 1000)
            return Answer(refused.status, own, msgspec.json.encode(told))
        return Answer(200, own, b"")

    def _take(self, method: str, path: str, headers: Mapping[str, str], body: bytes, apns_id: str) -> None:
        found = _PATH.fullmatch(path)
        if method != "POST":
            _refuse(405, "MethodNotAllowed")
        if found is None:
            _refuse(404, "BadPath")
        self._check_sender(headers)
        _check_headers(headers, apns_id)
        payload = _read(body)
        environment, token = found.groups()
        self._check_token(environment, token)
        alert = payload.aps.alert or _Alert()
        self._book.append(
            SentPush(
                channel="apns",
                app_id=self._topic,
                environment=environment,
                to=token,
                title=alert.title,
                body=alert.body,
                shown_as=headers.get("apns-collapse-id", apns_id),
                sent_at=self._now(),
                message_id=payload.message_id,
                link=payload.link,
                category=payload.aps.thread_id,
                urgency=payload.aps.interruption_level,
            )
        )

    def _check_sender(self, headers: Mapping[str, str]) -> None:
        scheme, _, text = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not text:
            _refuse(403, "MissingProviderToken")
        try:
            head = jwt.get_unverified_header(text)
            claims = jwt.decode(text, self._public_key, algorithms=["ES256"], options={"verify_iat": False})
        except jwt.PyJWTError:
            _refuse(403, "InvalidProviderToken")
        if head.get("kid") != self._key_id or claims.get("iss") != self._team_id or not isinstance(claims["iat"], int):
            _refuse(403, "InvalidProviderToken")
        if abs(self._now().timestamp() - claims["iat"]) > _TOKEN_LIFE.total_seconds():
            _refuse(403, "ExpiredProviderToken")
        if not headers.get("apns-topic"):
            _refuse(400, "MissingTopic")
        if headers["apns-topic"] != self._topic:
            _refuse(400, "TopicDisallowed")

    def _check_token(self, environment: str, token: str) -> None:
        if not _TOKEN.fullmatch(token) or token.startswith(SANDBOX) is not (environment == "sandbox"):
            _refuse(400, "BadDeviceToken")
        if token.startswith(GONE):
            _refuse(410, "Unregistered")


def _check_headers(headers: Mapping[str, str], apns_id: str) -> None:
    if headers.get("apns-push-type", "alert") not in _TYPES:
        _refuse(400, "InvalidPushType")
    if headers.get("apns-priority", "10") not in {"10", "5", "1"}:
        _refuse(400, "BadPriority")
    if not headers.get("apns-expiration", "0").isdigit():
        _refuse(400, "BadExpirationDate")
    if len(headers.get("apns-collapse-id", "").encode()) > _LONGEST_COLLAPSE_ID:
        _refuse(400, "BadCollapseId")
    try:
        UUID(apns_id)
    except ValueError:
        _refuse(400, "BadMessageId")


def _read(body: bytes) -> _Payload:
    if not body:
        _refuse(400, "PayloadEmpty")
    if len(body) > _LONGEST:
        _refuse(413, "PayloadTooLarge")
    try:
        return msgspec.json.decode(body, type=_Payload)
    except (msgspec.DecodeError, UnicodeDecodeError):
        _refuse(400, "InternalServerError")


def _refuse(status: int, reason: str) -> NoReturn:
    raise _RefusedError(status, reason)

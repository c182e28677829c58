"""A strict stand-in of Firebase for one project: Google's access tokens, and messages to installations.

https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages/send
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, NoReturn
from urllib.parse import parse_qs

import jwt
import msgspec

from app.development.mishaps import Answer
from app.development.pushes import PushBook, SentPush
from push.fcm_tokens import SCOPE, ServiceAccount

TOKEN_PATH = "/token"  # noqa: S105  a path
_JSON = {"content-type": "application/json; charset=UTF-8"}
_TOKEN = re.compile(r"[0-9A-Za-z_\-:]{16,512}")
_LIFE = re.compile(r"[0-9]+(?:\.[0-9]+)?s")
_LIFETIME = timedelta(hours=1)
_SKEW = 60.0
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_LONGEST = 4096
GONE = "dead"
"""How an invented token of an installation that is no more begins."""


class _RefusedError(Exception):
    def __init__(self, status: int, name: str, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.name = name
        self.code = code


class _Android(msgspec.Struct):
    priority: str = "normal"
    ttl: str = "2419200s"
    notification: dict[str, Any] = {}


class _Message(msgspec.Struct):
    token: str
    notification: dict[str, str] = {}
    data: dict[str, str] = {}
    android: _Android = msgspec.field(default_factory=_Android)


class _Body(msgspec.Struct):
    message: _Message


class FcmStandIn:
    """Framework-free: whoever serves HTTP passes requests to `handle`, by their path below the stand-in's address.

    The account's token_uri is the path of where the stand-in gives tokens.
    """

    def __init__(
        self, book: PushBook, *, account: ServiceAccount, public_key: str, now: Callable[[], datetime]
    ) -> None:
        self._book = book
        self._account = account
        self._public_key = public_key
        self._now = now

    def handle(self, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answers a request given by headers by their names in lower case."""
        del query
        if path == TOKEN_PATH:
            return self._grant(body)
        try:
            name = self._take(method, path, headers, body)
        except _RefusedError as refused:
            details = {"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": refused.code}
            error = {"code": refused.status, "message": "refused", "status": refused.name, "details": [details]}
            return Answer(refused.status, _JSON, msgspec.json.encode({"error": error}))
        return Answer(200, _JSON, msgspec.json.encode({"name": name}))

    def _grant(self, body: bytes) -> Answer:
        asked = {name: values[0] for name, values in parse_qs(body.decode("ascii", "replace")).items()}
        account = self._account
        try:
            claims = jwt.decode(
                asked.get("assertion", ""),
                self._public_key,
                algorithms=["RS256"],
                issuer=account.client_email,
                options={"verify_exp": False, "verify_iat": False, "verify_aud": False},
            )
        except jwt.PyJWTError:
            claims = {}
        # It may be asked by any of this machine's names and ports: the path says whom an assertion is for.
        is_ours = claims.get("scope") == SCOPE and str(claims.get("aud")).endswith(account.token_uri)
        if asked.get("grant_type") != _GRANT or not is_ours or not self._is_now(claims):
            return Answer(400, _JSON, msgspec.json.encode({"error": "invalid_grant"}))
        ends_at = int((self._now() + _LIFETIME).timestamp())
        granted = {"access_token": self._seal(ends_at), "expires_in": 3599, "token_type": "Bearer"}
        return Answer(200, _JSON, msgspec.json.encode(granted))

    def _is_now(self, claims: Mapping[str, Any]) -> bool:
        at = self._now().timestamp()
        begins, ends = float(claims["iat"]), float(claims["exp"])
        return begins - _SKEW <= at < ends <= begins + _LIFETIME.total_seconds()

    def _seal(self, ends_at: int) -> str:
        """All processes of a data folder know each other's tokens, since they are made of the account's key."""
        digest = hmac.new(self._public_key.encode(), str(ends_at).encode(), hashlib.sha256).hexdigest()
        return f"ya29.{ends_at}.{digest}"

    def _take(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> str:
        if method != "POST" or path != f"/v1/projects/{self._account.project_id}/messages:send":
            _refuse(404, "NOT_FOUND", "")
        self._check_token(headers.get("authorization", ""))
        message = _read(body)
        if message.token.startswith(GONE):
            _refuse(404, "NOT_FOUND", "UNREGISTERED")
        tag = str(message.android.notification.get("tag", ""))
        name = f"projects/{self._account.project_id}/messages/0:{hashlib.sha256(body).hexdigest()[:16]}"
        self._book.append(
            SentPush(
                channel="fcm",
                app_id=self._account.project_id,
                to=message.token,
                title=message.notification.get("title", ""),
                body=message.notification.get("body", ""),
                shown_as=tag or name,
                sent_at=self._now(),
                message_id=message.data.get("message_id", ""),
                link=message.data.get("link", ""),
                category=message.data.get("category", ""),
                urgency=message.android.priority,
            )
        )
        return name

    def _check_token(self, authorization: str) -> None:
        text = authorization.removeprefix("Bearer ")
        ends_at = text.split(".")[1] if text.count(".") == 2 else ""  # noqa: PLR2004  as _seal makes them
        good = ends_at.isdigit() and hmac.compare_digest(text, self._seal(int(ends_at)))
        if not good or int(ends_at) <= self._now().timestamp():
            _refuse(401, "UNAUTHENTICATED", "")


def _read(body: bytes) -> _Message:
    try:
        message = msgspec.json.decode(body, type=_Body).message
    except (msgspec.DecodeError, UnicodeDecodeError):
        _refuse(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT")
    size = len(msgspec.json.encode({"notification": message.notification, "data": message.data}))
    known = message.android.priority in {"normal", "high"} and _LIFE.fullmatch(message.android.ttl)
    if size > _LONGEST or not known or not _TOKEN.fullmatch(message.token):
        _refuse(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT")
    return message


def _refuse(status: int, name: str, code: str) -> NoReturn:
    raise _RefusedError(status, name, code)

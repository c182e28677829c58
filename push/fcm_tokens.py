"""Google's access token of one service account: a signed assertion exchanged for it (RFC 7523), as google-auth does.

https://developers.google.com/identity/protocols/oauth2/service-account
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import jwt
import msgspec
from jwt.algorithms import RSAAlgorithm
from jwt.exceptions import InvalidKeyError
from pyreqwest.exceptions import PyreqwestError

from push.connecting import Connection, classify_failure, open_client, read_retry_after
from push.notices import Fault, Unavailable

SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_LIFETIME = timedelta(hours=1)
_EARLY = timedelta(minutes=5)
"""Before its end, another is fetched beside the messages that still use it."""
_APART = timedelta(seconds=30)
_OK = 200
_LONGEST = 4096


class ServiceAccountError(ValueError):
    """A service account whose private_key is no private RSA key in PEM."""


class ServiceAccount(msgspec.Struct, frozen=True, kw_only=True):
    """What is needed of the file that Google's console gives; msgspec reads it straight from there."""

    project_id: str
    client_email: str
    private_key: str
    private_key_id: str = ""
    token_uri: str = "https://oauth2.googleapis.com/token"  # noqa: S105  an address

    def __repr__(self) -> str:
        """Without the key, wherever this may be printed."""
        return f"ServiceAccount({self.project_id})"


class _Granted(msgspec.Struct):
    access_token: str
    expires_in: int


class TokenUnavailableError(Exception):
    """There is no access token now; `outcome` says whose fault it is."""

    def __init__(self, outcome: Unavailable | Fault) -> None:
        super().__init__(outcome.reason)
        self.outcome = outcome


class AccessTokens:
    """One account's token, held in memory and renewed by one request at a time."""

    def __init__(
        self, account: ServiceAccount, *, now: Callable[[], datetime], timeout: float = 10.0, authority: bytes = b""
    ) -> None:
        self._account = account
        self._key = read_private_key(account.private_key)
        self._now = now
        self._client = open_client(Connection(url=account.token_uri, timeout=timeout, authority=authority))
        self._text = ""
        self._ends_at: datetime | None = None
        self._asked_at: datetime | None = None
        self._renewal: asyncio.Task[None] | None = None

    async def close(self) -> None:
        if self._renewal is not None:
            self._renewal.cancel()
            await asyncio.gather(self._renewal, return_exceptions=True)
        await self._client.close()

    async def current(self) -> str:
        """A token that is good now. Raises TokenUnavailableError where there is none."""
        left = self._ends_at - self._now() if self._ends_at is not None else timedelta(0)
        if left <= timedelta(0):
            await self._wait()
        elif left <= _EARLY and (self._asked_at is None or abs(self._now() - self._asked_at) >= _APART):
            self._renew()  # beside: a failure is noticed when the token has ended
        return self._text

    async def replace(self, refused: str) -> str:
        """Another than one that Google has refused."""
        if refused == self._text:
            self._ends_at = None
        return await self.current()

    async def _wait(self) -> None:
        """Whoever waits may go away: the renewal goes on for the others."""
        await asyncio.shield(self._renew())

    def _renew(self) -> asyncio.Task[None]:
        if self._renewal is None or self._renewal.done():
            self._asked_at = self._now()
            self._renewal = asyncio.create_task(self._fetch())
            self._renewal.add_done_callback(_look_at)
        return self._renewal

    async def _fetch(self) -> None:
        at = self._now()
        body = urlencode({"grant_type": _GRANT, "assertion": write_assertion(self._account, self._key, at)})
        # What is exchanged is a secret, and an exception's words may hold some of it: none leaves this function.
        try:
            response = await (
                self._client.post(self._account.token_uri)
                .header("content-type", "application/x-www-form-urlencoded")
                .body_text(body)
                .build()
                .send()
            )
            answer = bytes(await response.bytes())
        except (PyreqwestError, TimeoutError) as error:
            failure = classify_failure(error)
            raise TokenUnavailableError(
                failure if isinstance(failure, Fault) else Unavailable(f"token-{failure.reason}")
            ) from None
        if response.status != _OK:
            raise TokenUnavailableError(_judge(response.status, read_retry_after(response.get_header("retry-after"))))
        try:
            granted = msgspec.json.decode(answer, type=_Granted)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise TokenUnavailableError(Unavailable("token-not-understood")) from None
        if not 0 < len(granted.access_token) <= _LONGEST or not granted.access_token.isascii():
            raise TokenUnavailableError(Unavailable("token-not-understood"))
        self._text, self._ends_at = granted.access_token, at + timedelta(seconds=granted.expires_in)


def write_assertion(account: ServiceAccount, key: Any, at: datetime) -> str:
    """The signed claims of the account; `key` is its private key."""
    claims = {
        "iss": account.client_email,
        "scope": SCOPE,
        "aud": account.token_uri,
        "iat": int(at.timestamp()),
        "exp": int((at + _LIFETIME).timestamp()),
    }
    return jwt.encode(claims, key, algorithm="RS256", headers={"kid": account.private_key_id or None})


def _judge(status: int, retry_after: float | None) -> Unavailable | Fault:
    """A grant that Google refuses is our key, account or clock (RFC 6749, 5.2); the rest is Google's."""
    if status >= 500 or status == 429:  # noqa: PLR2004  HTTP
        return Unavailable(f"token-status-{status}", retry_after)
    return Fault("token-refused")


def _look_at(renewal: asyncio.Task[None]) -> None:
    """A renewal that nobody waits for must not be reported as never looked at."""
    if not renewal.cancelled():
        renewal.exception()


def read_private_key(text: str) -> Any:
    """The key that signs assertions. Raises ServiceAccountError."""
    rsa = RSAAlgorithm(RSAAlgorithm.SHA256)
    try:
        key: Any = rsa.prepare_key(text)
    except (InvalidKeyError, ValueError, TypeError):
        raise ServiceAccountError("private_key is no RSA key in PEM") from None
    if not hasattr(key, "sign") or rsa.check_key_length(key) is not None:
        raise ServiceAccountError("private_key is no private RSA key of 2048 bits or more")
    return key

"""A team's provider token, by which Apple knows who sends: an ES256 JWT, the same for an hour at most.

https://developer.apple.com/documentation/usernotifications/establishing-a-token-based-connection-to-apns
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import jwt
from jwt.algorithms import ECAlgorithm
from jwt.exceptions import InvalidKeyError

REFRESH_AFTER = timedelta(minutes=40)
"""Between Apple's bounds: another token more often than every 20 minutes is refused, and one older than 60 as well."""
APART = timedelta(minutes=20)
_CURVE = "secp256r1"


class ProviderKeyError(ValueError):
    """A key that is no private P-256 key in PEM, as Apple's .p8 files are."""


class ProviderToken:
    """One team's token for one connection. Making one takes no await, so that however many ask, one is made."""

    def __init__(self, team_id: str, key_id: str, private_key: str, *, now: Callable[[], datetime]) -> None:
        self._team_id = team_id
        self._key_id = key_id
        self._key = _read_key(private_key)
        self._now = now
        self._made_at: datetime | None = None
        self._replaced_at: datetime | None = None
        self._text = ""

    def current(self) -> str:
        """The value of the authorization header."""
        if self._made_at is None or not timedelta(0) <= self._now() - self._made_at < REFRESH_AFTER:
            self._make()
        return self._text

    def replace(self, refused: str) -> str | None:
        """Another than one that Apple calls expired; None where that was tried just now, so that our clock is off."""
        if refused != self._text:
            return self.current()  # another request has been here before
        now = self._now()
        if self._replaced_at is not None and timedelta(0) <= now - self._replaced_at < APART:
            return None
        self._replaced_at = now
        self._make()
        return self._text

    def _make(self) -> None:
        self._made_at = self._now()
        claims = {"iss": self._team_id, "iat": int(self._made_at.timestamp())}
        token = jwt.encode(claims, self._key, algorithm="ES256", headers={"kid": self._key_id, "typ": None})
        self._text = f"bearer {token}"


def _read_key(text: str) -> Any:
    try:
        key: Any = ECAlgorithm(ECAlgorithm.SHA256).prepare_key(text)
    except (InvalidKeyError, ValueError, TypeError):
        raise ProviderKeyError("private_key is no EC key in PEM") from None
    if not hasattr(key, "sign") or key.curve.name != _CURVE:
        raise ProviderKeyError("private_key is no private key on P-256")
    return key

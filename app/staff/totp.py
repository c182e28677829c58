"""Time-based one-time passwords (RFC 6238) as authenticator apps make them: SHA-1, six digits, thirty seconds."""

from __future__ import annotations

import hmac
from datetime import datetime

from pyotp import random_base32
from pyotp.totp import TOTP

_STEP_SECONDS = 30
_DRIFT = 1
"""Steps that a phone's clock may be off, to either side (RFC 6238, section 5.2)."""


def new_secret() -> str:
    """160 random bits in Base32, as RFC 4226 recommends."""
    return random_base32(32)


def make_uri(secret: str, *, account: str, issuer: str) -> str:
    """What an authenticator app reads from a QR."""
    return TOTP(secret).provisioning_uri(name=account, issuer_name=issuer)


def find_step(secret: str, code: str, now: datetime, *, after: int | None) -> int | None:
    """The time step that a code belongs to; None where it is wrong, or of a step that is not `after` the last used."""
    current = int(now.timestamp()) // _STEP_SECONDS
    totp = TOTP(secret)
    steps = [step for step in range(current - _DRIFT, current + _DRIFT + 1) if after is None or step > after]
    found = [step for step in steps if hmac.compare_digest(totp.generate_otp(step).encode(), code.encode())]
    return found[0] if found else None

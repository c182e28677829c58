"""What Apple's answers mean for a message, its address and our configuration.

https://developer.apple.com/documentation/usernotifications/handling-notification-responses-from-apns
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import msgspec

from push.connecting import judge_status
from push.notices import Fault, Refused, Retry, Unavailable
from push.sending import AddressDead, OtherEnvironment, SendOutcome

EXPIRED_TOKEN = "ExpiredProviderToken"  # noqa: S105  a reason
TOKEN_UPDATES = "TooManyProviderTokenUpdates"  # noqa: S105  likewise
TOKEN_UPDATE_SECONDS = 60.0
"""The connection that has seen too many tokens is left; on a new one the message may go soon."""

DEAD = frozenset({"Unregistered", "ExpiredToken"})
OTHER_ENVIRONMENT = "BadDeviceToken"
MESSAGE = frozenset(
    {
        "BadCollapseId",
        "BadExpirationDate",
        "BadMessageId",
        "BadPriority",
        "InvalidPushType",
        "PayloadEmpty",
        "PayloadTooLarge",
    }
)
"""This one message is at fault, and will be at every attempt. What renders messages keeps within these rules."""
CONFIGURATION = frozenset(
    {
        "BadCertificate",
        "BadCertificateEnvironment",
        "BadEnvironmentKeyIdInToken",
        "BadEnvironmentKeyInToken",  # what Apple answers where it documents the one above
        "BadPath",
        "BadTopic",
        "DeviceTokenNotForTopic",
        "DuplicateHeaders",
        EXPIRED_TOKEN,
        "Forbidden",
        "InvalidProviderToken",
        "MethodNotAllowed",
        "MissingDeviceToken",
        "MissingProviderToken",
        "MissingTopic",
        "TopicDisallowed",
        "UnrelatedKeyIdInToken",
    }
)
BUSY = frozenset({"IdleTimeout", "InternalServerError", "ServiceUnavailable", "Shutdown"})
_MEANINGS: Mapping[str, Callable[[str, float | None], SendOutcome]] = {
    OTHER_ENVIRONMENT: lambda reason, _: OtherEnvironment(reason),
    TOKEN_UPDATES: lambda reason, after: Unavailable(reason, max(after or 0.0, TOKEN_UPDATE_SECONDS)),
    "TooManyRequests": Retry,
    **dict.fromkeys(MESSAGE, lambda reason, _: Refused(reason)),
    **dict.fromkeys(CONFIGURATION, lambda reason, _: Fault(reason)),
    **dict.fromkeys(BUSY, Unavailable),
}
_GONE = 410


class _Body(msgspec.Struct):
    reason: str = ""
    timestamp: int | None = None


def judge(status: int, body: bytes, retry_after: float | None = None) -> SendOutcome:
    """The outcome of an answer other than 200."""
    try:
        said = msgspec.json.decode(body, type=_Body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        said = _Body()
    if said.reason in DEAD and status == _GONE:
        return AddressDead(said.reason, _read_moment(said.timestamp))
    mean = _MEANINGS.get(said.reason)
    # Without a reason that is documented, an answer may be anybody's: it takes no address away.
    return mean(said.reason, retry_after) if mean else judge_status(status, retry_after)


def _read_moment(milliseconds: int | None) -> datetime | None:
    """When Apple last found the token to be no longer valid."""
    try:
        return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return None

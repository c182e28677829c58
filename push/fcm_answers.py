"""What Firebase's answers mean for a message, its address and our configuration.

https://firebase.google.com/docs/cloud-messaging/error-codes
https://firebase.google.com/docs/cloud-messaging/scale-fcm
"""

from __future__ import annotations

from typing import Any

import msgspec

from push.connecting import judge_status
from push.notices import Fault, Refused, Retry, Unavailable
from push.sending import AddressDead, SendOutcome

UNAUTHENTICATED = "UNAUTHENTICATED"
SHORTEST_WAIT = 10.0
"""Seconds before anything is sent again; the outbox spreads them."""
QUOTA_WAIT = 60.0
"""After a quota is used up, where Firebase does not say for how long: it is filled again each minute."""
TOKEN_FIELD = "message.token"  # noqa: S105  a field's name
_FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
_QUOTA_FAILURE = "type.googleapis.com/google.rpc.QuotaFailure"
_BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"
_BAD, _FORBIDDEN, _UNAUTHORIZED, _NOT_FOUND, _TOO_MANY = 400, 403, 401, 404, 429
_CONFIGURATION = frozenset({"SENDER_ID_MISMATCH", "THIRD_PARTY_AUTH_ERROR", "PERMISSION_DENIED", "NOT_FOUND"})


class _Error(msgspec.Struct):
    status: str = ""
    details: list[dict[str, Any]] = []


class _Body(msgspec.Struct):
    error: _Error = msgspec.field(default_factory=_Error)


def judge(status: int, body: bytes, retry_after: float | None = None) -> SendOutcome:
    """The outcome of an answer other than 200; a 404 alone says nothing of an address."""
    try:
        error = msgspec.json.decode(body, type=_Body).error
    except (msgspec.DecodeError, UnicodeDecodeError):
        error = _Error()
    code = _find_code(error)
    if code == "UNREGISTERED":
        return AddressDead(code)
    if status == _TOO_MANY:
        return _judge_quota(error, retry_after)
    wait = max(retry_after or 0.0, SHORTEST_WAIT)
    if code in {"UNAVAILABLE", "INTERNAL"}:
        return Unavailable(code, wait)
    if status >= 500:  # noqa: PLR2004  HTTP
        return judge_status(status, wait)
    if status == _BAD and code == "INVALID_ARGUMENT":
        return Refused("token-invalid" if _is_of_token(error) else code)
    word = code or (error.status if error.status in _CONFIGURATION or error.status == UNAUTHENTICATED else "")
    return Fault(word if word in _CONFIGURATION or word == UNAUTHENTICATED else f"status-{status}")


def _find_code(error: _Error) -> str:
    """FCM's own code where the answer is FCM's; else, of what any service of Google's says, what means one thing."""
    for detail in error.details:
        if detail.get("@type") == _FCM_ERROR and isinstance(code := detail.get("errorCode"), str):
            return code if code in _CODES else ""
    return error.status if error.status in {"INVALID_ARGUMENT", "UNAVAILABLE", "INTERNAL"} else ""


_CODES = frozenset(
    {
        "INVALID_ARGUMENT",
        "UNREGISTERED",
        "SENDER_ID_MISMATCH",
        "QUOTA_EXCEEDED",
        "UNAVAILABLE",
        "INTERNAL",
        "THIRD_PARTY_AUTH_ERROR",
    }
)


def _judge_quota(error: _Error, retry_after: float | None) -> Retry | Unavailable:
    """A device's own rate holds up that device alone; the project's holds up everybody."""
    wait = max(retry_after or QUOTA_WAIT, SHORTEST_WAIT)
    for violation in _list_violations(error, _QUOTA_FAILURE, "violations"):
        if "device" in f"{violation.get('subject')} {violation.get('description')}".lower():
            return Retry("device-rate", wait)
    return Unavailable("QUOTA_EXCEEDED", wait)


def _is_of_token(error: _Error) -> bool:
    """Whether the field at fault is the token: named so, or none named, as Firebase answers a malformed token."""
    violations = _list_violations(error, _BAD_REQUEST, "fieldViolations")
    if violations:
        return all(violation.get("field") == TOKEN_FIELD for violation in violations)
    return any(detail.get("@type") == _FCM_ERROR for detail in error.details)


def _list_violations(error: _Error, kind: str, name: str) -> list[dict[str, Any]]:
    found: list[Any] = [
        one
        for detail in error.details
        if detail.get("@type") == kind and isinstance(listed := detail.get(name), list)
        for one in listed  # pyright: ignore[reportUnknownVariableType]  JSON
    ]
    return [one for one in found if isinstance(one, dict)]

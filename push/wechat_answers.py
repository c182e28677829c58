"""What WeChat's error codes mean for a subscribe message, whoever is to get it, and our configuration.

https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/mp-message-management/subscribe-message/sendMessage.html
"""

from __future__ import annotations

from push.notices import Fault, Refused, Retry, Unavailable
from push.sending import ConsentSpent, SendOutcome

OK = 0
BUSY = -1
TOKEN_REFUSED = frozenset({40001, 40014, 42001})
"""The access token is wrong or over: another is asked for, and the message sent once more."""
NOT_SUBSCRIBED = 43101
"""The user refused, never agreed, or has had the one message that was agreed to."""
MESSAGE = {41030: "page-unknown", 45168: "words-refused", 47001: "data-malformed", 47003: "argument-invalid"}
"""This one message is at fault, as it was rendered."""
TEMPLATE = frozenset({MESSAGE[errcode] for errcode in (41030, 47001, 47003)})
"""Where each message is answered so, the settings' file names a page or fields that the template does not have."""
OPENID_INVALID = 40003
"""Of another app, or nobody's. It removes nobody: with a wrong app_id, everybody's would be invalid."""
LIMITED: dict[int, tuple[str, float]] = {
    45009: ("daily-quota", 3600.0),
    45011: ("minute-limit", 60.0),
}
"""This app may send to nobody for so many seconds."""
HELD_BACK: dict[int, tuple[str, float]] = {
    40038: ("daily-cap", 3600.0),
    43108: ("concurrent", 1.0),
}
"""This user gets nothing for so many seconds: their day's long-term messages are used up, or one is on its way."""
CONFIGURATION = {
    40001: "access-token",
    40013: "app-id",
    40014: "access-token",
    40037: "template-unknown",
    40125: "app-secret",
    40164: "address-not-listed",
    40243: "app-secret-frozen",
    41001: "access-token-missing",
    42001: "access-token",
    43104: "app-not-permitted",
    43107: "messages-banned",
    43116: "template-restricted",
    48001: "call-not-permitted",
    50001: "call-not-permitted",
    50002: "app-restricted",
    61024: "access-token-of-a-component",
}
_MOST = 1_000_000


def judge(errcode: int) -> SendOutcome:
    """The outcome of an errcode other than 0. What is not documented is ours to look at, and drops nothing."""
    if errcode == NOT_SUBSCRIBED:
        return ConsentSpent("not-subscribed")
    if errcode == OPENID_INVALID:
        return Refused("openid-invalid")
    if errcode in MESSAGE:
        return Refused(MESSAGE[errcode])
    if errcode in HELD_BACK:
        return Retry(*HELD_BACK[errcode])
    if errcode == BUSY or errcode in LIMITED:
        return Unavailable(*LIMITED.get(errcode, ("busy", None)))
    unknown = f"errcode-{errcode}" if 0 < errcode < _MOST else "errcode-unknown"
    return Fault(CONFIGURATION.get(errcode, unknown))

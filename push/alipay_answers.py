"""What Alipay's codes mean for a template message, whoever is to get it, and our configuration.

https://opendocs.alipay.com/open/common/105806 (the gateway's own)
https://opendocs.alipay.com/mini/02cth2 (this call's)
"""

from __future__ import annotations

import re

from push.alipay_gateway import BUSY
from push.notices import Fault, Refused, Unavailable
from push.sending import ConsentSpent, SendOutcome

CALLS_LIMITED = "40005"
_LIMITED_SECONDS = 60.0
CONSENT = frozenset({"FORM_ID_OVER_TIME"})
"""The form that somebody filled in, by which they agreed to one message, is older than seven days."""
MISMATCHED = frozenset({"FORM_ID_NOT_MATCH_APPID", "TRADE_NO_NOT_MATCH_USERID"})
"""The form or the payment is another app's or another person's: for this one there is no message."""
MESSAGE = frozenset({"USER_KEYWORD_LENGTH_ERROR", "USER_TEMPLATE_LACK_KEYWORD"})
"""This one message is at fault, as it was rendered."""
TEMPLATE = frozenset({"USER_TEMPLATE_LACK_KEYWORD"})
"""Where each message is answered so, the settings' file names other keywords than the template has."""
UNAVAILABLE = frozenset({"SYSTEM_ERROR", "isp.unknow-error", "aop.unknow-error"})
LIMITS = frozenset({"isv.app-call-limited", "isv.method-call-limited"})
_CODE_SHAPE = re.compile(r"[A-Za-z]+(?:[._\-][A-Za-z]+)*")  # no digits: no number can pass for a reason


def judge(code: str, sub_code: str) -> SendOutcome:
    """The outcome of any code but 10000. What is not documented is ours to look at, and drops nothing."""
    if sub_code in CONSENT:
        return ConsentSpent(sub_code)
    if sub_code in MISMATCHED or sub_code in MESSAGE:
        return Refused(sub_code)
    reason = sub_code if _CODE_SHAPE.fullmatch(sub_code) else _name(code)
    if code == CALLS_LIMITED or sub_code in LIMITS:
        return Unavailable(reason, _LIMITED_SECONDS)
    if code == BUSY or sub_code in UNAVAILABLE or sub_code.startswith("isp."):
        return Unavailable(reason)
    return Fault(reason)


def _name(code: str) -> str:
    """The kind of error as a static word, where no detail is given that can be one."""
    known = {BUSY, "20001", "40001", "40002", "40003", "40004", CALLS_LIMITED, "40006"}
    return f"code-{code}" if code in known else "no-code"

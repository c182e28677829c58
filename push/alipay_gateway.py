"""How any method of Alipay's open platform is called: one signed form, and one signed JSON node for an answer.

https://opendocs.alipay.com/common/02kkv7
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, cast

import msgspec

from push.alipay_signing import AlipayKeys, split_members, write_request

URL = "https://openapi.alipay.com/gateway.do"
FORM = "application/x-www-form-urlencoded;charset=utf-8"
OK = "10000"
BUSY = "20000"
BEIJING = timezone(timedelta(hours=8))
"""Alipay's times are China's; it has had no other zone since 1991."""
_ERROR = "error_response"


class _Outcome(msgspec.Struct):
    """What any node may say; that of a log in has no code where it went well."""

    code: str = OK
    sub_code: str = ""


class AlipayAnswer(msgspec.Struct, frozen=True):
    """A node, and the two words that say how it went."""

    code: str
    sub_code: str
    node: dict[str, Any]


def sign_call(keys: AlipayKeys, app_id: str, method: str, asked: Mapping[str, str], at: datetime) -> dict[str, str]:
    """The query of a call, with the signature over it and over the form `asked`."""
    common = {
        "app_id": app_id,
        "method": method,
        "format": "json",
        "charset": "utf-8",
        "sign_type": "RSA2",
        "timestamp": at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S"),
        "version": "1.0",
    }
    return {**common, "sign": keys.sign(write_request({**common, **asked}))}


def read_answer(keys: AlipayKeys, method: str, body: bytes) -> AlipayAnswer:
    """The answer to a call, its signature verified; an error alone may come without one.

    Raises NotSignedError, or ValueError where it is none that this side understands.
    """
    name = f"{method.replace('.', '_')}_response"
    try:
        members = split_members(body.decode())
        text, node = members.get(name) or members.get(_ERROR) or ("", None)
        outcome = msgspec.convert(node, _Outcome)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    _, signature = members.get("sign", ("", ""))
    if signature or outcome.code == OK:
        keys.verify(text.encode(), signature if isinstance(signature, str) else "")
    if outcome.code == OK and name not in members:
        raise ValueError("another method's answer")
    return AlipayAnswer(outcome.code, outcome.sub_code, cast("dict[str, Any]", node))

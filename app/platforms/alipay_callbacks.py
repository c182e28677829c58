"""What Alipay pushes to a mini-program's server: signed forms.

https://opendocs.alipay.com/common/02km9j
"""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import parse_qsl

from app.platforms.bodies import BodyError
from app.platforms.errors import CallbackSignatureInvalidError
from push.alipay_signing import AlipayKeys, NotSignedError, write_notification

_CHARSETS = {"utf-8", "gbk"}


def read_form(body: bytes) -> tuple[dict[str, str], str]:
    """The parameters, and the charset in which they were signed; raises BodyError."""
    try:
        text = body.decode("ascii")
        charset = dict(parse_qsl(text, encoding="latin-1")).get("charset", "utf-8").lower()
        if charset not in _CHARSETS:
            raise BodyError
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=True, encoding=charset, errors="strict")
    except ValueError:
        raise BodyError from None
    if len({name for name, _ in pairs}) < len(pairs):
        raise BodyError
    return dict(pairs), charset


def verify_form(keys: AlipayKeys, app_id: str, form: dict[str, str], charset: str) -> None:
    """That Alipay has signed it, and for this app."""
    try:
        keys.verify(write_notification(form, charset), form.get("sign", ""))
    except NotSignedError:
        raise CallbackSignatureInvalidError("The signature is not Alipay's for this app.") from None
    if form.get("app_id") != app_id:
        raise CallbackSignatureInvalidError("What was pushed is for another app.")


def read_time(form: dict[str, str]) -> datetime:
    """When it was sent; raises BodyError."""
    milliseconds = form.get("utc_timestamp", "")
    if not milliseconds.isascii() or not milliseconds.isdigit() or len(milliseconds) > 13:  # noqa: PLR2004  until 2286
        raise BodyError
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC)

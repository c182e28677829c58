"""What Alipay's error codes mean here: `code` names the kind, `sub_code` the reason.

https://opendocs.alipay.com/common/02km9f
"""

from __future__ import annotations

import re

import structlog

from app.errors import RefusedError
from app.platforms.errors import LoginCodeInvalidError, ProviderRefusedError, ProviderUnavailableError
from push.alipay_gateway import BUSY

log = structlog.get_logger()

_CALLS_LIMITED = "40005"
_LIMITED_SECONDS = 60
_CODE_SHAPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._\-]{0,63}")

_CODE_INVALID = {
    "isv.code-invalid": "The code is not valid, or its time is over.",
    "isv.code-used": "The code has been used.",
    "isv.code-expired": "The code's time is over.",
}
_REFUSED = {
    "20001": "Alipay does not accept the authorisation.",
    "40001": "Alipay misses a parameter of the call.",
    "40002": "Alipay does not accept a parameter of the call.",
    "40003": "Alipay finds a condition of the call not met.",
    "40004": "Alipay could not do what was asked.",
    "40006": "The app has no permission for this call.",
    "isv.invalid-signature": "Alipay does not accept this server's signature.",
    "isv.invalid-app-id": "Alipay does not know the app_id.",
    "isv.app-unbind-partner": "The app is bound to no partner at Alipay.",
    "isv.grant-type-invalid": "Alipay does not know the kind of grant that was asked for.",
    "isv.invalid-timestamp": "Alipay finds this server's clock to be off.",
    "isv.missing-signature-key": "The app's public key is not registered at Alipay.",
    "isv.insufficient-isv-permissions": "The app has no permission for this call.",
    "isv.insufficient-user-permissions": "The user has not granted this.",
    "isv.unknown-user": "Alipay does not know the user.",
}


def refusal_of(app_id: str, code: str, sub_code: str) -> RefusedError:
    """What to raise for an error; Alipay's own words are not passed on, since they may quote what was sent."""
    if sub_code in _CODE_INVALID:
        return LoginCodeInvalidError(_CODE_INVALID[sub_code])
    if code == BUSY or sub_code.startswith(("isp.", "aop.unknow-error")):
        return ProviderUnavailableError("Alipay says that it is busy.")
    if code == _CALLS_LIMITED:
        return ProviderUnavailableError("Alipay's limit of this call is reached.", retry_after=_LIMITED_SECONDS)
    word = next((word for word in (sub_code, code) if _CODE_SHAPE.fullmatch(word)), "no-code")
    log.error("platform.refused", platform="alipay", app_id=app_id, code=word)
    detail = _REFUSED.get(sub_code) or _REFUSED.get(code) or f"Alipay refuses with code {word}."
    return ProviderRefusedError(detail, code=word)

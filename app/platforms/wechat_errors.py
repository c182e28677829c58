"""What WeChat's error codes mean here.

https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/ names them with each call.
"""

from __future__ import annotations

import structlog

from app.errors import RefusedError
from app.platforms.errors import LoginCodeInvalidError, ProviderRefusedError, ProviderUnavailableError

log = structlog.get_logger()

OK = 0
BUSY = -1
TOKEN_REFUSED = frozenset({40001, 40014, 42001})
"""The access token is wrong or over: another is fetched, and the question put once more."""

_CODE_INVALID = {
    40029: "The code is not valid, or its five minutes are over.",
    40163: "The code has been used.",
    40226: "WeChat holds this user back for now, as one at high risk.",
}
_LIMITED = {
    45009: (3600, "WeChat's daily quota of this call is used up."),
    45011: (60, "WeChat's limit of this call a minute is reached."),
}
"""How many seconds to wait, and what to say."""
_REFUSED = {
    40001: "WeChat does not accept this server's access token.",
    40002: "WeChat does not know the kind of grant that was asked for.",
    40013: "WeChat does not know the app_id.",
    40014: "WeChat does not accept this server's access token.",
    40066: "WeChat does not accept the address that was asked.",
    40097: "WeChat does not accept a parameter of the call.",
    40125: "WeChat does not accept the app's secret.",
    40129: "WeChat does not accept the scene.",
    40164: "WeChat does not let this server's address ask for the app.",
    40169: "WeChat finds the scene too long.",
    40243: "WeChat has frozen the app's secret.",
    41002: "WeChat misses the app_id.",
    41004: "WeChat misses the app's secret.",
    41008: "WeChat misses the code.",
    41030: "The mini-program has no such page in its published version.",
    42001: "WeChat does not accept this server's access token.",
    43002: "WeChat expects another method.",
    48001: "The app has no permission for this call.",
    50001: "The app has no permission for this call.",
    50002: "WeChat restricts this user.",
    85096: "WeChat lets no such page be opened by a code.",
    89503: "The app's administrator must confirm this server's address first.",
    89506: "The app's administrator has refused this server's address.",
    89507: "The app's administrator has refused this server's address.",
}


def refusal_of(app_id: str, errcode: int) -> RefusedError:
    """What to raise for an error; WeChat's own words are not passed on, since they may quote what was sent."""
    if errcode in _CODE_INVALID:
        return LoginCodeInvalidError(_CODE_INVALID[errcode])
    if errcode == BUSY:
        return ProviderUnavailableError("WeChat says that it is busy.")
    if errcode in _LIMITED:
        retry_after, detail = _LIMITED[errcode]
        return ProviderUnavailableError(detail, retry_after=retry_after)
    log.error("platform.refused", platform="wechat", app_id=app_id, code=errcode)
    return ProviderRefusedError(_REFUSED.get(errcode, f"WeChat refuses with code {errcode}."), code=str(errcode))

"""Of logging in, and of who somebody is."""

from __future__ import annotations

from collections.abc import Mapping

from api.meanings.meaning import Meaning

_LOG_IN = ("请重新登录。", "Log in again.")

MEANINGS: Mapping[str, Meaning] = {
    "otp-wrong": Meaning(
        401, "验证码不正确", "The one-time password is wrong", "请核对短信后重试。", "Check the text and try again."
    ),
    "otp-expired": Meaning(
        401, "验证码已失效", "The one-time password has ended", "请重新获取验证码。", "Ask for a new one."
    ),
    "session-expired": Meaning(401, "登录已过期", "The session has ended", *_LOG_IN),
    "session-reused": Meaning(
        401,
        "登录凭证被重复使用，已退出",
        "A refresh token was used twice; the session is ended",
        "请重新登录；若非本人操作请锁定账户。",
        "Log in again, and lock the account if this was not you.",
    ),
    "unauthenticated": Meaning(401, "未登录", "Not authenticated", *_LOG_IN),
    "identity-not-verified": Meaning(
        403, "尚未实名认证", "The identity is not verified", "请完成实名认证。", "Prove your identity."
    ),
    "installation-not-approved": Meaning(
        403,
        "此设备尚未获准",
        "This installation is not approved",
        "请在原设备上批准，或重新完成身份验证。",
        "Approve it on a device you already use, or prove your presence.",
    ),
}

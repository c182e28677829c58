"""Of WeChat, Alipay and the other providers that are asked."""

from __future__ import annotations

from collections.abc import Mapping

from api.meanings.meaning import Meaning

MEANINGS: Mapping[str, Meaning] = {
    "login-code-invalid": Meaning(
        401,
        "授权码无效",
        "The code is not valid",
        "请在小程序内重新获取授权码。",
        "Get a new code in the mini-program.",
    ),
    "app-unknown": Meaning(
        422,
        "未知的小程序",
        "The mini-program is not known here",
        "请核对小程序的 app_id。",
        "Check the app_id of the mini-program.",
    ),
    "provider-refused": Meaning(
        422,
        "第三方平台拒绝了请求",
        "The provider refuses",
        "请按提示处理，或联系运营方。",
        "Read `detail`; tell the operator if it stays.",
    ),
    "provider-unavailable": Meaning(
        503,
        "第三方平台暂不可用",
        "The provider is not available",
        "请稍后重试，或换一种登录方式。",
        "Try again when Retry-After says, or another way.",
    ),
    "registry-unknown": Meaning(
        404,
        "未知的证照库",
        "The registry is not known here",
        "请核对回调地址中证照库的编号。",
        "Check the registry's id in the address of the callback.",
    ),
    "callback-signature-invalid": Meaning(
        403,
        "回调签名无效",
        "The callback's signature is not valid",
        "请核对回调令牌与密钥。",
        "Check the callback's token and keys.",
    ),
    "callback-stale": Meaning(
        403, "回调已过时", "The callback is too old", "请校准时钟后重新签名。", "Set the clock, and sign anew."
    ),
}

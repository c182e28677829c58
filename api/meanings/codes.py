"""Of codes and of those who scan them, in the order in which a code is checked."""

from __future__ import annotations

from collections.abc import Mapping

from api.meanings.meaning import Meaning

_AGAIN = ("请出示方刷新后重新扫码。", "Ask the holder to refresh the code, then scan again.")
_CHECK_APP = ("请确认对方出示的是官方应用中的服务码。", "Make sure that the code is shown by the official app.")

MEANINGS: Mapping[str, Meaning] = {
    "code-not-ours": Meaning(422, "不是服务码", "Not a service code", *_CHECK_APP),
    "code-malformed": Meaning(422, "码已损坏", "The code is damaged", *_AGAIN),
    "code-issuer-unknown": Meaning(422, "签发地未获认可", "The issuer is not known", *_CHECK_APP),
    "code-algorithm-refused": Meaning(422, "签名方式不被接受", "The signature's algorithm is refused", *_CHECK_APP),
    "code-signature-invalid": Meaning(422, "签名无效", "The signature is not valid", *_CHECK_APP),
    "code-not-yet-valid": Meaning(
        422,
        "码尚未生效",
        "The code is not valid yet",
        "请核对手机时间后刷新。",
        "Check the phone's clock and refresh the code.",
    ),
    "code-expired": Meaning(422, "码已过期", "The code has expired", *_AGAIN),
    "code-lifetime-excessive": Meaning(422, "码的有效期超限", "The code's lifetime is too long", *_CHECK_APP),
    "code-revoked": Meaning(
        409, "码已失效", "The code is no longer good", "请对方打开应用查看。", "Ask the holder to open the app."
    ),
    "code-already-used": Meaning(409, "码已被使用", "The code was used already", *_AGAIN),
    "code-form-refused": Meaning(
        422,
        "此用途不接受离线生成的码、纸质码或证照的码",
        "This purpose takes no code that was made offline, is on paper, or shows a licence",
        "请对方联网刷新服务码后重新扫码；证照请用“索要证照”。",
        "Ask the holder to go online and show a code of now; a licence is read by asking for it.",
    ),
    "binding-ended": Meaning(
        409,
        "授权或亲友关系已结束",
        "The delegation or care relation has ended",
        "请刷新列表；如仍需要，请联系对方重新办理。",
        "Look at the list again; whoever granted it can grant it anew.",
    ),
    "binding-rests": Meaning(
        409,
        "授权或亲友关系暂停使用",
        "The delegation or care relation is paused",
        "恢复后会通知您，届时即可再次出示。",
        "You are told when it works again; show its code then.",
    ),
    "purpose-not-registered": Meaning(
        403,
        "用途未登记",
        "The purpose is not registered",
        "请使用本场所获批的用途。",
        "Use the purpose approved for this venue.",
    ),
    "venue-not-approved": Meaning(
        403, "场所尚未获批", "The venue is not approved yet", "请等待运营方审批。", "Wait for an operator's approval."
    ),
    "scan-not-annullable": Meaning(
        409, "已过撤销时限", "Too late to annul", "请联系运营方。", "Ask the operator; 24 hours are over."
    ),
}

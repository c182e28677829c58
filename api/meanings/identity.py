"""Of proving who somebody is, and of the logins that are tied to a person."""

from __future__ import annotations

from collections.abc import Mapping

from api.meanings.meaning import Meaning

MEANINGS: Mapping[str, Meaning] = {
    "identity-not-confirmed": Meaning(
        422,
        "身份信息未通过核验",
        "The identity is not confirmed",
        "请核对姓名与证件号码，或换一种方式重试。",
        "Check name and ID number, or try another kind of evidence.",
    ),
    "evidence-expired": Meaning(
        422, "身份验证已失效", "The evidence has ended", "请重新开始身份验证。", "Start a new check; one is good once."
    ),
    "evidence-pending": Meaning(
        409,
        "身份验证尚未完成",
        "The check is not finished",
        "请先完成验证，再提交。",
        "Go through the check, then ask again.",
    ),
    "evidence-not-offered": Meaning(
        422,
        "本地未提供此验证方式",
        "This kind of evidence is not offered here",
        "请换一种验证方式。",
        "Use another kind of evidence.",
    ),
    "guardian-consent-required": Meaning(
        403,
        "未满十四周岁，需监护人同意",
        "Under 14: a guardian must consent first",
        "请监护人在其账户中同意后，再重新验证。",
        "Ask a guardian to consent in their own account, then prove the identity again.",
    ),
    "guardian-not-eligible": Meaning(
        403,
        "此账户不能作监护人",
        "This account cannot be a guardian",
        "监护人须年满十八周岁，并以证件号码完成实名认证。",
        "A guardian is 18 or older, and has proven their identity by ID number.",
    ),
}

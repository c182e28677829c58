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
        "请监护人在其账户中同意，并经窗口或另一位监护人确认后，再重新验证。",
        "A guardian consents, and a window or the other guardian confirms it; then prove the identity again.",
    ),
    "identity-differs": Meaning(
        409,
        "与本账户的实名身份不一致",
        "This account is another person's",
        "请退出后用本人的手机号、微信或支付宝登录。",
        "Log in by an account of your own.",
    ),
    "presence-required": Meaning(
        403,
        "账户已锁定，须本人到场验证",
        "The account is locked: its owner must be present",
        "请使用人脸认证或网证，或到窗口办理。",
        "Prove it by face or network credential, or at a window.",
    ),
    "claim-not-ready": Meaning(
        409,
        "申请尚未获准或未满等待期",
        "The claim is neither approved nor due",
        "请在已登录的设备上批准，或等待期满。",
        "Approve it on a device that is let in, or wait until it is due.",
    ),
    "claim-ended": Meaning(
        409,
        "申请已结束",
        "The claim has ended",
        "请重新验证身份。",
        "Prove the identity again.",
    ),
    "login-already-linked": Meaning(
        409,
        "此账号已被他人使用",
        "The account is another resident's login",
        "若对方也是您本人，请用该账号登录后完成实名认证，以合并账户。",
        "If that is you too, log in by it and prove your identity there: the two become one.",
    ),
    "last-login": Meaning(
        409,
        "不能解除唯一的登录方式",
        "The last login cannot be unlinked",
        "请先绑定另一种登录方式。",
        "Link another login first.",
    ),
    "guardian-not-eligible": Meaning(
        403,
        "此账户不能作监护人",
        "This account cannot be a guardian",
        "监护人须年满十八周岁，并以证件号码完成实名认证。",
        "A guardian is 18 or older, and has proven their identity by ID number.",
    ),
}

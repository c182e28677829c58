"""Of questions for licences, their answers, and presentations that are checked; those in the order of checking."""

from __future__ import annotations

from collections.abc import Mapping

from api.meanings.meaning import Meaning

_AGAIN = ("请持证人重新出示。", "Ask the holder to present it again.")
_GENUINE = ("请确认对方使用的是官方应用。", "Make sure that the holder uses an official app.")
_ASK_AGAIN = ("如仍需要，请重新发起请求。", "Ask anew if it is still needed.")

MEANINGS: Mapping[str, Meaning] = {
    "licence-not-held": Meaning(
        409,
        "没有可出示的此类证照",
        "No such licence to show",
        "请在候选证照中选择；没有的证照可先同步钱包。",
        "Choose among the candidates; sync the wallet for one that is missing.",
    ),
    "consent-refused": Meaning(
        409,
        "对方未同意出示",
        "The holder said no",
        "请改用其他方式核验；不同意不需要理由。",
        "Look for another way: nobody has to say why they refuse.",
    ),
    "consent-timed-out": Meaning(409, "对方未在时限内答复", "Nobody answered in time", *_ASK_AGAIN),
    "presentation-answered": Meaning(
        409,
        "已经答复过",
        "It was answered already",
        "请刷新查看结果；每个请求只能答复一次。",
        "Look at what became of it: a question is answered once.",
    ),
    "presentation-ended": Meaning(409, "请求已结束", "The question is over", *_ASK_AGAIN),
    "presentation-malformed": Meaning(422, "出示内容无法识别", "This is no presentation that is read here", *_AGAIN),
    "presentation-issuer-unknown": Meaning(422, "签发方未获认可", "The issuer is not known", *_GENUINE),
    "presentation-issuer-untrusted": Meaning(
        422,
        "签发方无权签发此类证照",
        "The issuer is not trusted for this kind of licence",
        *_GENUINE,
    ),
    "presentation-signature-invalid": Meaning(422, "签名无效", "The signature is not valid", *_GENUINE),
    "presentation-altered": Meaning(422, "出示内容被改动", "What is disclosed was altered", *_GENUINE),
    "presentation-not-yet-valid": Meaning(422, "凭证尚未生效", "The credential is not valid yet", *_AGAIN),
    "presentation-expired": Meaning(422, "凭证已过期", "The credential has expired", *_AGAIN),
    "presentation-revoked": Meaning(
        409,
        "凭证已失效",
        "The credential is no longer good",
        "请持证人打开应用查看。",
        "Ask the holder to open the app.",
    ),
    "holder-binding-missing": Meaning(422, "缺少持有人签名", "Nobody proves to be its holder", *_AGAIN),
    "holder-binding-invalid": Meaning(422, "持有人签名无效", "The holder's signature is not valid", *_AGAIN),
    "nonce-wrong": Meaning(422, "不是对本次请求的答复", "It answers another question", *_AGAIN),
    "audience-wrong": Meaning(422, "不是出示给本方的", "It was made for another verifier", *_AGAIN),
    "presentation-replayed": Meaning(
        409,
        "凭证已出示过",
        "The credential was shown before",
        "每个凭证只能出示一次，请使用新的凭证。",
        "Each is for one showing: present another.",
    ),
    "verifier-unknown": Meaning(
        422,
        "请求方未登记",
        "Whoever asks is not registered here",
        "请勿继续；正规机构可向平台申请登记。",
        "Do not go on. An honest verifier can be registered by the operator.",
    ),
    "request-object-invalid": Meaning(
        422,
        "请求无效",
        "The verifier's question is not good",
        "请让对方重新生成请求；请求须由登记的密钥签名且在时限内。",
        "Ask for a new one: signed by a registered key, meant for this wallet, and of this minute.",
    ),
    "request-unsupported": Meaning(
        422,
        "不支持该请求的方式",
        "The verifier asks in a way that is not answered here",
        "请让对方按 docs/openid4vp.md 调整请求。",
        "Ask as docs/openid4vp.md has it: dc+sd-jwt, claims of one level, direct_post.",
    ),
    "response-address-refused": Meaning(
        422,
        "地址不被接受",
        "The address is not accepted",
        "地址须为已登记的 https 公网地址。",
        "It must be https, of an origin registered for this verifier, and lead outside.",
    ),
    "answer-not-delivered": Meaning(
        502,
        "对方未能收到",
        "The verifier did not take the answer",
        "请稍后重试；不会重复出示。",
        "Try again in a moment: the same answer is sent, nothing is presented anew.",
    ),
    "verifier-exists": Meaning(
        409,
        "该请求方已登记",
        "This verifier is registered already",
        "请先注销原登记。",
        "Withdraw the one that there is first.",
    ),
}

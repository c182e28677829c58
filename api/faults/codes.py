"""Why a code, a credential or a receipt is not believed."""

from __future__ import annotations

from collections.abc import Mapping

FAULTS: Mapping[str, str] = {
    "Nothing was read.": "没有读到任何内容。",
    "This is not a service code.": "这不是服务码。",
    "A code of a form that is not read here, or far too long.": "此处不读取这种形式的码，或内容过长。",
    "The code is not whole.": "码不完整。",
    "The code's claims make no sense.": "码中的内容不合规。",
    "No trusted key for codes of this province bears this kid.": "该省可信的密钥中没有这个 kid。",
    "No trusted key for codes of this province and time.": "没有该省在该时间可信的密钥。",
    "The key is trusted for ES256 alone.": "该密钥只可用于 ES256。",
    "The signature does not fit the code.": "签名与码不符。",
    "The phone's signature does not fit the code.": "手机的签名与码不符。",
    "The certificate's claims make no sense.": "手机证书中的内容不合规。",
    "The certificate's key is no point of P-256.": "手机证书中的密钥不是 P-256 的点。",
    "The code is from the future.": "码的签发时间晚于现在。",
    "The code has expired.": "码已过期。",
    "The code claims too long a life.": "码的有效期过长。",
    "The paper code has expired: it can be printed anew.": "纸质码已过期，可重新打印。",
    "The code or its certificate is from the future.": "码或手机证书的时间晚于现在。",
    "The code or its certificate has expired.": "码或手机证书已过期。",
    "The certificate claims too long a life.": "手机证书的有效期过长。",
    "Codes of this province are not spent here.": "该省的码不在此处核销。",
    "A private key never leaves its phone: make others, and send their public halves.": (
        "私钥绝不应离开手机。请重新生成密钥，只发送公钥。"
    ),
    "A key came twice: each is for one showing.": "有密钥重复：每枚密钥只用于一次出示。",
    "A key is not a public key of P-256 (RFC 7517, kty EC).": "有一枚密钥不是 P-256 的公钥（RFC 7517，kty EC）。",
    "This is no credential as it is presented.": "这不是可出示的凭证。",
    "A credential of a form that is not read here.": "此处不读取这种形式的凭证。",
    "No trusted key of this issuer and time.": "没有该签发方在该时间可信的密钥。",
    "The signature does not fit the credential.": "签名与凭证不符。",
    "The credential is not good yet.": "凭证尚未生效。",
    "The credential has expired.": "凭证已过期。",
    "It answers another question.": "它回答的是另一次查询。",
    "It was made for another verifier.": "它是出示给另一个验证方的。",
    "Nobody proves to be its holder.": "没有证明出示人是持证人。",
    "What binds it to its holder cannot be read.": "无法读取它与持证人的绑定。",
    "It is bound to its holder in a form that is not read here.": "此处不读取这种形式的持证人绑定。",
    "Another key than its holder's presents it.": "出示所用的密钥不是持证人的。",
    "Its holder presented something else.": "持证人出示的是另一份内容。",
    "Its holder presented it at another time.": "持证人是在另一时间出示的。",
    "A claim that a credential must not hide was hidden.": "凭证隐去了不得隐去的声明。",
    "A disclosure is shown twice.": "有披露项重复出示。",
    "A disclosure is not among what was signed.": "有披露项不在签名范围之内。",
    "A name that stands for elements of arrays.": "有名称只能用于数组元素。",
    "A disclosure of a name that is no field's, or that is there already.": "有披露项的名称不是字段，或已经存在。",
    "Nested too deep.": "嵌套层次过深。",
    "A digest stands twice.": "有摘要重复出现。",
    "A disclosure is no JSON.": "有披露项不是 JSON。",
    "A disclosure has not its parts.": "有披露项缺少组成部分。",
    "What stands for digests is none.": "应为摘要之处不是摘要。",
    "No federation key of that province, good when it was signed, made this signature.": (
        "签名不是由该省当时有效的联盟密钥作出的。"
    ),
    "It says that it was signed in a time to come.": "它所写的签名时间晚于现在。",
    "This is too long for a receipt.": "内容过长，不可能是回执。",
    "This is not a receipt.": "这不是回执。",
    "A later version of the program made this receipt: check it with that.": (
        "这份回执由更新版本的程序生成，请用该版本核验。"
    ),
    "The proof is of another look than the receipt.": "证明与回执说的不是同一次查看。",
    "The proof does not lead to its head.": "证明与日志头不符。",
    "No federation key of that province signed the head.": "日志头不是由该省的联盟密钥签名的。",
    "This is not the proof of a receipt.": "这不是回执的证明。",
}

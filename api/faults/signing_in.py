"""Why somebody is not let in: sessions, tokens, scanners' credentials and their proofs."""

from __future__ import annotations

from collections.abc import Mapping

FAULTS: Mapping[str, str] = {
    "The session has ended.": "会话已结束。",
    "The access token has ended.": "访问令牌已过期。",
    "The access token is not good.": "访问令牌无效。",
    "The refresh token is not good.": "刷新令牌无效。",
    "Too many streams are open: close some.": "打开的消息流过多，请关闭一些。",
    "The session is of another installation: each registers itself.": "会话属于另一台设备：每台设备只登记自己。",
    "This is not a scanner's credential.": "这不是扫码设备的凭证。",
    "The scanner's credential was renewed: use the new one.": "扫码设备的凭证已更新，请使用新的凭证。",
    "The scanner's credential has ended: enrol it again.": "扫码设备的凭证已过期，请重新登记。",
    "The scanner was revoked: enrol it again.": "扫码设备已停用，请重新登记。",
    "DPoP: there must be one header with one proof.": "DPoP：应有且仅有一个请求头，其中一份证明。",
    "DPoP: this is not a JWT.": "DPoP：这不是 JWT。",
    "jti: this proof was used before; make one for each request.": "jti：该证明已使用过，每次请求应生成新的证明。",
    "Authorization: this scanner has a key; send `DPoP <credential>` and a proof.": (
        "Authorization：该扫码设备已登记密钥，请发送 `DPoP <credential>` 和证明。"
    ),
    "typ: it must be dpop+jwt.": "typ：应为 dpop+jwt。",
    "alg: it must be that of the registered key, {known}.": "alg：应与登记的密钥一致，{known}。",
    "crit: no extension is understood here.": "crit：此处不支持任何扩展。",
    "jwk: it must be the registered public key.": "jwk：应为登记的公钥。",
    "claims: they must be a JSON object.": "claims：应为 JSON 对象。",
    "htm: it must be the request's method.": "htm：应为请求的方法。",
    "htu: it must be {address}, without query or fragment.": "htu：应为 {address}，不含查询参数和片段。",
    "iat: it must be the time in seconds since 1970.": "iat：应为 1970 年以来的秒数。",
    "iat: it must be within 60 seconds of the server's clock, which Date shows.": (
        "iat：与服务器时钟（见 Date）相差不应超过 60 秒。"
    ),
    "ath: it must be the SHA-256 of the credential, in base64url.": "ath：应为凭证的 SHA-256，以 base64url 编码。",
    "jti: it must be a text of 1 to 128 characters.": "jti：应为 1 至 128 个字符的文本。",
    "signature: the registered key did not make it.": "signature：不是由登记的密钥作出的。",
}

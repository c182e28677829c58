"""What is wrong with asking for licences, answering, and copying them."""

from __future__ import annotations

from collections.abc import Mapping

FAULTS: Mapping[str, str] = {
    "It has characters that cannot be seen on paper: type it again by hand.": (
        "其中有印在纸上看不见的字符，请手工重新输入。"
    ),
    "Say it in 1 to {longest} characters.": "请用 1 至 {longest} 个字说明。",
    "Ask for one licence or more, {most} at most.": "至少查询一种证照，最多 {most} 种。",
    "Each query has an id and a kind of licence of its own.": "每项查询的标识和证照种类都不能重复。",
    "Say which fields of {kind}.": "请说明 {kind} 的哪些字段。",
    "There is one presentation for each licence that was chosen.": "所选的每张证照都应有一份出示。",
    "A licence in hand answers one question: say licence_type and fields, or neither.": (
        "当面出示的证照只答一项查询：licence_type 与 fields 同时填写，或都不填写。"
    ),
    "Either queries, or one licence_type with its fields.": "填写 queries，或填写一种 licence_type 及其 fields。",
    "Say which kind of licence.": "请说明是哪种证照。",
    "Give the question itself, or request_uri, where it lies.": "请给出请求本身，或其所在的 request_uri。",
    "The body is no form.": "请求体不是表单。",
    "A parameter came twice.": "有参数重复出现。",
    "Send vp_token, or error.": "请发送 vp_token 或 error。",
    "Say who the verifier is.": "请说明验证方是谁。",
    "Keys go with a plain client_id; x509_hash: names the key by its certificate.": (
        "普通的 client_id 才填写密钥；x509_hash: 已由证书指明密钥。"
    ),
    "There is no such venue.": "没有这个场所。",
    "Request objects are signed by ES256: give a key of P-256.": "请求对象以 ES256 签名，请给出 P-256 的密钥。",
    "An origin is scheme and host alone, in small letters.": "origin 只有协议和主机名，且为小写。",
    "The address cannot be read.": "无法读取该地址。",
    "The address must begin with https://.": "地址必须以 https:// 开头。",
    "The address has parts that it must not have.": "地址中有不允许出现的部分。",
    "The address must have the name of a host.": "地址中必须有主机名。",
}

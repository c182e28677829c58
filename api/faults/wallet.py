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
    "Choose a licence for one query or more, each by its id.": "请为一项或多项查询选择证照，每项填写其标识。",
    "{query}: this is no {kind} of yours.": "{query}：这不是您的 {kind}。",
    "Another kind of licence is shown than was asked for.": "出示的证照与所查询的种类不同。",
    "It is not answered yet.": "尚未得到答复。",
    "Whoever asked may ask no more.": "查询方已无权查询。",
    "The answer lay here for its time.": "答复的保存时间已过。",
    "What was agreed to has been fetched, or lay there for its time.": "所同意的内容已被取走，或保存时间已过。",
    "What was told has been fetched, or lay there for its time.": "所告知的内容已被取走，或保存时间已过。",
    "No scan of this venue's last ten minutes has this id.": "本场所最近十分钟内没有该标识的扫码。",
    "Another key signs by now: ask anew.": "现已换用另一枚密钥签名，请重新查询。",
    "`state` is not this question's.": "`state` 不属于这次查询。",
    "vp_token is a JSON object: for each query's id, an array of one presentation.": (
        "vp_token 应为 JSON 对象：每项查询的标识对应一个只含一份出示的数组。"
    ),
    "The answer would go where this verifier is not.": "答复将发往不属于该验证方的地址。",
    "This question was put to somebody else.": "这次查询是向别人提出的。",
    "No registered key of this verifier signed it.": "签名不是由该验证方登记的密钥作出的。",
    "The verifier's certificate has ended, or is not good yet.": "验证方的证书已过期，或尚未生效。",
    "client_id: the question says another.": "client_id：与请求中的不同。",
    "aud: this question is for another wallet.": "aud：这个请求是给另一个卡包的。",
    "Neither iat nor exp says how old the question is.": "iat 和 exp 都没有说明请求的时间。",
    "exp: the question has run out.": "exp：请求已过期。",
    "iat: the question is not of this minute.": "iat：请求不是刚刚作出的。",
    "credential_sets are not answered here: each query is answered or refused.": (
        "此处不支持 credential_sets：每项查询单独同意或拒绝。"
    ),
    "{query}: {format} alone, one credential, no trusted_authorities.": (
        "{query}：只支持 {format}，一份凭证，且不含 trusted_authorities。"
    ),
    "{query}: no kind of licence here has one of these vct_values.": "{query}：没有证照种类具有这些 vct_values。",
    "{query}: claims are named by paths of one name, without values.": (
        "{query}：claims 的路径只含一个名称，且不含 values。"
    ),
    "The question is not as OpenID4VP 1.0 has it: {fault}": "请求不符合 OpenID4VP 1.0：{fault}",
    "The question cannot be fetched.": "无法获取请求。",
    "The request object is too long.": "请求对象过长。",
    "A request object has typ {typ} and alg ES256.": "请求对象的 typ 应为 {typ}，alg 应为 ES256。",
    "This is no signed request object.": "这不是经过签名的请求对象。",
    "{query}: another kind of licence is asked for.": "{query}：所查询的是另一种证照。",
    "{query}: nobody asked for {fields}.": "{query}：没有查询 {fields}。",
    "{query}: {fields} is asked for, and hidden.": "{query}：查询了 {fields}，但被隐去。",
    "{name} is not answered here.": "此处不支持 {name}。",
    "The name leads nowhere.": "该域名无法解析。",
    "The name leads to an inner address.": "该域名指向内部地址。",
    "{name}: {only} alone.": "{name}：只支持 {only}。",
}

"""What is wrong with what venues, scanners, mini-programs and the people behind the desk send."""

from __future__ import annotations

from collections.abc import Mapping

FAULTS: Mapping[str, str] = {
    "This is nobody who manages venues: give them the role first.": "此人没有场所管理权限，请先授予。",
    "The time must be as 2026-11-21T14:16:02.123Z: in UTC, with milliseconds.": (
        "时间应如 2026-11-21T14:16:02.123Z：UTC，精确到毫秒。"
    ),
    "This is not a six-digit division code of GB/T 2260.": "这不是 GB/T 2260 的六位行政区划代码。",
    "The key must be a JWK of EC with P-256, or of OKP with Ed25519.": (
        "密钥应为 JWK：EC 用 P-256，或 OKP 用 Ed25519。"
    ),
    "This is a private key: it never leaves the device. Send the public one.": (
        "这是私钥，绝不应离开设备。请发送公钥。"
    ),
    "The key's coordinates are not 32 bytes each in base64url.": "密钥坐标不是各 32 字节的 base64url。",
    "The key's coordinates are no point of its curve.": "密钥坐标不在其曲线上。",
    "This is not a cursor that this server gave.": "这不是本服务器给出的游标。",
    "This is not a picture that can be read: send PNG, JPEG or WebP.": "无法读取这张图片，请发送 PNG、JPEG 或 WebP。",
    "The id must be a UUIDv7 (RFC 9562).": "标识应为 UUIDv7（RFC 9562）。",
    "The body is neither JSON nor XML.": "请求体既不是 JSON 也不是 XML。",
    "The body is no form as Alipay sends it.": "请求体不是支付宝所发的表单。",
    "A scene has 1 to 32 characters, letters, digits and !#$&'()*+,/:;=?@-._~": (
        "scene 为 1 至 32 个字符：字母、数字和 !#$&'()*+,/:;=?@-._~"
    ),
    "A page is a path of the mini-program without a leading slash or parameters.": (
        "page 是小程序内的路径，开头没有斜杠，也不带参数。"
    ),
    "Say which campaign.": "请说明是哪次群发。",
    "There are {most} factors already: remove one first.": "已有 {most} 种二次验证方式，请先移除一种。",
    "Show exactly one of totp, passkey and recovery_code.": "totp、passkey、recovery_code 三者应只出示一种。",
    "Say whose: the whole phone.": "请填写对方的完整手机号。",
    "Find the resident first, and give the id that the search answered.": "请先查找居民，再填写查询所得的标识。",
    "Say which keys: code, certificate, paper, licence, list or federation.": (
        "请说明哪类密钥：code、certificate、paper、licence、list 或 federation。"
    ),
    "Say which key: the kid that the list of keys has.": "请说明哪枚密钥：填写密钥列表中的 kid。",
    "This is for operator and auditor; the others take no proposal.": (
        "只有 operator 与 auditor 需要提议；其他权限可直接授予。"
    ),
    "Say whose: the id that the list of staff has.": "请说明是谁：填写人员列表中的标识。",
    "This deployment knows no such act.": "本系统没有这种操作。",
    "Whoever proposed it holds the role no more: propose it anew.": "提议人已不再担任该角色，请重新提议。",
    "Nobody would be left to run the deployment.": "这样将没有人能管理本系统。",
}

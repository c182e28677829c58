"""What is wrong with a kind of licence, what may be asked of it, or a matter that needs some."""

from __future__ import annotations

from collections.abc import Mapping

FAULTS: Mapping[str, str] = {
    "This is not JSON.": "这不是 JSON。",
    "It names a field of the kind that is text and required.": "应指向该类证照中必填的文本字段。",
    "White text is not readable on it: take a darker one (4.5 to 1).": (
        "白色文字在此颜色上看不清，请选更深的颜色（对比度不低于 4.5:1）。"
    ),
    "A portrait needs a field that is an image.": "带照片的版式需要一个图片字段。",
    "Choose what listPurposes has.": "请从 listPurposes 所列的用途中选择。",
    "Choose what listLicenceTypes has.": "请从 listLicenceTypes 所列的证照中选择。",
    "Each field once.": "每个字段只写一次。",
    "Choose among the fields that the kind has.": "请从该类证照已有的字段中选择。",
    "From 0 to {longest} days.": "应为 0 至 {longest} 天。",
    "A credit code and three digits.": "应为统一社会信用代码加三位数字。",
    "There is no code to be certain of.": "没有代码，也就谈不上确定。",
    "At most {most}: the beginning of a code stands for many.": "最多 {most} 个；代码的开头几位可代表许多单位。",
    "A credit code, or the beginning of one.": "应为统一社会信用代码或其开头几位。",
    "Another field has this id.": "另一个字段已用此标识。",
    "Credentials have a claim of this name already.": "凭证中已有同名的声明。",
    "Another field is read from it.": "另一个字段已由它读出。",
    "An element of GB/T 36903, or KZ_ and letters of the kind's own.": (
        "应为 GB/T 36903 的数据元，或 KZ_ 加该类证照自定的字母。"
    ),
    "What is sensitive has a mask, and so has a picture.": "敏感字段和图片必须有脱敏方式。",
    "A scope of delegations, for what companies hold; `all` has every kind anyway.": (
        "企业证照填写一个授权事项；all 本来就包含所有证照。"
    ),
    "Each part once, and at most {most}.": "每个组成部分只写一次，最多 {most} 个。",
    "Another kind of the same holder's, which has no parts itself.": (
        "应为同一类持证人的另一种证照，且它自己没有组成部分。"
    ),
    "It is a part itself.": "它自己就是某证照的组成部分。",
    "It is another kind than the address names.": "与地址中的证照种类不一致。",
    "The body is no notice as docs/registries.md has it.": "请求体不是 docs/registries.md 所述的通知。",
    "There is no kind of licence {kind}.": "没有 {kind} 这种证照。",
    "Windows may not ask for {kind}.": "窗口不得查询 {kind}。",
    "Say what the kind is to be.": "请写明证照种类的定义。",
    "Say which kind.": "请说明是哪种证照。",
    "Say what the purpose is to ask.": "请说明该用途要查询什么。",
    "By now it breaks more than was said when it was proposed: propose it anew.": (
        "现在受影响的比提议时所说的更多，请重新提议。"
    ),
    "{kind}: windows may not ask for it.": "{kind}：窗口不得查询。",
    "{kind}: this purpose may not ask for it.": "{kind}：此用途不得查询。",
    "{kind}: beyond what this purpose may ask: {fields}.": "{kind}：超出此用途可查询的范围：{fields}。",
    "purpose {purpose} asks for {fields}, and would no longer get it": "用途 {purpose} 需要 {fields}，将无法再获得",
    "{kind} has it as a part, and would never be good again": "{kind} 以它为组成部分，将不再有效",
    "licences held by a {holder} would stay in wallets that this kind is not for": (
        "持证人为 {holder} 的证照将留在不适用此种类的卡包中"
    ),
    "{field} would be read from {after}, and registries tell it as {before}": (
        "{field} 将从 {after} 读取，而证照库以 {before} 提供"
    ),
    "{field} would be of kind {after}, and licences held have it as {before}": (
        "{field} 将成为 {after} 类型，而已持有的证照中它是 {before}"
    ),
    "licences whose identifier does not name {code} would be refused": "标识中没有 {code} 的证照将被拒绝",
    "licences of issuers that were trusted would be refused": "原先受信任的发证机关所发的证照将被拒绝",
    "valid licences without a last day would be refused": "没有截止日期的有效证照将被拒绝",
    "licences without {field} would be refused": "没有 {field} 的证照将被拒绝",
}

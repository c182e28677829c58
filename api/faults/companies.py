"""What is wrong with a delegation or a credit code."""

from __future__ import annotations

from collections.abc import Mapping

FAULTS: Mapping[str, str] = {
    "Choose what listDelegationScopes has.": "请从 listDelegationScopes 所列的事项中选择。",
    "Everything stands alone: there is nothing to add to it.": "“全部事项”单独使用，不能再加其他事项。",
    "A delegation begins today or on a day soon to come.": "授权应从今天或不久后的一天开始。",
    "A delegation ends after it begins.": "授权的结束应晚于开始。",
    "A delegation lasts {longest} days at most.": "授权最长 {longest} 天。",
    "This phone is your own: you act for the company as it is.": "这是您自己的手机号，您本来就能代表企业。",
    "A unified social credit code has 18 characters.": "统一社会信用代码有 18 位。",
    "A unified social credit code has digits, and letters without I, O, S, V and Z.": (
        "统一社会信用代码由数字和大写字母组成，不含 I、O、S、V、Z。"
    ),
    "The code's check character is wrong: a character was mistyped.": "信用代码的校验码不对，可能有一位输错了。",
    "The organisation code's own check character (the 17th) is wrong.": "组织机构代码的校验码（第 17 位）不对。",
    "No authority registers what the first two characters say.": "没有登记机关使用前两位所表示的类别。",
    "Characters 3 to 8 are no administrative division.": "第 3 至 8 位不是行政区划代码。",
    "The registry is asked by name and ID number: prove your identity by them first.": (
        "企业登记机关按姓名和身份证号核对，请先以此完成实名。"
    ),
    "The registry has named another representative since: ask again.": "登记的法定代表人已变更，请重新核对。",
    "A company has {most} delegations at most: end one first.": "一家企业最多有 {most} 项授权，请先结束一项。",
}

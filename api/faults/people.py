"""What is wrong with what people say of themselves, of each other and at a window."""

from __future__ import annotations

from collections.abc import Mapping

FAULTS: Mapping[str, str] = {
    "A network credential comes without name and ID number: leave them out.": "网证不带姓名和身份证号，请不要填写。",
    "The address to return to must begin with https://.": "返回地址必须以 https:// 开头。",
    "A name has {longest} characters at most.": "姓名最多 {longest} 个字。",
    "The name has a private-use character: write the rare character as Unicode has it.": (
        "姓名中有自造字，请使用 Unicode 中的生僻字。"
    ),
    "The name has a character that cannot be seen.": "姓名中有看不见的字符。",
    "A Chinese name has ideographs, with single dots (·) between them at most.": (
        "中文姓名由汉字组成，中间最多以单个间隔号（·）分开。"
    ),
    "A name has ideographs, or Latin letters with spaces, hyphens, apostrophes and commas between them.": (
        "姓名由汉字组成，或由拉丁字母组成，字母间可有空格、连字符、撇号和逗号。"
    ),
    "Numbers of 15 digits ended in 2013: give the 18 characters of the present card.": (
        "15 位号码已于 2013 年停用，请填写现用证件上的 18 位号码。"
    ),
    "An ID number has 17 digits, and a digit or X at the end.": "身份证号为 17 位数字，末位为数字或 X。",
    "The ID number's check character is wrong: a digit was mistyped.": "身份证号的校验码不对，可能有一位输错了。",
    "The ID number's region is not known.": "身份证号中的地区码不存在。",
    "The ID number's birth date is not a day of the calendar.": "身份证号中的出生日期不存在。",
    "The ID number's birth date is too long ago, or ahead of today.": "身份证号中的出生日期过早，或晚于今天。",
    "These are not the words in force: list the consents again.": "授权文本已更新，请重新获取授权列表。",
    "A carrier vouches for a phone: log in by its number first.": "运营商只核验手机号，请先用手机号登录。",
    "Nobody is their own relative.": "不能把自己添加为亲友。",
    "Write down the number of the document, or who issued it and when.": "请填写文件编号，或签发单位与日期。",
    "No texts are sent to this country: use a number of another, or a mini-program.": (
        "不向该国家或地区发送短信，请换用其他号码或小程序登录。"
    ),
    "WeChat holds no mobile number for this account.": "该微信账号没有绑定手机号。",
    "Whoever is 14 or older proves their identity without a guardian.": "已满十四周岁的，无需监护人即可实名。",
    "This is not a phone number.": "这不是电话号码。",
    "This is not a mobile number.": "这不是手机号。",
    "A paper is of a relative or of who stands at the window, not of both.": (
        "一张纸质码属于亲友或窗口前的本人，不能同时属于两者。"
    ),
    "Give the whole phone or the whole ID number, one of the two.": "请填写完整手机号或完整身份证号，二者选一。",
    "It goes with kind {kind}, and with no other.": "这一项只用于 {kind} 类型。",
    "One resident cares for {most} relatives at most.": "每位居民最多照护 {most} 位亲友。",
    "{most} residents at most care for one relative.": "一位亲友最多由 {most} 位居民照护。",
    "Care for a child goes on by the guardian's consent: agree by that again.": (
        "照护子女以监护人同意为准，请重新作出监护人同意。"
    ),
    "The child has no account yet.": "孩子还没有账户。",
    "One account consents for {most} children at most.": "一个账户最多可为 {most} 个孩子作出同意。",
    "The person is registered already.": "此人已经注册。",
    "This identity has a resident already.": "该身份已有居民账户。",
    "Nobody serves themself at a window: ask a colleague.": "不能在窗口为自己办理，请由同事办理。",
    "Nobody at a window is a party to what they do there: ask a colleague.": (
        "窗口人员不能办理与自己有关的业务，请由同事办理。"
    ),
}

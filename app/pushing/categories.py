"""What messages are about, as people choose among them: each is switched on and off as a whole, channel by channel."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec


class Category(msgspec.Struct, frozen=True):
    """A category's names; `phrase` is the one for WeChat's fields of five Chinese characters."""

    zh: str
    en: str
    phrase: str


CATEGORIES: Mapping[str, Category] = {
    "security": Category("账户安全", "Account security", "安全提醒"),
    "codes": Category("亮码与签到", "Codes and check-ins", "用码提醒"),
    "accesses": Category("谁看过我的信息", "Who looked at my data", "查询提醒"),
    "wallet": Category("证照", "Licences", "证照提醒"),
    "care": Category("亲友与监护", "Relatives and guardians", "亲友提醒"),
    "companies": Category("企业与代办", "Companies", "企业提醒"),
    "venues": Category("场所管理", "Venues I manage", "场所提醒"),
    "work": Category("工作权限", "My work", "工作提醒"),
    "roaming": Category("跨省随行", "Other provinces", "跨省提醒"),
    "campaigns": Category("资讯与活动", "News", "服务资讯"),
}
"""On an Android phone each is a notification channel of this name."""


def name_fields(category: str) -> dict[str, str]:
    """What templates of mini-programs can say of any message of a category."""
    named = CATEGORIES.get(category)
    return {"phrase": named.phrase} if named else {}

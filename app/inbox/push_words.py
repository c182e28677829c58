"""What a phone shows of a message before anybody has unlocked it: what happened, and what to do about it.

Whoever looks over a shoulder learns of no venue, person, company or number by it, and neither do Apple, Google, Tencent
and Alipay, who carry it: the app fetches the message itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from app.inbox.roaming_words import SaidJourney, name_province
from app.inbox.wording import word
from app.provinces import PROVINCES
from app.pushing.categories import name_fields
from app.pushing.topics import ARRIVED
from push.notices import Notice
from push.wordings import Spoken

_PAGE = "/resident#/"


class _Advice(NamedTuple):
    """The body in both languages, and where in the resident page it leads."""

    zh: str
    en: str
    view: str = "messages"


_LOCK = _Advice(
    "若非本人操作，请立即打开应用锁定账户。", "If this was not you, open the app and lock your account now."
)
_LOOK = _Advice("打开应用查看详情。", "Open the app to see more.")
_BY_CATEGORY: Mapping[str, _Advice] = {
    "security": _LOCK,
    "codes": _Advice(
        "打开应用查看时间和地点；若非本人操作，请锁定账户。",
        "Open the app to see where and when; if this was not you, lock your account.",
    ),
    "accesses": _Advice("打开应用查看说明。", "Open the app to read why."),
    "wallet": _Advice("打开应用查看是哪张证照。", "Open the app to see which licence.", "messages"),
    "care": _Advice("打开应用在「亲友」中查看。", "Open the app and look under Relatives.", "relatives"),
    "companies": _Advice("打开应用在「企业」中查看。", "Open the app and look under Companies.", "companies"),
}
_BY_TOPIC: Mapping[str, _Advice] = {
    "account.locked": _LOOK,
    "account.locked-by-desk": _LOOK,
    "account.deletion-requested": _Advice(
        "若非您本意，请在期满前登录取消。", "If you did not mean it, log in before the end to cancel."
    ),
    "claim.opened": _Advice("若不是您本人，请立即拒绝。", "If this is not you, deny it now.", "identity"),
    "claim.maturing": _Advice("若不是您本人，请立即拒绝。", "If this is not you, deny it now.", "identity"),
    "installation.new": _Advice(
        "若是本人，可批准该设备；若不是，请立即锁定账户。", "Approve it if it is yours; if not, lock your account now."
    ),
    "paper.ends-soon": _Advice("请在手机上或到办事窗口换新。", "Renew it on your phone or at a window.", "papers"),
    "paper.lost": _Advice("任何场所都不再接受。", "No venue takes it any more.", "papers"),
    "paper.withdrawn": _Advice("账户与数据不受影响。", "Your account and data are not affected.", "papers"),
    "presentation.asked": _Advice(
        "请打开应用，看清内容后再决定。", "Open the app, see what is asked, and decide.", "requests"
    ),
    "presentation.not-delivered": _Advice(
        "几分钟内可在「证照请求」中重试。", "Try again under Requests within some minutes.", "requests"
    ),
    "care.invited": _Advice(
        "请核对对方后再决定；不认识请拒绝。",
        "See who it is before you agree; refuse whoever you do not know.",
        "relatives",
    ),
    "delegation.invited": _Advice(
        "请核对企业后再决定；不认识请拒绝。",
        "See which one it is before you accept; decline if you do not know it.",
        "companies",
    ),
    ARRIVED: _Advice("点开查看当地服务、可用证照和电话。", "Local services, licences taken there and numbers to call."),
}


def speak(notice: Notice, category: str, *, english: bool) -> Spoken:
    """One notice for a locked screen; its title is the inbox's, and so names a province at most."""
    province = notice.data.get("province")
    title, _ = word(
        notice.topic,
        english=english,
        of_care=notice.data.get("kind") == "care",
        venue=None,
        at=None,
        journey=SaidJourney(province, by_scan=notice.data.get("source") == "scan"),
    )
    advice = _BY_TOPIC.get(notice.topic) or _BY_CATEGORY.get(category, _LOOK)
    fields = name_fields(category)
    view = advice.view
    if notice.topic == ARRIVED and province in PROVINCES:
        fields["province"] = name_province(province, english=english)
        view = f"roaming/{province}"
    return Spoken(title=title, body=advice.en if english else advice.zh, fields=fields, link=f"{_PAGE}{view}")

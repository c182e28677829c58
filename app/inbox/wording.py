"""What each topic says, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone

import msgspec

from app.inbox.care_words import CARE_WORDS
from app.inbox.copy_words import COPY_WORDS
from app.inbox.enterprise_words import ENTERPRISE_WORDS
from app.inbox.licence_words import LICENCE_WORDS, name_licence, name_standing
from app.inbox.lock_words import LOCK_WORDS
from app.inbox.login_words import LOGIN_WORDS
from app.inbox.paper_words import PAPER_WORDS
from app.inbox.presentation_words import PRESENTATION_WORDS
from app.inbox.roaming_words import BY_SCAN, ROAMING_WORDS, SaidJourney, name_province
from app.licences.model import Bilingual

_BEIJING = timezone(timedelta(hours=8))
"""The whole country's time, without a summer time since 1991: not every machine has the time zone database."""
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Wording(msgspec.Struct, frozen=True):
    """A title and a body, with {venue}, {time}, {licence} and the like where they say so."""

    title_zh: str
    title_en: str
    body_zh: str
    body_en: str


TOPICS: Mapping[str, Wording] = {
    "code.scanned": Wording(
        "您的码已被扫描",
        "Your code was scanned",
        "{time}，您的码在「{venue}」使用。若非本人操作，请立即锁定账户。",
        "Your code was used at {venue} at {time}. If this was not you, lock your account now.",
    ),
    "code.used-twice": Wording(
        "您的码被使用了两次",
        "Your code was used twice",
        "{time}，您的码在「{venue}」离线使用；此前它已于{other_time}在「{other}」使用。若非本人操作，请立即锁定账户并提出异议。",
        "Your code was used at {venue} at {time}, without a network; it had been used at {other} at {other_time}. If "
        "this was not you, lock your account now and dispute it.",
    ),
    "code.used-revoked": Wording(
        "已失效的码被使用",
        "A code that had ended was used",
        "{time}，您已失效的一枚码在离线的「{venue}」被出示。若非本人操作，请检查是否有人持有您的纸质码或旧手机。",
        "A code of yours that had ended was shown at {venue} at {time}, which had no network. If this was not you, see "
        "who may have a paper code or an old phone of yours.",
    ),
    "checked-in": Wording(
        "您已在场所签到",
        "You checked in",
        "{time}，您在「{venue}」扫码签到。若非本人操作，请立即锁定账户。",
        "You checked in at {venue} at {time}. If this was not you, lock your account now.",
    ),
    "scan.annulled": Wording(
        "一次扫码已撤销",
        "A scan was annulled",
        "{time}，「{venue}」撤销了一次误扫。",
        "{venue} annulled a mistaken scan at {time}.",
    ),
    "installation.new": Wording(
        "账户在新设备登录",
        "Your account was opened on a new device",
        "{time}，有新设备登录您的账户。若是本人，可批准该设备；若不是，请立即锁定账户。",
        "A new device opened your account at {time}. Approve it if it is yours; if not, lock your account now.",
    ),
    "installation.approved": Wording(
        "新设备已获批准",
        "A new device was approved",
        "{time}，您批准了一台新设备使用您的账户。",
        "You let a new device use your account at {time}.",
    ),
    "venue.transferred": Wording(
        "场所已移交",
        "A venue was handed over",
        "{time}，场所「{venue}」已由运营方移交给另一位管理员。它的终端与工作人员照常使用。",
        "The operator handed {venue} to another manager at {time}. Its scanners and staff work on.",
    ),
    "guardian.consent-used": Wording(
        "您的监护人同意已被使用",
        "Your consent as a guardian was used",
        "{time}，一名未满十四周岁的孩子凭您的同意完成了实名认证。您可随时撤回同意。",
        "A child under 14 proved their identity by your consent at {time}. You can withdraw it at any time.",
    ),
    "guardian.consented": Wording(
        "您的监护人已同意",
        "Your guardian consents",
        "{time}，您凭监护人的同意完成了实名认证。",
        "You proved your identity by your guardian's consent at {time}.",
    ),
    "guardian.withdrawn": Wording(
        "监护人同意已撤回",
        "Your consent as a guardian is withdrawn",
        "{time}，您撤回了监护人同意；凭此同意的码与登录均已失效。",
        "You withdrew your consent as a guardian at {time}: codes and sessions that rested on it have ended.",
    ),
    "guardian.consent-ended": Wording(
        "监护人撤回了同意",
        "Your guardian withdrew the consent",
        "{time}，监护人撤回了同意：您的码与登录均已失效。监护人重新同意后，请再次完成验证。",
        "Your guardian withdrew the consent at {time}: your codes and sessions have ended. Prove your identity again "
        "once they consent anew.",
    ),
    "consent.withdrawn": Wording(
        "授权已撤回",
        "A consent was withdrawn",
        "{time}，您撤回了一项授权，已立即生效。",
        "You withdrew a consent at {time}; it took effect at once.",
    ),
    "account.exported": Wording(
        "您的数据已导出",
        "Your data was exported",
        "{time}，您的全部数据已导出。若非本人操作，请立即锁定账户。",
        "All your data was exported at {time}. If this was not you, lock your account now.",
    ),
    "account.deletion-requested": Wording(
        "账户将注销",
        "Your account will be deleted",
        "{time}，已申请注销账户。账户现已锁定；期满前登录即可取消。",
        "Deleting your account was asked for at {time}. It is locked now; log in before the end to cancel.",
    ),
    "account.deletion-cancelled": Wording(
        "已取消注销",
        "Deletion was cancelled",
        "{time}，注销已取消。账户仍处于锁定状态，请重新核验身份。",
        "The deletion was cancelled at {time}. The account is still locked: prove your identity again.",
    ),
    "account.locked": Wording(
        "账户已锁定",
        "Your account is locked",
        "{time}，账户已锁定：所有登录、码与设备授权均已失效。",
        "Your account was locked at {time}: every session, code and trusted device has ended.",
    ),
    "account.locked-by-desk": Wording(
        "账户已由客服锁定",
        "The hotline locked your account",
        "{time}，客服应来电锁定了您的账户：所有登录、码与设备授权均已失效。完成身份验证即可恢复。",
        "The hotline locked your account at {time}, as a caller asked: every session, code and trusted device has "
        "ended. Prove your identity to use it again.",
    ),
    "staff.looked": Wording(
        "工作人员查询了您的账户",
        "Staff looked up your account",
        "{time}，工作人员因办理事项查询了您的账户（仅显示脱敏信息），理由已存档备查。若有疑问请联系客服。",
        "Staff looked up your account at {time} for a case; they saw masked data alone, and their reason is on file. "
        "Ask the hotline if this surprises you.",
    ),
    "dispute.upheld": Wording(
        "您的异议成立",
        "Your dispute is upheld",
        "{time}，您对「{venue}」一次使用记录的异议成立，请查看答复。",
        "Your dispute about {venue} was upheld at {time}; read the answer.",
    ),
    "dispute.rejected": Wording(
        "您的异议已答复",
        "Your dispute is answered",
        "{time}，您对「{venue}」一次使用记录的异议已答复：未发现异常，请查看说明。",
        "Your dispute about {venue} was answered at {time}: nothing wrong was found; read why.",
    ),
    "venue.dispute-upheld": Wording(
        "一位居民的异议成立",
        "A resident's dispute is upheld",
        "「{venue}」在{time}的一次扫码，居民提出的异议成立。请检查扫码流程。",
        "A resident's dispute about a scan at {venue} at {time} was upheld. Check how codes are scanned there.",
    ),
    "venue.rejected": Wording(
        "场所未获批准",
        "Your venue was not approved",
        "{time}，场所「{venue}」未获批准，理由见场所页面。",
        "{venue} was not approved at {time}; the venue's page says why.",
    ),
    "venue.suspended": Wording(
        "场所已暂停",
        "Your venue is suspended",
        "{time}，场所「{venue}」已暂停扫码，理由见场所页面。",
        "{venue} may not scan since {time}; the venue's page says why.",
    ),
    "staff.role-granted": Wording(
        "您获得了一项工作权限",
        "You were given a role",
        "{time}，您获得了一项工作权限。请登记二次验证后使用。",
        "You were given a role at {time}. Enrol a second factor to use it.",
    ),
    "staff.role-revoked": Wording(
        "您的一项工作权限已收回",
        "A role of yours was taken back",
        "{time}，您的一项工作权限已收回，相关登录已退出。",
        "A role of yours was taken back at {time}; the sessions that bore it have ended.",
    ),
    "staff.factor-added": Wording(
        "新增了二次验证方式",
        "A second factor was added",
        "{time}，您的账户新增了一种二次验证方式。若非本人操作，请立即锁定账户。",
        "A second factor was added to your account at {time}. If this was not you, lock your account now.",
    ),
    "staff.factor-removed": Wording(
        "移除了二次验证方式",
        "A second factor was removed",
        "{time}，您的账户移除了一种二次验证方式。若非本人操作，请立即锁定账户。",
        "A second factor was removed from your account at {time}. If this was not you, lock your account now.",
    ),
    "staff.factor-reset": Wording(
        "二次验证已重置",
        "Your second factors were reset",
        "{time}，两位工作人员重置了您的二次验证。请重新登记；若您未申请，请立即联系运营方。",
        "Two colleagues reset your second factors at {time}. Enrol anew; if you did not ask for it, call the operator.",
    ),
    "staff.factor-locked": Wording(
        "二次验证已暂时锁定",
        "Your second factor is locked for a while",
        "{time}，二次验证连续出错，已暂时锁定。若非本人操作，请立即锁定账户。",
        "Your second factor was wrong five times by {time} and is locked for a while. If this was not you, lock your "
        "account now.",
    ),
    "staff.recovery-code-used": Wording(
        "使用了恢复码",
        "A recovery code was used",
        "{time}，您的一枚恢复码已被使用。若非本人操作，请立即锁定账户。",
        "One of your recovery codes was used at {time}. If this was not you, lock your account now.",
    ),
    **{topic: Wording(*words) for topic, words in LOGIN_WORDS.items()},
    **{topic: Wording(*words) for topic, words in CARE_WORDS.items()},
    **{topic: Wording(*words) for topic, words in PAPER_WORDS.items()},
    **{topic: Wording(*words) for topic, words in PRESENTATION_WORDS.items()},
    **{topic: Wording(*words) for topic, words in ENTERPRISE_WORDS.items()},
    **{topic: Wording(*words) for topic, words in LOCK_WORDS.items()},
    **{topic: Wording(*words) for topic, words in COPY_WORDS.items()},
    **{topic: Wording(*words) for topic, words in LICENCE_WORDS.items()},
    **{topic: Wording(*words) for topic, words in ROAMING_WORDS.items()},
}


_OF_CARE: Mapping[str, Wording] = {
    "code.scanned": Wording(
        "亲友码已被扫描",
        "A relative's code was scanned",
        "{time}，亲友码在「{venue}」使用。您与亲友都会收到此通知。若非你们所为，请立即锁定账户。",
        "A relative's code was used at {venue} at {time}. You both receive this. If it was neither of you, lock your "
        "account now.",
    ),
    "checked-in": Wording(
        "已用亲友码签到",
        "Checked in with a relative's code",
        "{time}，亲友码在「{venue}」签到。您与亲友都会收到此通知。若非你们所为，请立即锁定账户。",
        "A relative's code checked in at {venue} at {time}. You both receive this. If it was neither of you, lock your "
        "account now.",
    ),
}
"""What is said of a code that a carer shows: it reaches the relative and the carer in the same words."""
_BY_SCAN: Mapping[str, Wording] = {topic: Wording(*words) for topic, words in BY_SCAN.items()}


class SaidLicence(msgspec.Struct, frozen=True):
    """The licence that a message is about."""

    name: Bilingual | None = None
    """Of its kind; None where the kind is there no more."""
    of_company: bool = False
    standing: str | None = None


_SOME_LICENCE = SaidLicence()
_SOME_JOURNEY = SaidJourney()


def word(
    topic: str,
    *,
    english: bool,
    of_care: bool = False,
    venue: str | None,
    at: datetime | None,
    other: tuple[str | None, datetime | None] = (None, None),
    company: str | None = None,
    licence: SaidLicence = _SOME_LICENCE,
    journey: SaidJourney = _SOME_JOURNEY,
) -> tuple[str, str]:
    """Title and body of a message; times are Beijing's. `other` is where and when something was the first time."""
    others: Mapping[str, Wording] = _OF_CARE if of_care else _BY_SCAN if journey.by_scan else {}
    wording = others.get(topic, TOPICS[topic])
    somewhere = "a venue" if english else "某场所"
    title = wording.title_en if english else wording.title_zh
    body = wording.body_en if english else wording.body_zh
    province = name_province(journey.province, english=english)
    return title.format(province=province), body.format(
        province=province,
        from_province=name_province(journey.from_province, english=english),
        venue=venue or somewhere,
        company=company or ("a company" if english else "某企业"),
        licence=name_licence(licence.name, of_company=licence.of_company, company=company, english=english),
        standing=name_standing(licence.standing, english=english),
        time=_tell(at, english=english),
        other=other[0] or somewhere,
        other_time=_tell(other[1], english=english),
    )


def name_topic(topic: str, *, english: bool) -> str | None:
    """What all messages of a topic are about, as their titles say it; None where each has words of its own."""
    return word(topic, english=english, venue=None, at=None)[0] if topic in TOPICS else None


def _tell(at: datetime | None, *, english: bool) -> str:
    return _say(at.astimezone(_BEIJING), english=english) if at else ""


def _say(at: datetime, *, english: bool) -> str:
    """The day is said too: a message may be read long after."""
    day = f"{at.day} {_MONTHS[at.month - 1]}" if english else f"{at.month}月{at.day}日"
    return f"{day} {at:%H:%M:%S}"

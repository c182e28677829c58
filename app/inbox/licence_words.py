"""What is said of licences: which one it is, by its kind, and how it stands."""

from __future__ import annotations

from collections.abc import Mapping

from app.inbox.login_words import Words
from app.licences.model import Bilingual

LICENCE_WORDS: Mapping[str, Words] = {
    "licence.shown": Words(
        "您的证照已被查看",
        "Your licence was looked at",
        "{time}，「{venue}」查看了{licence}。查看了哪些内容，见「谁看过我的信息」；若非本人操作，请立即锁定账户并提出异议。",
        "{venue} looked at {licence} at {time}. What it was told stands under Who looked at my data; if this was not "
        "you, lock your account now and dispute it.",
    ),
    "licence.changed": Words(
        "您的一张证照状态有变化",
        "A licence of yours has changed",
        "{time}，{licence}状态更新为：{standing}。详见「我的证照」；如有疑问，请联系发证机关。",
        "At {time} a registry changed how {licence} stands: it is now {standing}. See it under My licences; ask "
        "whoever issued it if this surprises you.",
    ),
}

_STANDINGS: Mapping[str, tuple[str, str]] = {
    "valid": ("有效", "valid"),
    "reissued": ("已换发", "replaced by a new one"),
    "expired": ("已过期", "expired"),
    "cancelled": ("已注销", "cancelled"),
    "revoked": ("已撤销", "revoked"),
    "withdrawn": ("已吊销", "withdrawn"),
    "unconfirmed": ("来源已停止接入，无法核实", "not to be confirmed any more, since its source is joined no more"),
}
_UNUSUAL = ("异常", "not good")


def name_standing(standing: str | None, *, english: bool) -> str:
    """How a licence stands, within a sentence."""
    return _STANDINGS.get(standing or "", _UNUSUAL)[english]


def name_licence(name: Bilingual | None, *, of_company: bool, company: str | None, english: bool) -> str:
    """Which licence it is, within a sentence: its holder's own, or that of a company that they act for."""
    if english:
        whose = company or "a company you act for"
        own = f"your licence ({name.en})" if name else "a licence of yours"
        return f"the licence ({name.en}) of {whose}" if of_company and name else own
    whose = f"「{company}」" if company else "您代办的企业"
    if name is None:
        return "您的一张证照"
    return f"{whose if of_company else '您'}的「{name.zh}」"

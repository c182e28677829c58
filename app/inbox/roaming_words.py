"""What is said to somebody who has come into another province, and how this was known."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from app.inbox.login_words import Words
from app.provinces import PROVINCES
from app.pushing.topics import ARRIVED

ROAMING_WORDS: Mapping[str, Words] = {
    ARRIVED: Words(
        "您已到达{province}",
        "You are in {province}",
        "点开可看当地的服务、可用的证照和常用电话。为什么收到：{time}，您的手机定位显示您已从{from_province}到{province}。"
        "您同意过使用位置，我们只保存省份；可在“我的 › 在外省”随时关闭，关闭即删除。",
        "Open it for the services there, the licences recognised and the numbers to call. Why you get this: your "
        "phone's position showed at {time} that you came from {from_province} to {province}. You agreed to that, and "
        "the province alone is kept. Switch it off at any time under Account, Other provinces, which erases it.",
    ),
}
BY_SCAN: Mapping[str, Words] = {
    ARRIVED: Words(
        "您已到达{province}",
        "You are in {province}",
        "点开可看当地的服务、可用的证照和常用电话。为什么收到：{time}，您的码在{province}的一处场所通过了扫码。"
        "您同意过使用位置，我们只保存省份；可在“我的 › 在外省”随时关闭，关闭即删除。",
        "Open it for the services there, the licences recognised and the numbers to call. Why you get this: your code "
        "was accepted at a venue in {province} at {time}. You agreed to that, and the province alone is kept. Switch "
        "it off at any time under Account, Other provinces, which erases it.",
    ),
}
"""In place of the words above where no position told it, but a scan."""


class SaidJourney(msgspec.Struct, frozen=True):
    """From where to where somebody came, by the provinces' codes."""

    province: str | None = None
    from_province: str | None = None
    by_scan: bool = False


def name_province(code: str | None, *, english: bool) -> str:
    """What a province is called in the reader's language."""
    name = PROVINCES.get(code or "")
    if name is None:
        return "another province" if english else "外省"
    return name.en if english else name.zh

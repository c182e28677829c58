"""The consents there are: what each is for, what it rests on, and what withdrawing it does.

The law meant is the Personal Information Protection Law of 2021 (个人信息保护法, PIPL), unless another is named.
A change of the words that a resident agrees to is a new version, and is asked anew (article 14).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from push.addresses import PushChannel


class GivenBy(StrEnum):
    """The act by which a consent is given."""

    REGISTERING = "registering"
    PROVING = "proving"
    SWITCH = "switch"


class ConsentKind(msgspec.Struct, frozen=True):
    """One purpose that a resident may agree to, or not."""

    kind: str
    given_by: GivenBy
    is_sensitive: bool
    """Sensitive personal information (PIPL, articles 28 and 29): agreed to separately."""
    is_essential: bool
    """Whether there is no account without it; whatever is not may be refused and costs nothing else (article 16)."""
    title_zh: str
    title_en: str
    purpose_zh: str
    purpose_en: str
    basis_zh: str
    basis_en: str
    withdrawing_zh: str
    withdrawing_en: str
    can_switch_on: bool = True
    can_switch_off: bool = True
    version: int = 1


TERMS = "terms"
IDENTITY = "identity"
MASKED_NAME = "masked-name"

_KINDS = (
    ConsentKind(
        kind=TERMS,
        given_by=GivenBy.REGISTERING,
        is_sensitive=False,
        is_essential=True,
        can_switch_on=False,
        can_switch_off=False,
        title_zh="服务条款",
        title_en="Terms of service",
        purpose_zh="开立账户：保存您登录所用的手机号或小程序账号、登录记录和消息。",
        purpose_en="Keeping an account: the phone or mini-program account you log in by, your log-ins and messages.",
        basis_zh="《个人信息保护法》第十三条第一款第（二）项：履行您作为一方的合同所必需。",
        basis_en="PIPL, article 13 (1)(2): needed for the contract that you are a party to.",
        withdrawing_zh="没有账户就无法提供服务：请注销账户。",
        withdrawing_en="There is no account without it: delete your account instead.",
    ),
    ConsentKind(
        kind=IDENTITY,
        given_by=GivenBy.PROVING,
        is_sensitive=True,
        is_essential=False,
        can_switch_on=False,
        title_zh="实名信息",
        title_en="Proven identity",
        purpose_zh="保存经核验的姓名与证件号码，用于签发您的个人码和证照。",
        purpose_en="Holding your proven name and ID number, to issue your code and your licences.",
        basis_zh="《个人信息保护法》第二十八、二十九条：敏感个人信息，经您单独同意。",
        basis_en="PIPL, articles 28 and 29: sensitive personal information, by your separate consent.",
        withdrawing_zh="立即删除姓名与证件号码，作废所有码，账户恢复为未实名，各处退出登录；该身份可重新用于实名。",
        withdrawing_en=(
            "Name and ID number are erased at once, every code ends, the account is unverified and logged out "
            "everywhere; the identity is free to be proven again."
        ),
    ),
    ConsentKind(
        kind=MASKED_NAME,
        given_by=GivenBy.PROVING,
        is_sensitive=False,
        is_essential=False,
        title_zh="向场所显示姓氏",
        title_en="Showing venues your surname",
        purpose_zh="扫码用途需要时（如就诊登记），场所可见您的姓氏和星号，如“王**”。",
        purpose_en="Where the purpose of a scan needs it, as at a hospital, the venue sees a surname and stars: 王**.",
        basis_zh="《个人信息保护法》第十三条第一款第（一）项、第二十三条：经您同意向他人提供。",
        basis_en="PIPL, articles 13 (1)(1) and 23: provided to others by your consent.",
        withdrawing_zh="从下一次扫码起，场所只知道码是否有效。",
        withdrawing_en="From the next scan on, venues learn only whether the code is good.",
    ),
    ConsentKind(
        kind="location",
        given_by=GivenBy.SWITCH,
        is_sensitive=True,
        is_essential=False,
        title_zh="使用中的位置",
        title_en="Location while in use",
        purpose_zh="打开应用时判断您所在的省份，提示当地服务，并发送与该省有关的通知；只保存省份，不保存位置。",
        purpose_en=(
            "Telling your province while the app is open, to show what there is and send you notices that concern that "
            "province; the province is kept, the position is not."
        ),
        basis_zh="《个人信息保护法》第二十八、二十九条：行踪轨迹属敏感个人信息，经您单独同意。",
        basis_en="PIPL, articles 28 and 29: whereabouts are sensitive, by your separate consent.",
        withdrawing_zh="不再接收位置，已记下的省份、跨省记录与相关消息立即删除；跨省服务需您自行选择省份。",
        withdrawing_en=(
            "No position is taken any more, and what was found by it is erased at once: provinces, crossings and their "
            "messages; you choose the province yourself."
        ),
        version=2,
    ),
    ConsentKind(
        kind="location-background",
        given_by=GivenBy.SWITCH,
        is_sensitive=True,
        is_essential=False,
        title_zh="后台位置",
        title_en="Location in the background",
        purpose_zh="未打开应用时也能在您跨省后提醒；只保存省份。",
        purpose_en="Noticing that you changed province while the app is closed; the province alone is kept.",
        basis_zh="《个人信息保护法》第二十八、二十九条：敏感个人信息，经您单独同意。",
        basis_en="PIPL, articles 28 and 29: sensitive personal information, by your separate consent.",
        withdrawing_zh="后台不再接收位置，已有的跨省记录与相关消息立即删除；使用中的位置仍可上报。",
        withdrawing_en=(
            "No position is taken in the background any more, and crossings and their messages are erased at once; "
            "positions while in use are still taken."
        ),
    ),
    ConsentKind(
        kind="messages-wechat",
        given_by=GivenBy.SWITCH,
        is_sensitive=False,
        is_essential=False,
        title_zh="微信消息提醒",
        title_en="Messages in WeChat",
        purpose_zh="把站内消息的提醒发送到您的微信。",
        purpose_en="Sending you notices of your messages in WeChat.",
        basis_zh="《个人信息保护法》第十三条第一款第（一）项、第二十三条：经您同意向他人提供。",
        basis_en="PIPL, articles 13 (1)(1) and 23: provided to others by your consent.",
        withdrawing_zh="不再发送；站内消息照常。",
        withdrawing_en="None are sent any more; your inbox stays as it is.",
    ),
    ConsentKind(
        kind="messages-alipay",
        given_by=GivenBy.SWITCH,
        is_sensitive=False,
        is_essential=False,
        title_zh="支付宝消息提醒",
        title_en="Messages in Alipay",
        purpose_zh="把站内消息的提醒发送到您的支付宝。",
        purpose_en="Sending you notices of your messages in Alipay.",
        basis_zh="《个人信息保护法》第十三条第一款第（一）项、第二十三条：经您同意向他人提供。",
        basis_en="PIPL, articles 13 (1)(1) and 23: provided to others by your consent.",
        withdrawing_zh="不再发送；站内消息照常。",
        withdrawing_en="None are sent any more; your inbox stays as it is.",
    ),
)

MESSAGES_TO: Mapping[str, PushChannel] = {"messages-wechat": "wechat", "messages-alipay": "alipay"}
"""The consents by which notices of messages go to a platform."""

KINDS: Mapping[str, ConsentKind] = {kind.kind: kind for kind in _KINDS}

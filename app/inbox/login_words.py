"""What is said of logins and of claims on an identity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Words(NamedTuple):
    """A message's title and body."""

    title_zh: str
    title_en: str
    body_zh: str
    body_en: str


LOGIN_WORDS: Mapping[str, Words] = {
    "login.linked": Words(
        "已绑定新的登录方式",
        "A login was linked",
        "{time}，您的账户绑定了新的登录方式。若非本人操作，请立即锁定账户。",
        "Another login was linked to your account at {time}. If this was not you, lock your account now.",
    ),
    "login.unlinked": Words(
        "已解除一种登录方式",
        "A login was unlinked",
        "{time}，您的一种登录方式已解除。若非本人操作，请立即锁定账户。",
        "A login of yours was unlinked at {time}. If this was not you, lock your account now.",
    ),
    "login.attempted": Words(
        "有人试图绑定您的登录方式",
        "Somebody tried to link a login of yours",
        "{time}，有人证明持有您的手机号、微信或支付宝并试图绑定到另一账户，已被拒绝。若该登录方式已不属于您，请解除。",
        "At {time} somebody who holds a phone or account of yours tried to link it to another account, and was "
        "refused. If you do not use it any more, unlink it.",
    ),
    "phone.changed": Words(
        "手机号已更换",
        "Your phone number was changed",
        "{time}，您的手机号已更换，原号码不能再登录。若非本人操作，请立即锁定账户。",
        "Your phone number was changed at {time}; the one before opens nothing any more. If this was not you, "
        "lock your account now.",
    ),
    "phone.taken": Words(
        "手机号已转给新的持有人",
        "Your phone number went to who holds it now",
        "{time}，您的手机号由其现持有人绑定到另一账户，不能再用它登录此账户。",
        "At {time} your phone number went to another account, whose owner reads its texts; it does not open this "
        "one any more.",
    ),
    "identity.proven": Words(
        "实名认证已完成",
        "Your identity is proven",
        "{time}，您已完成实名认证。",
        "You proved your identity at {time}.",
    ),
    "installation.proven": Words(
        "新设备已通过本人验证",
        "A new device proved that it is you",
        "{time}，有新设备通过人脸或网证验证后使用您的账户。若非本人操作，请立即锁定账户。",
        "A new device proved by face or network credential at {time} that it is you. If this was not you, lock "
        "your account now.",
    ),
    "claim.opened": Words(
        "有人申请使用您的身份",
        "Somebody claims your identity",
        "{time}，有人以您的姓名、证件号码和手机号申请登录您的账户。未经您批准不会生效；若不是您本人，请拒绝。",
        "At {time} somebody with your name, ID number and a phone asked to be let into your account. They are not "
        "unless you approve; deny it if it is not you.",
    ),
    "claim.maturing": Words(
        "有人申请使用您的身份，等待期后生效",
        "Somebody claims your identity; it takes effect after a wait",
        "{time}，有人通过人脸或网证验证后申请登录您的账户，等待期满后将生效。若是本人，可立即批准；若不是，请立即拒绝。",
        "At {time} somebody proved by face or network credential to be you, and will be let into your account "
        "after the wait. Approve it if it is you; if not, deny it now.",
    ),
    "claim.approved": Words(
        "身份申请已批准",
        "A claim on your identity was approved",
        "{time}，该申请已获批准，可在提出申请的设备上继续。若非本人操作，请立即锁定账户。",
        "The claim was approved at {time} and can be completed where it was made. If this was not you, lock your "
        "account now.",
    ),
    "claim.denied": Words(
        "身份申请已拒绝",
        "A claim on your identity was denied",
        "{time}，该申请已被拒绝。",
        "The claim was denied at {time}.",
    ),
    "claim.completed": Words(
        "身份申请已完成",
        "A claim on your identity was completed",
        "{time}，提出申请的设备已登录您的账户，其登录方式与消息已并入。若非本人操作，请立即锁定账户。",
        "The device that made the claim was let into your account at {time}; its logins and messages are here "
        "now. If this was not you, lock your account now.",
    ),
}

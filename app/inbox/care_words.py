"""What is said of relatives, of guardians who were confirmed, and of what was done at a window."""

from __future__ import annotations

from collections.abc import Mapping

from app.inbox.login_words import Words

CARE_WORDS: Mapping[str, Words] = {
    "care.invited": Words(
        "有亲友邀请您",
        "A relative invites you",
        "{time}，有亲友邀请您建立亲友关系。请在「亲友」中核对对方与内容后再决定是否同意；不认识请拒绝。",
        "A relative invited you at {time}. See under Relatives who it is and what it means before you agree; refuse "
        "whoever you do not know.",
    ),
    "care.begun": Words(
        "您可为亲友亮码",
        "You can show a relative's code",
        "{time}，亲友关系已建立：您可代亲友出示其服务码，每次使用双方都会收到通知。",
        "You are bound to a relative since {time}: you can show their code, and both of you hear of each use.",
    ),
    "care.begun-for-me": Words(
        "亲友可为您亮码",
        "A relative can show your code",
        "{time}，亲友关系已建立：亲友可代您出示服务码，每次使用双方都会收到通知。您可随时解除。",
        "A relative can show your code since {time}; both of you hear of each use. You can end this at any time.",
    ),
    "care.ended": Words(
        "亲友关系已解除",
        "A care relation has ended",
        "{time}，一项亲友关系已解除，凭此出示的码立即失效。",
        "A care relation ended at {time}, and with it every code shown by it.",
    ),
    "care.renewed": Words(
        "亲友关系已续期",
        "A care relation goes on",
        "{time}，一项亲友关系经双方同意已续期。您可随时解除。",
        "A care relation was renewed at {time}, as both agreed. You can end it at any time.",
    ),
    "care.renewal-asked": Words(
        "亲友希望续期",
        "A relative would go on",
        "{time}，亲友同意为双方的亲友关系续期。请在「亲友」中确认；不确认则到期自动结束。",
        "A relative agreed at {time} to go on. Agree under Relatives; otherwise it ends on its day.",
    ),
    "care.ending": Words(
        "亲友关系即将到期",
        "A care relation ends soon",
        "您的一项亲友关系将于{time}到期。双方都在「亲友」中同意后续期，也可到窗口办理。",
        "A care relation of yours ends at {time}. It goes on once both agree under Relatives, or at a window.",
    ),
    "guardian.confirmed": Words(
        "监护关系已确认",
        "You are confirmed as a guardian",
        "{time}，您的监护人同意已获确认，孩子可凭此完成实名认证。",
        "Your consent as a guardian was confirmed at {time}: the child can prove their identity by it.",
    ),
    "guardian.another": Words(
        "另有人声明是孩子的监护人",
        "Somebody else says to be your child's guardian",
        "{time}，有人声明是您孩子的监护人，尚未获确认。属实可在「监护人」中确认；不属实请勿确认。",
        "Somebody said at {time} to be a guardian of your child, and is not confirmed yet. Confirm it if it is so; "
        "otherwise leave it.",
    ),
    "window.presence": Words(
        "您正在窗口办理业务",
        "You are at a window",
        "{time}，窗口工作人员经人脸核验确认您本人到场，15分钟内可为您办理业务。若非本人，请立即锁定账户。",
        "A window saw you in person at {time}, by a face check, and can serve you for 15 minutes. If this was not you, "
        "lock your account now.",
    ),
    "window.unlocked": Words(
        "窗口已为您解锁账户",
        "A window unlocked your account",
        "{time}，窗口经人脸核验为您解锁了账户。手机须重新核验后使用；纸质码请重新打印。若非本人，请立即锁定账户。",
        "A window unlocked your account at {time}, by a face check. Prove yourself on your phone to use it again, and "
        "print paper codes anew. If this was not you, lock your account now.",
    ),
    "window.registered": Words(
        "已在窗口为您开户",
        "A window made an account for you",
        "{time}，窗口经人脸核验为您开立了账户。日后可凭本人人脸认证绑定手机号。",
        "A window made an account for you at {time}, by a face check. Later you can link a phone by proving your face.",
    ),
}

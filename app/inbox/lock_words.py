"""What is said of bindings that rest while somebody's account is locked, and of papers whose key was withdrawn.

Whoever else is concerned hears that a binding rests, and not why: a lock is its resident's own affair.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.inbox.login_words import Words

LOCK_WORDS: Mapping[str, Words] = {
    "care.rests": Words(
        "一项亲属码暂停使用",
        "A care code rests",
        "{time}起，您的一项亲属码暂停使用；恢复后会再通知您。",
        "A care code of yours rests since {time}; you are told when it is back.",
    ),
    "care.resumed": Words(
        "一项亲属码已恢复",
        "A care code is back",
        "{time}，您的一项亲属码已恢复使用。纸质码和离线码需重新办理。",
        "A care code of yours is back since {time}. Papers and codes for use without a network are made anew.",
    ),
    "enterprise.rests": Words(
        "贵单位一名办事人的企业码暂停使用",
        "A company code of one of your people rests",
        "{time}起，贵单位一名办事人的企业码暂停使用；恢复后会再通知您。",
        "The company code of one of your company's people rests since {time}; you are told when it is back.",
    ),
    "enterprise.resumed": Words(
        "一项企业码已恢复",
        "A company code is back",
        "{time}，一项企业码已恢复使用。",
        "A company code is back since {time}.",
    ),
    "paper.withdrawn": Words(
        "您的纸质码已失效，请重新打印",
        "Print your paper code anew",
        "{time}，因更换签名密钥，您此前打印的纸质码已失效。请重新打印；您的账户与数据不受影响。",
        "A signing key was replaced at {time}, so the paper code that you printed is good no more. Print it anew; your "
        "account and data are not affected.",
    ),
}

"""What is said of bindings that rest while somebody's account is locked, and of papers whose key was withdrawn.

Whoever else is concerned hears that a binding rests, and not why: a lock is its resident's own affair.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.inbox.login_words import Words

LOCK_WORDS: Mapping[str, Words] = {
    "care.rests": Words(
        "一项亲友码暂停使用",
        "A relative's code is paused",
        "{time}起，您的一项亲友码暂停使用；恢复后会再通知您。",
        "A relative's code that you share is paused since {time}; you are told when it works again.",
    ),
    "care.resumed": Words(
        "一项亲友码已恢复",
        "A relative's code works again",
        "{time}，您的一项亲友码已恢复使用。纸质码和离线码需重新办理。",
        "A relative's code that you share works again since {time}. Have papers printed anew.",
    ),
    "enterprise.rests": Words(
        "贵单位一名代办人的企业码暂停使用",
        "A company code of one of your people is paused",
        "{time}起，贵单位一名代办人的企业码暂停使用；恢复后会再通知您。",
        "The company code of one of your company's people is paused since {time}; you are told when it works again.",
    ),
    "enterprise.resumed": Words(
        "一项企业码已恢复",
        "A company code works again",
        "{time}，一项企业码已恢复使用。",
        "A company code works again since {time}.",
    ),
    "paper.withdrawn": Words(
        "您的纸质码已失效，请重新打印",
        "Print your paper code anew",
        "{time}，因更换签名密钥，您此前打印的纸质码已失效。请重新打印；您的账户与数据不受影响。",
        "A signing key was replaced at {time}, so the paper code that you printed is good no more. Print it anew; your "
        "account and data are not affected.",
    ),
}

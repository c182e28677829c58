"""What is said of annotated copies of licences."""

from __future__ import annotations

from collections.abc import Mapping

from app.inbox.login_words import Words

COPY_WORDS: Mapping[str, Words] = {
    "materials.asked": Words(
        "窗口查询了您的办事材料",
        "A window asked for your materials",
        "{time}，「{venue}」查询了您持有哪些办事材料。未经您同意，窗口看不到材料内容。若您当时不在窗口，请立即锁定账户。",
        "{venue} asked which materials you hold at {time}. It sees nothing of what they say unless you agree. If you "
        "were not there, lock your account now.",
    ),
    "copy.issued": Words(
        "已制作证照加注件",
        "A copy of your licence was made",
        "{time}，您制作了一份证照加注件。对方核验几次，您都能看到，也可随时作废。若非本人操作，请立即锁定账户。",
        "You made an annotated copy of a licence at {time}. You see how often it is checked, and can take it back at "
        "any time. If this was not you, lock your account now.",
    ),
    "copy.revoked": Words(
        "证照加注件已作废",
        "A copy of your licence was taken back",
        "{time}，您作废了一份证照加注件。此后核验者会被告知已作废。",
        "You took an annotated copy of a licence back at {time}: whoever has it checked is told so.",
    ),
}

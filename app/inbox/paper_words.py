"""What is said of codes on paper."""

from __future__ import annotations

from collections.abc import Mapping

from app.inbox.login_words import Words

PAPER_WORDS: Mapping[str, Words] = {
    "paper.issued": Words(
        "已打印纸质码",
        "A code was printed on paper",
        "{time}，打印了一张纸质码，之前的一张已作废。若非您或您的亲友办理，请立即挂失。",
        "A code on paper was printed at {time}; the one before it has ended. If neither you nor a relative asked for "
        "it, report it lost now.",
    ),
    "paper.lost": Words(
        "纸质码已挂失",
        "A code on paper was reported lost",
        "{time}，一张纸质码已挂失，任何场所都不再接受。需要时可重新打印。",
        "A code on paper was reported lost at {time}: no venue takes it any more. Print another when you need it.",
    ),
    "paper.ends-soon": Words(
        "纸质码即将到期",
        "A code on paper ends soon",
        "一张纸质码将在两周内到期。请在手机上或到办事窗口换新。",
        "A code on paper ends within two weeks. Have the next one printed, in the app or at a window.",
    ),
}

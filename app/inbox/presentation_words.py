"""What is said of questions for licences."""

from __future__ import annotations

from collections.abc import Mapping

from app.inbox.login_words import Words

PRESENTATION_WORDS: Mapping[str, Words] = {
    "presentation.asked": Words(
        "有场所请求查看您的证照",
        "A venue asks to see a licence",
        "{time}，「{venue}」请求查看您的证照。请尽快打开应用，看清内容后再决定；不同意无需理由。",
        "{venue} asked to see a licence of yours at {time}. Open the app soon, and look what is asked before you "
        "decide; you need no reason to refuse.",
    ),
    "presentation.not-delivered": Words(
        "您的答复未能送达",
        "Your answer was not delivered",
        "{time}，您给「{venue}」的答复未能送达。几分钟内可在「证照请求」中重试；不会重复出示。",
        "What you answered {venue} at {time} was not delivered. Try again within minutes under the question; nothing "
        "is presented anew.",
    ),
}

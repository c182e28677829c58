"""Of annotated copies of licences."""

from __future__ import annotations

from collections.abc import Mapping

from api.meanings.meaning import Meaning

MEANINGS: Mapping[str, Meaning] = {
    "copy-spent": Meaning(
        410,
        "下载链接已失效",
        "The download is over",
        "链接仅可使用一次，十分钟内有效。请持证人重新制作加注件。",
        "A copy is downloaded once, within ten minutes. Its holder makes another.",
    ),
    "materials-not-agreed": Meaning(
        409,
        "本人尚未同意",
        "The person has not agreed yet",
        "请本人在手机上同意；没有手机的，请其看过屏幕上的清单后当面同意。",
        "They agree on their phone; who has none agrees at the window, before the list on the screen.",
    ),
    "copy-malformed": Meaning(
        422,
        "这不是电子证照加注件的码",
        "This is not the code of a licence's copy",
        "请扫描加注件上的二维码，或粘贴其中的完整网址。",
        "Scan the code on the copy, or paste the whole address that it reads.",
    ),
}

"""Of positions and provinces."""

from __future__ import annotations

from collections.abc import Mapping

from api.meanings.meaning import Meaning

MEANINGS: Mapping[str, Meaning] = {
    "location-consent-missing": Meaning(
        403,
        "您尚未同意使用位置",
        "You have not agreed to positions being taken",
        "如需跨省提醒，请先同意“使用中的位置”（location）。",
        "Agree to `location` first; no position is taken without it.",
    ),
    "background-location-consent-missing": Meaning(
        403,
        "您尚未同意后台使用位置",
        "You have not agreed to positions in the background",
        "请先同意“后台位置”（location-background），或仅在应用打开时上报。",
        "Agree to `location-background` first, or report only while the app is open.",
    ),
    "boundaries-not-loaded": Meaning(
        503,
        "行政区划正在载入",
        "Where provinces lie is not loaded yet",
        "请按 Retry-After 稍后重试。",
        "Try again as Retry-After says.",
    ),
}

"""Of relatives, and of people at a window."""

from __future__ import annotations

from collections.abc import Mapping

from api.meanings.meaning import Meaning

MEANINGS: Mapping[str, Meaning] = {
    "invitation-ended": Meaning(
        409,
        "邀请已失效",
        "The invitation has ended",
        "请对方重新邀请。",
        "It was answered, taken back or left too long: ask for another.",
    ),
    "care-limit-reached": Meaning(
        409,
        "亲友人数已达上限",
        "The limit of relatives is reached",
        "请先解除一项不再需要的亲友关系。",
        "End a relation that is no longer needed.",
    ),
    "window-presence-ended": Meaning(
        409,
        "到场核验已失效",
        "The presence at the window is over",
        "请本人重新进行人脸核验。",
        "Have the person go through a face check again.",
    ),
    "person-not-registered": Meaning(
        409,
        "该人员尚未开户",
        "The person has no account yet",
        "请先为其开户。",
        "Register them first.",
    ),
}

"""Of licences shown, asked for and checked."""

from __future__ import annotations

from collections.abc import Mapping

from api.meanings.meaning import Meaning

MEANINGS: Mapping[str, Meaning] = {
    "licence-not-good": Meaning(
        409,
        "证照当前无效",
        "The licence is not good now",
        "请持证人在应用中查看证照状态；如有疑问，请联系发证机关。",
        "Its holder sees in the app what has become of it; the authority that issued it can say more.",
    ),
    "fields-not-allowed": Meaning(
        422,
        "此用途不得查看这些内容",
        "The purpose may not see this",
        "请仅请求该用途获准的证照与字段。",
        "Ask for the licences and fields that the purpose is approved for: GET /v1/scanner/licences.",
    ),
    "receipt-invalid": Meaning(
        422,
        "回执无效",
        "This receipt is not good",
        "回执应由记录方所在省份签名且未经改动。请向对方索取原件；旧回执请用当时的信任列表核验。",
        "A receipt is signed by the province that recorded the look, and unchanged since. Ask for the original; check "
        "an old one with the trust list of its time.",
    ),
}

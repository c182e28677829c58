"""Of licences shown, asked for and checked."""

from __future__ import annotations

from collections.abc import Mapping

from api.meanings.meaning import Meaning

MEANINGS: Mapping[str, Meaning] = {
    "receipt-invalid": Meaning(
        422,
        "回执无效",
        "This receipt is not good",
        "回执应由记录方所在省份签名且未经改动。请向对方索取原件；旧回执请用当时的信任列表核验。",
        "A receipt is signed by the province that recorded the look, and unchanged since. Ask for the original; check "
        "an old one with the trust list of its time.",
    ),
}

"""Of what lives long: certificates for phones without a network."""

from __future__ import annotations

from collections.abc import Mapping

from api.meanings.meaning import Meaning

MEANINGS: Mapping[str, Meaning] = {
    "public-key-refused": Meaning(
        422,
        "公钥不被接受",
        "A public key is refused",
        "请为每次出示各生成一把 P-256 密钥，只提交公钥。",
        "Make a P-256 key for each showing, and send the public halves alone.",
    ),
}

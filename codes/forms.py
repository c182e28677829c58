"""The forms of codes by name, and which a purpose takes: one rule for servers and for gates that decide alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

from codes.model import KeyUse

FORMS: Mapping[KeyUse, str] = MappingProxyType(
    {KeyUse.CODE: "dynamic", KeyUse.CERTIFICATE: "phone", KeyUse.PAPER: "paper", KeyUse.LICENCE: "licence"}
)
"""As answers, accesses and verdicts have them, by the use of the issuer's key."""


def takes_form(use: KeyUse, *, fields: Collection[str], strict: bool) -> bool:
    """Whether a purpose takes a scan of a form; `fields` and `strict` are the purpose's, as getScanner says them.

    A phone may have made its code ahead of time, so no purpose that learns of its holder takes one; and a strict one
    takes nothing but a code of this minute. The kind stands in the code for whoever reads it, and is not learnt. A
    licence in hand is never scanned as a code: it is shown to learn what stands in it, which is asked for by itself.
    """
    if use is KeyUse.LICENCE:
        return False
    learns = use is KeyUse.CERTIFICATE and any(field != "kind" for field in fields)
    return not learns and (not strict or use is KeyUse.CODE)

"""What a refusal's slug means to whoever meets it."""

from __future__ import annotations

import msgspec


class Meaning(msgspec.Struct, frozen=True):
    """What a slug means, in both languages, and what whoever meets it does next."""

    status: int
    title_zh: str
    title_en: str
    next_zh: str
    next_en: str
    challenge: str = 'Bearer realm="suixing"'
    """Of a 401: how to authenticate (RFC 9110, section 11.6.1)."""

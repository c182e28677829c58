"""How a province is named in codes: the first two digits of its GB/T 2260 division code, in ASCII."""

from __future__ import annotations

_CHARACTERS = 2


def is_province(issuer: str) -> bool:
    """Whether it has the form; which provinces there are, the trust list says."""
    return len(issuer) == _CHARACTERS and issuer.isascii() and issuer.isdigit()

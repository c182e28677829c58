"""Base64url without padding, as JOSE has it (RFC 7515, section 2)."""

from __future__ import annotations

import base64


def encode(data: bytes) -> str:
    """The text of `data`."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """Raises ValueError for what is none."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)

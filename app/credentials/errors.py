"""What is refused to those who ask for what lives long."""

from __future__ import annotations

from app.errors import RefusedError


class PublicKeyRefusedError(RefusedError):
    """Not a public key of P-256, one that came twice, or a private one, which no server should ever see."""

    slug = "public-key-refused"

"""Who signs heads and erasures: the deployment's federation key, whose public half other provinces have."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from codes import KeyRing, KeyUse


class Verifier(Protocol):
    """Knows the public keys. An auditor elsewhere may have them from a trust list."""

    def verify(self, kid: bytes, message: bytes, signature: bytes) -> bool: ...


class Signer(Verifier, Protocol):
    """Holds a private key besides."""

    @property
    def kid(self) -> bytes: ...

    def sign(self, message: bytes) -> bytes: ...


class RingSigner:
    """Signs with the federation key of the moment, and verifies with every one the ring has had."""

    def __init__(self, ring: KeyRing, now: datetime) -> None:
        self._ring = ring
        self._now = now

    @property
    def kid(self) -> bytes:
        return self._ring.current(KeyUse.FEDERATION, self._now).kid

    def sign(self, message: bytes) -> bytes:
        return self._ring.current(KeyUse.FEDERATION, self._now).sign(message)

    def verify(self, kid: bytes, message: bytes, signature: bytes) -> bool:
        """Two keys may share a kid, so each that bears it is tried. One that has ended still vouches for its time."""
        named = (epoch for epoch in self._ring.epochs if epoch.use is KeyUse.FEDERATION and epoch.kid == kid)
        return any(epoch.verifies(message, signature) for epoch in named)

"""What is wrong with a code, a trust list or a key ring; `slug` names it for clients and never changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from codes.model import VerifiedCode


class CodeError(Exception):
    """The base of all that this package raises."""

    def __init__(self, slug: str, detail: str = "") -> None:
        super().__init__(detail or slug)
        self.slug = slug
        self.detail = detail


class CodeRefusedError(CodeError):
    """A text that is not a good code now.

    `verified` is there where the signature is genuine and only the time is not: such a code can be recognised.
    """

    def __init__(self, slug: str, detail: str = "", verified: VerifiedCode | None = None) -> None:
        super().__init__(slug, detail)
        self.verified = verified


class PresentationRefusedError(CodeError):
    """A presented credential that proves nothing here; `slug` says at which check."""


class TrustListError(CodeError):
    """A trust list that must not be used."""


class KeyRingError(CodeError):
    """Keys that are missing, damaged, or open to others."""


class StatusListError(CodeError):
    """A status list that must not be used, or that does not reach as far as it is asked."""


class CopyRefusedError(CodeError):
    """The code of a licence's copy that this deployment does not vouch for."""


class RequestObjectError(CodeError):
    """A verifier's question that is none."""

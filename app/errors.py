"""The one base of everything the domain refuses, so that a caller can tell a refusal from a fault."""

from __future__ import annotations

from typing import ClassVar


class RefusedError(Exception):
    """A request that is understood and declined; `slug` names it for clients and never changes."""

    slug: ClassVar[str]
    retry_after: int | None = None
    """In how many whole seconds it may be tried again, where that is known."""

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or self.slug)
        self.detail = detail


class InvalidError(RefusedError):
    """A value that cannot be right, at `pointer` (RFC 6901) in the request's body."""

    slug = "invalid-request"

    def __init__(self, pointer: str, message: str) -> None:
        super().__init__(message)
        self.pointer = pointer
        self.message = message


class NotFoundError(RefusedError):
    """The thing is not there, or not this caller's: the answer is the same."""

    slug = "not-found"


class ForbiddenError(RefusedError):
    """The caller is known, and this is not theirs to do."""

    slug = "forbidden"


class UnauthenticatedError(RefusedError):
    """No credential, or none that is good now."""

    slug = "unauthenticated"


class TooManyRequestsError(RefusedError):
    """A limit is reached; `retry_after` is in whole seconds."""

    slug = "too-many-requests"

    def __init__(self, retry_after: int, detail: str = "") -> None:
        super().__init__(detail)
        self.retry_after = max(1, retry_after)


class SettingsError(Exception):
    """The server cannot start as it is configured; the message names the setting and the remedy."""

"""What is refused where a provider is asked, or calls."""

from __future__ import annotations

from app.errors import RefusedError


class ProviderUnavailableError(RefusedError):
    """A provider that this server asks is away, too slow or too busy; nothing was done, and it may be asked again."""

    slug = "provider-unavailable"

    def __init__(self, detail: str = "", *, retry_after: int = 5) -> None:
        super().__init__(detail)
        self.retry_after = max(1, retry_after)


class ProviderRefusedError(RefusedError):
    """A provider answered that it will not do what was asked; `code` is its own word for why."""

    slug = "provider-refused"

    def __init__(self, detail: str = "", *, code: str = "") -> None:
        super().__init__(detail)
        self.code = code


class LoginCodeInvalidError(RefusedError):
    """A code made by a mini-program is used, expired, malformed or held back by the platform."""

    slug = "login-code-invalid"


class AppUnknownError(RefusedError):
    """The app_id is of no mini-program of this deployment."""

    slug = "app-unknown"


class CallbackSignatureInvalidError(RefusedError):
    """A callback does not bear the signature of the platform that it says it comes from."""

    slug = "callback-signature-invalid"


class CallbackStaleError(RefusedError):
    """A callback was signed longer ago, or later, than one under way can have been."""

    slug = "callback-stale"

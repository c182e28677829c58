"""What is refused to residents who say where messages may reach them."""

from __future__ import annotations

from app.errors import RefusedError


class ChannelNotOfferedError(RefusedError):
    """This deployment has no app on the channel, so nobody can be reached there."""

    slug = "channel-not-offered"


class MessagesConsentRequiredError(RefusedError):
    """Notices go to a platform by a separate consent alone, which the resident has not given."""

    slug = "messages-consent-required"


class PlatformLoginRequiredError(RefusedError):
    """The resident has no login at this mini-program, so nobody knows what it calls them."""

    slug = "platform-login-required"

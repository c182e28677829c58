"""What is refused about campaigns."""

from __future__ import annotations

from app.errors import RefusedError


class CampaignStateError(RefusedError):
    """A campaign is not, or no more, in a state in which this can be done to it."""

    slug = "campaign-state"

"""What is refused to staff."""

from __future__ import annotations

from app.errors import RefusedError, TooManyRequestsError


class SecondFactorWrongError(RefusedError):
    """The code, passkey or recovery code is not good, or was used already; the attempt is counted."""

    slug = "second-factor-wrong"


class SecondFactorLockedError(TooManyRequestsError):
    """Five attempts in a row were wrong: none is looked at for a quarter of an hour, and longer each time after."""

    slug = "second-factor-locked"


class LastFactorError(RefusedError):
    """Without its last factor, an account of staff would be open to whoever enrols the next one."""

    slug = "last-factor"


class TwoPersonsRequiredError(RefusedError):
    """Nobody does this alone: one person proposes it, another approves."""

    slug = "two-persons-required"


class OwnProposalError(RefusedError):
    """Whoever proposed it, and whoever it is about, does not approve it."""

    slug = "own-proposal"


class OwnRoleError(RefusedError):
    """Somebody would give a role to themself."""

    slug = "own-role"


class ProposalDecidedError(RefusedError):
    """Somebody decided already, or nobody did within a day."""

    slug = "proposal-decided"


class LookExpiredError(RefusedError):
    """What follows a look at a resident follows within a quarter of an hour."""

    slug = "look-expired"

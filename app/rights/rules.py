"""What is decided about consents without asking anybody."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from app.rights.kinds import ConsentKind, GivenBy
from app.rights.model import Consent, ConsentState, Holder, Standing


def standing_of(kind: ConsentKind, given: Sequence[Consent], holder: Holder) -> Standing:
    """How a kind stands: by what was given and withdrawn of it, or else by the act that gives it."""
    history = sorted((one for one in given if one.kind == kind.kind), key=lambda one: one.granted_at, reverse=True)
    living = next((one for one in history if one.withdrawn_at is None), None)
    since = _given_since(kind, holder)
    if living is None and since is not None and _is_given_again(since, kind, history):
        living = Consent(kind.kind, 1, since, None)
        history.insert(0, living)
    if living is not None:
        return Standing(kind.kind, ConsentState.GRANTED, living.version, living.granted_at, None, history)
    if not history:
        return Standing(kind.kind, ConsentState.NEVER, None, None, None, [])
    latest = history[0]
    return Standing(kind.kind, ConsentState.WITHDRAWN, None, latest.granted_at, latest.withdrawn_at, history)


def _given_since(kind: ConsentKind, holder: Holder) -> datetime | None:
    """Since when the act that gives it has been done; a switch is no such act."""
    match kind.given_by:
        case GivenBy.REGISTERING:
            return holder.created_at
        case GivenBy.PROVING:
            return holder.verified_at
        case GivenBy.SWITCH:
            return None


def _is_given_again(since: datetime, kind: ConsentKind, history: Sequence[Consent]) -> bool:
    """Proving anew holds the identity again; what can be switched off beside it stays off until it is switched on."""
    if not history:
        return True
    if kind.can_switch_on:
        return False
    return all(one.withdrawn_at is not None and one.withdrawn_at <= since for one in history)

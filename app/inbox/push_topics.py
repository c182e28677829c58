"""Which messages are pushed beside lying in the inbox, and how; and which are not, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta

from app.pushing.topics import ARRIVED
from push.wordings import TopicRule

_SOON = timedelta(minutes=10)
"""For what asks somebody who stands at a counter."""

_SECURITY = (
    "account.deletion-cancelled",
    "account.deletion-requested",
    "account.exported",
    "account.locked",
    "account.locked-by-desk",
    "claim.approved",
    "claim.completed",
    "claim.maturing",
    "claim.opened",
    "code.used-revoked",
    "code.used-twice",
    "identity.proven",
    "installation.approved",
    "installation.new",
    "installation.proven",
    "login.attempted",
    "login.linked",
    "login.unlinked",
    "phone.changed",
    "phone.taken",
    "staff.factor-added",
    "staff.factor-removed",
    "staff.factor-reset",
    "staff.recovery-code-used",
    "window.presence",
    "window.registered",
    "window.unlocked",
)
"""Somebody else may be at work here: neither muted nor kept for the morning."""
_CODES = (
    "checked-in",
    "code.scanned",
    "paper.issued",
    "paper.lost",
    "paper.withdrawn",
    "scan.annulled",
)
_ACCESSES = ("dispute.rejected", "dispute.upheld", "staff.looked")
_WALLET = ("copy.issued", "licence.changed", "licence.shown", "materials.asked")
_CARE = (
    "care.begun",
    "care.begun-for-me",
    "care.ended",
    "care.ending",
    "care.invited",
    "care.renewal-asked",
    "care.renewed",
    "care.rests",
    "care.resumed",
    "guardian.another",
    "guardian.confirmed",
    "guardian.consent-ended",
    "guardian.consent-used",
)
_COMPANIES = (
    "delegation.accepted",
    "delegation.company-ended",
    "delegation.declined",
    "delegation.ended",
    "delegation.expired",
    "delegation.invited",
    "delegation.kept",
    "delegation.lapsed",
    "delegation.returned",
    "delegation.unanswered",
    "delegation.under-review",
    "delegation.withdrawn",
    "enterprise.claimed",
    "enterprise.ended",
    "enterprise.representative-ended",
    "enterprise.rests",
    "enterprise.resumed",
)
_VENUES = ("venue.dispute-upheld", "venue.rejected", "venue.suspended", "venue.transferred")
_WORK = ("staff.role-granted", "staff.role-revoked")

NOT_PUSHED: Mapping[str, str] = {
    "claim.denied": "its reader has just said no",
    "consent.withdrawn": "its reader has just done it",
    "copy.revoked": "its reader has just done it",
    "guardian.consented": "its reader has just proven themselves by it",
    "guardian.withdrawn": "its reader has just done it",
}
"""They harm nobody by waiting in the inbox: whoever gets them has the app open."""


def _rule(category: str, topics: Iterable[str]) -> dict[str, TopicRule]:
    return dict.fromkeys(topics, TopicRule(category=category))


def list_push_topics(arrival_life: timedelta) -> Mapping[str, TopicRule]:
    """Every topic that is pushed; `arrival_life` is how long it is worth saying that somebody has arrived."""
    return {
        **dict.fromkeys(_SECURITY, TopicRule(category="security", is_critical=True)),
        "staff.factor-locked": TopicRule(category="security", is_critical=True, collapses=True),
        **_rule("codes", _CODES),
        "paper.ends-soon": TopicRule(category="codes", collapses=True, is_silent=True),
        **_rule("accesses", _ACCESSES),
        **_rule("wallet", _WALLET),
        # A counter waits for the answer, and the request is over in minutes.
        "presentation.asked": TopicRule(category="wallet", is_critical=True, life=_SOON),
        "presentation.not-delivered": TopicRule(category="wallet", is_critical=True, life=_SOON),
        **_rule("care", _CARE),
        **_rule("companies", _COMPANIES),
        **_rule("venues", _VENUES),
        **_rule("work", _WORK),
        ARRIVED: TopicRule(category="roaming", collapses=True, life=arrival_life),
    }

"""How a consent stands, by what was given and withdrawn and by the acts that give it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rights.kinds import IDENTITY, KINDS, MASKED_NAME, TERMS, GivenBy
from app.rights.model import Consent, ConsentState, Holder
from app.rights.rules import standing_of

NOW = datetime(2026, 7, 1, tzinfo=UTC)


def make_holder(*, verified_at: datetime | None = None) -> Holder:
    return Holder(
        resident_id=uuid4(),
        subject_no=1,
        wrapped_key=b"",
        sealed_phone=None,
        sealed_name=None,
        sealed_masked_name=None,
        sealed_id_number=None,
        created_at=NOW,
        verified_at=verified_at,
        verified_by=None,
        locked_at=None,
    )


def withdrawn(kind: str, hours: int) -> Consent:
    return Consent(kind, 1, NOW, NOW + timedelta(hours=hours))


def test_the_terms_stand_since_the_account_does() -> None:
    standing = standing_of(KINDS[TERMS], [], make_holder())
    assert (standing.state, standing.granted_at) == (ConsentState.GRANTED, NOW)


@pytest.mark.parametrize("kind", [IDENTITY, MASKED_NAME])
def test_proving_gives_what_it_says(kind: str) -> None:
    assert standing_of(KINDS[kind], [], make_holder()).state is ConsentState.NEVER
    proven = standing_of(KINDS[kind], [], make_holder(verified_at=NOW))
    assert (proven.state, proven.granted_at) == (ConsentState.GRANTED, NOW)


def test_proving_anew_holds_the_identity_again_and_shows_no_name() -> None:
    holder = make_holder(verified_at=NOW + timedelta(hours=2))
    given = [withdrawn(IDENTITY, 1), withdrawn(MASKED_NAME, 1)]
    identity = standing_of(KINDS[IDENTITY], given, holder)
    assert (identity.state, len(identity.history)) == (ConsentState.GRANTED, 2)
    assert standing_of(KINDS[MASKED_NAME], given, holder).state is ConsentState.WITHDRAWN


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 50)), max_size=6), st.booleans())
def test_a_switch_stands_as_it_was_last_put(spans: list[tuple[int, int]], living: bool) -> None:  # noqa: FBT001  drawn
    given_before = [
        Consent("location", 1, NOW + timedelta(hours=at), NOW + timedelta(hours=at + span)) for at, span in spans
    ]
    now = [Consent("location", 2, NOW + timedelta(hours=200), None)] if living else []
    standing = standing_of(KINDS["location"], [*given_before, *now], make_holder(verified_at=NOW))
    expected = ConsentState.GRANTED if living else ConsentState.WITHDRAWN if given_before else ConsentState.NEVER
    assert (standing.state, standing.version) == (expected, 2 if living else None)
    assert len(standing.history) == len(given_before) + len(now)


def test_every_kind_is_said_in_both_languages() -> None:
    for kind in KINDS.values():
        for field in ("title", "purpose", "basis", "withdrawing"):
            assert getattr(kind, f"{field}_zh")
            assert getattr(kind, f"{field}_en")


def test_what_a_switch_gives_can_be_switched_both_ways() -> None:
    assert all(
        kind.can_switch_on and kind.can_switch_off and not kind.is_essential
        for kind in KINDS.values()
        if kind.given_by is GivenBy.SWITCH
    )

"""What a proven identity leads to, for every caller, holder and kind of evidence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import RefusedError, TooManyRequestsError
from app.identity.model import EvidenceKind
from app.people.claim_rules import (
    CLAIM_LIFE,
    DENIED_FOR,
    MOST_CLAIMS_DAILY,
    Course,
    choose_course,
    choose_due_at,
    is_ready,
    require_completable,
    require_room,
    shows_presence,
    state_of,
)
from app.people.errors import ClaimEndedError, IdentityDiffersError, PresenceRequiredError
from app.people.model import Claim, ClaimState, Resident

NOW = datetime(2026, 10, 1, 8, tzinfo=UTC)
OWN, OTHER = uuid4(), uuid4()
kinds = st.sampled_from(EvidenceKind)
holders = st.sampled_from([None, OWN, OTHER])


def make_resident(*, resident_id: UUID = OWN, verified: bool = False, locked_at: datetime | None = None) -> Resident:
    return Resident(
        resident_id=resident_id,
        subject_no=1,
        wrapped_key=b"",
        sealed_phone=None,
        sealed_name=None,
        sealed_masked_name=None,
        verified_at=NOW if verified else None,
        locked_at=locked_at,
    )


def make_claim(**changes: object) -> Claim:
    claim = Claim(OTHER, uuid4(), OWN, uuid4(), EvidenceKind.FACE, NOW, NOW + timedelta(days=1), NOW + CLAIM_LIFE)
    return msgspec.structs.replace(claim, **changes)


@given(kind=kinds, holder=holders, verified=st.booleans(), locked=st.booleans(), trusted=st.booleans())
def test_nobody_is_let_in_by_less_than_they_must_show(
    kind: EvidenceKind, holder: UUID | None, *, verified: bool, locked: bool, trusted: bool
) -> None:
    resident = make_resident(verified=verified, locked_at=NOW if locked else None)
    try:
        course = choose_course(resident, holder, kind, trusted=trusted)
    except PresenceRequiredError:
        assert locked
        assert kind is EvidenceKind.CARRIER
        return
    except IdentityDiffersError:
        assert verified
        assert holder != OWN
        return
    if course is Course.TRUST:
        assert (holder, shows_presence(kind)) == (OWN, True)
    elif course is Course.VERIFY:
        assert (holder, verified) == (None, False)
    elif course is Course.STAY:
        assert (holder, trusted) == (OWN, True)
    else:
        assert holder is not None
        assert holder == OTHER or not shows_presence(kind)


@given(kind=kinds, verified=st.booleans(), locked=st.booleans())
def test_a_refusal_does_not_tell_whether_an_identity_has_a_resident(
    kind: EvidenceKind, *, verified: bool, locked: bool
) -> None:
    def answer(holder: UUID | None) -> str | None:
        resident = make_resident(verified=verified, locked_at=NOW if locked else None)
        try:
            choose_course(resident, holder, kind, trusted=False)
        except RefusedError as refused:
            return refused.slug
        return None

    assert answer(None) == answer(OTHER)


@pytest.mark.parametrize("kind", EvidenceKind)
def test_a_carriers_word_never_ripens(kind: EvidenceKind) -> None:
    due_at = choose_due_at(kind, timedelta(hours=24), NOW)
    assert due_at == (None if kind is EvidenceKind.CARRIER else NOW + timedelta(hours=24))
    claim = make_claim(due_at=due_at)
    assert is_ready(claim, NOW + timedelta(days=6)) is (due_at is not None)
    assert not is_ready(claim, NOW)


@given(state=st.sampled_from(ClaimState), hours=st.integers(0, 24 * 8))
def test_a_claim_is_ready_when_approved_or_due_and_over_in_a_week(state: ClaimState, hours: int) -> None:
    claim, at = make_claim(state=state), NOW + timedelta(hours=hours)
    is_under_way = state in {ClaimState.OPEN, ClaimState.APPROVED} and hours < 24 * 7
    assert is_ready(claim, at) is (is_under_way and (state is ClaimState.APPROVED or hours >= 24))
    if not is_under_way:
        assert state_of(claim, at) not in {ClaimState.OPEN, ClaimState.APPROVED}


@pytest.mark.parametrize(("seconds", "ends"), [(-1, False), (0, True), (1, True)])
def test_a_lock_since_the_claim_was_opened_ends_it(seconds: int, *, ends: bool) -> None:
    holder = make_resident(resident_id=OTHER, verified=True, locked_at=NOW + timedelta(seconds=seconds))
    claim, later = make_claim(state=ClaimState.APPROVED), NOW + timedelta(days=2)
    if ends:
        with pytest.raises(ClaimEndedError):
            require_completable(claim, holder, make_resident(), later)
    else:
        require_completable(claim, holder, make_resident(), later)


def test_whoever_has_proven_to_be_another_meanwhile_claims_nothing() -> None:
    claim = make_claim(state=ClaimState.APPROVED)
    with pytest.raises(ClaimEndedError):
        require_completable(claim, make_resident(resident_id=OTHER, verified=True), make_resident(verified=True), NOW)


def test_a_denial_holds_off_its_claimant_alone_and_not_for_ever() -> None:
    denied = make_claim(state=ClaimState.DENIED, decided_at=NOW, opened_at=NOW - timedelta(days=2))
    with pytest.raises(TooManyRequestsError) as refused:
        require_room([denied], OWN, EvidenceKind.FACE, NOW)
    assert refused.value.retry_after == int(DENIED_FOR.total_seconds()) + 1
    require_room([denied], uuid4(), EvidenceKind.FACE, NOW)
    require_room([denied], OWN, EvidenceKind.FACE, NOW + DENIED_FOR)


def test_an_identity_takes_so_many_claims_a_day() -> None:
    claims = [make_claim(claimant_id=uuid4(), opened_at=NOW + timedelta(hours=n)) for n in range(MOST_CLAIMS_DAILY)]
    last = claims[-1].opened_at
    require_room(claims[1:], OWN, EvidenceKind.FACE, last)
    with pytest.raises(TooManyRequestsError) as refused:
        require_room(claims, OWN, EvidenceKind.FACE, last)
    require_room(claims, OWN, EvidenceKind.FACE, last + timedelta(seconds=refused.value.retry_after or 0))


def test_a_crowd_by_a_carriers_word_holds_off_nobody_who_shows_presence() -> None:
    claims = [make_claim(claimant_id=uuid4(), evidence=EvidenceKind.CARRIER) for _ in range(MOST_CLAIMS_DAILY)]
    require_room(claims, OWN, EvidenceKind.FACE, NOW)
    with pytest.raises(TooManyRequestsError):
        require_room(claims, OWN, EvidenceKind.CARRIER, NOW)

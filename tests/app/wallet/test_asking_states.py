"""The life of a question, whoever does what in whichever order: it leaves `pending` once, and tells what it told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import hypothesis
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from app.database import Pool, transaction
from app.wallet import presentation_store as store
from app.wallet.presentation_model import AskedState, Presentation, Query
from app.wallet.requesting import name_request

BEGUN = datetime(2026, 11, 21, 12, tzinfo=UTC)
LIFE = timedelta(seconds=120)
GUEST, STRANGER = uuid4(), uuid4()

STEPS = st.sampled_from(["wait", "open", "open by another", "grant", "refuse", "grant by another", "withdraw"])


def ask(resident_id: UUID | None) -> Presentation:
    return Presentation(
        presentation_id=uuid4(),
        venue_id=uuid4(),
        scanner_id=uuid4(),
        verifier_id=None,
        purpose="hotel-check-in",
        queries=[Query("licence", "resident-identity-card", ["name"], 30)],
        nonce="nonce",
        audience="audience",
        created_at=BEGUN,
        expires_at=BEGUN + LIFE,
        resident_id=resident_id,
    )


_AFTER = {"grant": AskedState.GRANTED, "refuse": AskedState.REFUSED}


class Life:
    """What a question should be, step by step."""

    def __init__(self, asked: Presentation) -> None:
        self.owner = asked.resident_id
        self.state = AskedState.PENDING

    def take(self, step: str, now: datetime) -> bool:
        """Whether the step does anything."""
        is_open = self.state is AskedState.PENDING and now < BEGUN + LIFE
        actor = STRANGER if step.endswith("another") else GUEST
        match step.removesuffix(" by another"):
            case "open":
                takes = is_open and self.owner is None
                self.owner = actor if takes else self.owner
            case "grant" | "refuse" as what:
                takes = is_open and self.owner == actor
                self.state = _AFTER[what] if takes else self.state
            case "withdraw":
                takes = is_open
                self.state = AskedState.WITHDRAWN if takes else self.state
            case _:
                return False
        return takes


async def do(pool: Pool, asked: Presentation, step: str, now: datetime) -> bool:
    actor = STRANGER if step.endswith("another") else GUEST
    async with transaction(pool) as db:
        match step.removesuffix(" by another"):
            case "open":
                return await store.claim_open(db, asked.presentation_id, actor, now)
            case "grant":
                return await store.claim_answer(
                    db, asked.presentation_id, AskedState.GRANTED, resident_id=actor, now=now
                )
            case "refuse":
                return await store.claim_answer(
                    db, asked.presentation_id, AskedState.REFUSED, resident_id=actor, now=now
                )
            case "withdraw":
                return await store.claim_withdrawal(db, asked.presentation_id, now)
            case _:
                return False


@hypothesis.settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, min_size=1, max_size=8), directed=st.booleans())
async def test_a_question_lives_once(pool: Pool, steps: list[str], directed: bool) -> None:  # noqa: FBT001  drawn
    asked = ask(GUEST if directed else None)
    assert await store.insert_presentation(pool, asked)
    life, now = Life(asked), BEGUN
    for step in steps:
        if step == "wait":
            now += LIFE / 3
        assert await do(pool, asked, step, now) == life.take(step, now), step
    kept = await store.get_presentation(pool, asked.presentation_id)
    assert kept is not None
    assert (kept.state, kept.resident_id) == (life.state, life.owner)
    is_over = life.state is AskedState.PENDING and now >= BEGUN + LIFE
    assert kept.state_at(now) is (AskedState.EXPIRED if is_over else life.state)


async def test_the_same_question_is_kept_once(pool: Pool) -> None:
    asked = ask(None)
    assert [await store.insert_presentation(pool, asked) for _ in range(2)] == [True, False]


@given(st.binary(min_size=32, max_size=32))
def test_a_request_names_its_question(key: bytes) -> None:
    name = name_request(key)
    assert (name.version, name.variant) == (8, "specified in RFC 4122")
    assert name == name_request(key)


@pytest.mark.parametrize("state", AskedState)
def test_every_state_has_a_name_on_the_wire(state: AskedState) -> None:
    assert state.value == state.name.lower()

"""The ledger of what mini-programs may send, and that to who knows no ids nothing is sent twice."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace
from uuid_utils.compat import uuid7

from app.database import Pool
from push import reach_store, reaching
from push.notices import Delivered, Fault, Outcome, Refused, Retry, Unavailable, Unknown, Withheld
from push.sending import Accepted, ConsentSpent, SendOutcome
from push.sending import Unanswered as Unheard
from tests.harness.clock import Clock
from tests.push.stage import Stage

DOWN = Unavailable("unreachable")


@pytest.fixture
def stage(pool: Pool, clock: Clock) -> Stage:
    return Stage(pool, clock)


@pytest.fixture
def recipient() -> UUID:
    return uuid7()


async def read_allowance(stage: Stage, recipient: UUID) -> tuple[int, bool]:
    (allowance,) = await reaching.list_allowances(stage.pool, recipient)
    return allowance.remaining, allowance.lasts


@pytest.mark.parametrize(
    ("answer", "outcome", "left"),
    [
        (Accepted(), Delivered(), 1),
        (Unheard("timeout"), Unknown("timeout"), 1),
        (Refused("argument-invalid"), Refused("argument-invalid"), 2),
        (Retry("concurrent", 1.0), Retry("concurrent", 1.0), 2),
        (DOWN, Retry("unreachable"), 2),
        (Fault("template-unknown"), Retry("template-unknown"), 2),
        (ConsentSpent("not-subscribed"), Refused("not-subscribed"), 0),
    ],
)
async def test_a_consent_is_spent_where_something_may_have_been_sent(
    stage: Stage, recipient: UUID, answer: SendOutcome, outcome: Outcome, left: int
) -> None:
    await stage.give_address(recipient, "wechat", "openid")
    for _ in range(2):
        await stage.give_consent(recipient)
    stage.clock.turn(1)
    stage.couriers["wechat"].answers["openid"] = [answer]
    assert await stage.attempt(await stage.claim(recipient, "wechat")) == outcome
    assert await read_allowance(stage, recipient) == (left, False)


async def test_without_a_consent_a_mini_program_is_passed_by(stage: Stage, recipient: UUID) -> None:
    await stage.give_address(recipient, "wechat", "openid")
    assert await stage.attempt(stage.make(recipient, "wechat")) == Withheld("not-wanted")
    await stage.give_consent(recipient)
    campaign = stage.make(recipient, "wechat", "campaign")
    assert await stage.attempt(campaign) == Withheld("not-wanted"), "no template is for that"
    assert stage.sent == []


async def test_a_consent_that_was_spent_meanwhile_is_not_spent_twice(stage: Stage, recipient: UUID) -> None:
    await stage.give_address(recipient, "wechat", "openid")
    await stage.give_consent(recipient)
    notices = [await stage.claim(recipient, "wechat") for _ in range(5)]
    attempts = await stage.channels["wechat"].prepare(notices)
    outcomes = await asyncio.gather(*(attempt.send() for attempt in attempts if not isinstance(attempt, Outcome)))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Delivered", *["Refused"] * 4]
    assert stage.names == ["openid"]


async def test_to_who_knows_no_ids_nothing_is_sent_twice(stage: Stage, recipient: UUID) -> None:
    await stage.give_address(recipient, "wechat", "openid")
    await stage.give_consent(recipient)
    notice = await stage.claim(recipient, "wechat")
    stage.couriers["wechat"].answers["openid"] = [ConnectionError()]  # as if the worker had been killed here
    with pytest.raises(ConnectionError):
        await stage.attempt(notice)
    row = await stage.pool.fetchrow("SELECT pinned FROM outbox WHERE notice_id = $1", notice.notice_id)
    assert row is not None
    assert row["pinned"] is not None, "whoever claims it next knows"
    again = replace(notice, attempts=2, pinned=row["pinned"], is_abandoned=True)
    assert await stage.attempt(again) == Unknown("cut-off")
    assert stage.names == ["openid"]


async def test_who_is_killed_while_a_consent_is_spent_has_another_spent_for_nothing_more(
    stage: Stage, recipient: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stage.give_address(recipient, "wechat", "openid")
    for _ in range(2):
        await stage.give_consent(recipient)
    notice, spend = await stage.claim(recipient, "wechat"), reach_store.spend_allowance

    async def spend_and_die(*given: Any) -> bool:
        await spend(*given)
        raise ConnectionError

    monkeypatch.setattr(reach_store, "spend_allowance", spend_and_die)
    with pytest.raises(ConnectionError):
        await stage.attempt(notice)
    monkeypatch.setattr(reach_store, "spend_allowance", spend)
    pinned = await stage.pool.fetchval("SELECT pinned FROM outbox WHERE notice_id = $1", notice.notice_id)
    again = replace(notice, attempts=2, pinned=pinned, is_abandoned=True)
    assert await stage.attempt(again) == Unknown("cut-off")
    assert (stage.sent, await read_allowance(stage, recipient)) == ([], (1, False))


async def test_what_another_worker_took_over_is_not_sent_to_who_knows_no_ids(stage: Stage, recipient: UUID) -> None:
    await stage.give_address(recipient, "wechat", "openid")
    await stage.give_consent(recipient)
    notice = await stage.claim(recipient, "wechat")
    await stage.pool.execute("UPDATE outbox SET attempts = 2 WHERE notice_id = $1", notice.notice_id)
    assert await stage.attempt(notice) == Retry("overtaken")
    assert (stage.sent, await read_allowance(stage, recipient)) == ([], (1, False))


async def test_what_a_dead_worker_held_for_a_mini_program_was_not_sent(stage: Stage, recipient: UUID) -> None:
    await stage.give_address(recipient, "wechat", "openid")
    await stage.give_consent(recipient)
    notice = replace(await stage.claim(recipient, "wechat"), is_abandoned=True)
    assert await stage.attempt(notice) == Delivered()


async def test_who_is_cut_off_while_a_consent_is_taken_leaves_it(
    stage: Stage, recipient: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that is stopped, say: nothing was sent, and the notice has its way still."""
    await stage.give_address(recipient, "wechat", "openid")
    await stage.give_consent(recipient)
    stage.clock.turn(1)
    spend, is_spent, may_answer = reach_store.spend_allowance, asyncio.Event(), asyncio.Event()

    async def spend_slowly(*given: Any) -> bool:
        taken = await spend(*given)
        is_spent.set()
        await may_answer.wait()
        return taken

    notice = await stage.claim(recipient, "wechat")
    with monkeypatch.context() as slow:
        slow.setattr(reach_store, "spend_allowance", spend_slowly)
        attempt = asyncio.create_task(stage.attempt(notice))
        await is_spent.wait()
        attempt.cancel()
        may_answer.set()
        with pytest.raises(asyncio.CancelledError):
            await attempt
    assert (await read_allowance(stage, recipient), stage.names) == ((1, False), [])
    assert await stage.attempt(notice) == Delivered()

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
from push.channels import Attempt
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


class Gate:
    """Something that begins and is held up, so that whoever waits for it can be cut off."""

    def __init__(self) -> None:
        self.is_reached = asyncio.Event()
        self.may_pass = asyncio.Event()

    async def __call__(self) -> None:
        self.is_reached.set()
        await self.may_pass.wait()


async def cut(attempt: Attempt, gate: Gate, times: int = 1) -> Outcome:
    """What an attempt comes to that is cut off where it is held up, so many times."""
    sending = asyncio.create_task(attempt.send())
    await gate.is_reached.wait()
    for _ in range(times):
        sending.cancel()
        await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await sending
    return attempt.cut("interrupted")


@pytest.mark.parametrize("fails", [False, True])
async def test_what_had_not_departed_was_not_sent_and_spends_no_consent(
    stage: Stage, recipient: UUID, *, fails: bool
) -> None:
    """A stop, say, while the access token is fetched: the notice has its way still."""
    await stage.give_address(recipient, "wechat", "openid")
    await stage.give_consent(recipient)
    stage.clock.turn(1)
    courier, gate = stage.couriers["wechat"], Gate()
    ready, courier.make_ready = courier.make_ready, gate
    notice = await stage.claim(recipient, "wechat")
    (attempt,) = await stage.channels["wechat"].prepare([notice])
    assert not isinstance(attempt, Outcome)
    if fails:
        courier.make_ready = fail
        with pytest.raises(ConnectionError):
            await attempt.send()
        assert attempt.cut("channel-error") == Retry("channel-error")
    else:
        assert await cut(attempt, gate) == Retry("interrupted")
    assert (await read_allowance(stage, recipient), stage.names) == ((1, False), [])
    courier.make_ready = ready
    assert await stage.attempt(notice) == Delivered()


async def fail() -> None:
    raise ConnectionError


@pytest.mark.parametrize("times", [1, 2])
async def test_a_consent_is_put_back_by_whoever_is_cut_off_over_it(
    stage: Stage, recipient: UUID, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    """WeChat was busy and sent nothing; what says so goes on without whoever waited, and is waited for at the end."""
    await stage.give_address(recipient, "wechat", "openid")
    await stage.give_consent(recipient)
    stage.clock.turn(1)
    stage.couriers["wechat"].answers["openid"] = [Retry("busy")]
    (attempt,) = await stage.channels["wechat"].prepare([await stage.claim(recipient, "wechat")])
    assert not isinstance(attempt, Outcome)
    gate = hold_up(monkeypatch, "return_allowance")
    assert await cut(attempt, gate, times) == Retry("busy")
    assert await read_allowance(stage, recipient) == (0, False)
    gate.may_pass.set()
    await stage.channels["wechat"].finish()
    assert await read_allowance(stage, recipient) == (1, False)


async def test_who_is_cut_off_twice_while_a_consent_is_taken_leaves_it_too(
    stage: Stage, recipient: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a deadline, and then by a stop that waits no longer."""
    await stage.give_address(recipient, "wechat", "openid")
    await stage.give_consent(recipient)
    stage.clock.turn(1)
    (attempt,) = await stage.channels["wechat"].prepare([await stage.claim(recipient, "wechat")])
    assert not isinstance(attempt, Outcome)
    gate = hold_up(monkeypatch, "spend_allowance")
    assert await cut(attempt, gate, times=2) == Retry("interrupted")
    gate.may_pass.set()
    await stage.channels["wechat"].finish()
    assert (await read_allowance(stage, recipient), stage.names) == ((1, False), [])


def hold_up(monkeypatch: pytest.MonkeyPatch, name: str) -> Gate:
    """An entry of the ledger that takes its time."""
    gate, enter = Gate(), getattr(reach_store, name)

    async def enter_late(*given: Any) -> Any:
        await gate()
        return await enter(*given)

    monkeypatch.setattr(reach_store, name, enter_late)
    return gate

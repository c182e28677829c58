"""An attempt that is cut off, at each turn of the event loop that it takes: nothing is lost, wasted or sent twice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from app.database import Pool
from push import address_store, carrying, reach_store, store
from push.carrying import ProviderChannel
from push.channels import Attempt
from push.notices import Fault, Notice, Outcome, Retry, Unavailable
from push.rules import Pace, Ruling, rule
from push.sending import Accepted, SendOutcome, Unanswered
from tests.harness.clock import Clock
from tests.push.stage import Stage

_SURELY_NOT_SENT = (Retry, Unavailable, Fault)


class Ledger:
    """One consent and one place in the outbox, behind a database whose every word takes turns of the loop."""

    def __init__(self) -> None:
        self.left = 1

    async def spend(self, *_: Any) -> bool:
        await _rest()
        is_left, self.left = self.left > 0, max(self.left - 1, 0)
        await _rest()
        return is_left

    async def put_back(self, *_: Any) -> None:
        await _rest()
        self.left += 1
        await _rest()


class SlowCourier:
    """Makes ready, sends and hears, each for some turns of the loop."""

    def __init__(self, answer: SendOutcome | Exception) -> None:
        self.answer = answer
        self.arrived = 0

    async def send(self, _letter: Any, _stop: Any, _name: str, departure: Any) -> SendOutcome:
        await _rest()
        departure.go()
        self.arrived += 1
        await _rest()
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


async def _rest() -> None:
    for _ in range(2):
        await asyncio.sleep(0)


def _slowly(answer: bool) -> Callable[..., Coroutine[Any, Any, bool]]:  # noqa: FBT001  what it answers
    async def ask(*_: Any) -> bool:
        await _rest()
        return answer

    return ask


@pytest.fixture
def stage(pool: Pool, clock: Clock) -> Stage:
    return Stage(pool, clock, served=("wechat",))


@pytest.fixture
async def notice(stage: Stage) -> Notice:
    """Of somebody who agreed to one message of a mini-program."""
    recipient: UUID = uuid7()
    await stage.give_address(recipient, "wechat", "openid")
    await stage.give_consent(recipient)
    return await stage.claim(recipient, "wechat")


async def _cut(channel: ProviderChannel, notice: Notice, turns: int, times: int) -> tuple[Outcome, bool]:
    """What an attempt comes to that is cut off after so many turns, so many times; and whether it had ended by then."""
    (attempt,) = await channel.prepare([notice])
    assert not isinstance(attempt, Outcome)
    sending = asyncio.create_task(attempt.send())
    for _ in range(turns):
        await asyncio.sleep(0)
    had_ended = sending.done()
    for _ in range(times):
        sending.cancel()
        await asyncio.sleep(0)
    outcome = await _conclude(sending, attempt)
    await channel.finish()
    return outcome, had_ended


async def _conclude(sending: asyncio.Task[Outcome], attempt: Attempt) -> Outcome:
    try:
        return await sending
    except asyncio.CancelledError:
        return attempt.cut("interrupted")
    except ConnectionError:
        return attempt.cut("channel-error")


def _check(ruling: Ruling, courier: SlowCourier, left: int) -> None:
    is_over = ruling.outcome is not None
    if not courier.arrived:
        assert (left, is_over, ruling.notice.pinned) == (1, False, None), "it has its consent and its way still"
    elif isinstance(courier.answer, Accepted):
        assert (left, is_over) == (0, True), "it is not sent again"
    elif isinstance(courier.answer, _SURELY_NOT_SENT):
        assert left == (0 if is_over else 1), "what is tried again has its consent; what may have come is over"
    else:
        assert (left, is_over) == (0, True), "nobody knows whether it came"


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize(
    "answer",
    [Accepted(), Retry("busy"), Unavailable("unreachable"), Fault("unknown"), Unanswered("timeout"), ConnectionError()],
    ids=lambda answer: type(answer).__name__,
)
async def test_wherever_it_is_cut_off(
    stage: Stage, notice: Notice, monkeypatch: pytest.MonkeyPatch, answer: SendOutcome | Exception, times: int
) -> None:
    monkeypatch.setattr(carrying, "_FRESH", timedelta(0))
    monkeypatch.setattr(address_store, "has_address", _slowly(True))
    monkeypatch.setattr(store, "pin_notice", _slowly(True))
    turns, had_ended = 0, False
    while not had_ended:
        ledger, courier = Ledger(), SlowCourier(answer)
        monkeypatch.setattr(reach_store, "spend_allowance", ledger.spend)
        monkeypatch.setattr(reach_store, "return_allowance", ledger.put_back)
        monkeypatch.setattr(stage.couriers["wechat"], "send", courier.send)
        outcome, had_ended = await _cut(stage.open_channel("wechat"), notice, turns, times)
        _check(rule(notice, outcome, stage.clock.now, Pace(), 0.0), courier, ledger.left)
        turns += 1
    assert turns > 10, "it took turns"

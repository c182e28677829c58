"""Somebody has two phones, and one cannot be asked now: the next one is, before any other channel."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Literal
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from app.database import Pool
from push import lines, reaching, store
from push.addresses import Address
from push.breaker import Breaker
from push.notices import Delivered, Fault, Moved, Outcome, Refused, Retry, Unanswered, Unavailable
from push.sending import Accepted, AddressDead, SendOutcome
from push.sending import Unanswered as Unheard
from tests.harness.clock import Clock
from tests.push.stage import Stage

_UNREADABLE, _RESTING = "sealed-unreadable", "paused"
_STAFF = "cn.suixing.staff"
_OTHER_ID = uuid7()
_PINNED = Unanswered("timeout", None, _OTHER_ID)


@pytest.fixture
def stage(pool: Pool, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """What rests does so until the test is over, however slow the machine."""
    monkeypatch.setattr(lines, "Breaker", partial(Breaker, shortest=3600.0, longest=3600.0))
    return Stage(pool, clock)


async def give_phones(stage: Stage, hindrance: str) -> Address:
    """One that can be asked, and one that was used since and cannot; answers with the second."""
    recipient = uuid7()
    await stage.give_address(recipient, "apns", "other", address_id=_OTHER_ID)
    stage.clock.turn(1)
    if hindrance == _UNREADABLE:
        return await stage.give_address(recipient, "apns", "unreadable", sealed=b"\xff")
    await let_rest(stage)
    return await stage.give_address(recipient, "apns", "resting", app_id=_STAFF)


async def let_rest(stage: Stage) -> None:
    """An app whose key is wrong, as five others' notices have found."""
    ill = await stage.give_address(uuid7(), "apns", uuid7().hex, app_id=_STAFF)
    stage.couriers["apns"].answers[ill.sealed.decode()] = [Fault("BadTopic")] * 5
    for _ in range(5):
        await stage.attempt(stage.make(ill.recipient))
    stage.sent.clear()


@pytest.mark.parametrize("hindrance", [_UNREADABLE, _RESTING])
@pytest.mark.parametrize(
    ("answer", "alone", "with_another"),
    [
        (Accepted(), Delivered(), Delivered()),
        (AddressDead("Unregistered"), "later", "elsewhere"),
        (Refused("PayloadTooLarge"), "later", "elsewhere"),
        (Unavailable("unreachable"), Retry("unreachable"), Moved("unreachable", "fcm", ())),
        (Unheard("timeout"), _PINNED, _PINNED),
    ],
)
async def test_the_next_one_is_asked_and_what_was_passed_over_is_not_given_up(
    stage: Stage,
    hindrance: str,
    answer: SendOutcome,
    alone: Outcome | Literal["later"],
    with_another: Outcome | Literal["elsewhere"],
) -> None:
    expected = {"later": Retry(hindrance), "elsewhere": Moved(hindrance, "fcm", ())}
    for has_another, outcome in ((False, alone), (True, with_another)):
        stage.sent.clear()
        recipient = (await give_phones(stage, hindrance)).recipient
        if has_another:
            await stage.give_address(recipient, "fcm", "fcm")
        stage.clock.turn(1)
        stage.couriers["apns"].answers["other"] = [answer]
        found = await stage.attempt(stage.make(recipient))
        assert found == (expected[outcome] if isinstance(outcome, str) else outcome)
        assert stage.names == ["other"]


async def test_where_none_can_be_asked_it_waits(stage: Stage) -> None:
    await let_rest(stage)
    recipient: UUID = uuid7()
    await stage.give_address(recipient, "apns", "resting", app_id=_STAFF)
    assert await stage.attempt(stage.make(recipient)) == Retry(_RESTING)
    await stage.give_address(recipient, "wechat", "account")
    await stage.give_consent(recipient, "wechat")
    assert await stage.attempt(stage.make(recipient)) == Moved(_RESTING, "wechat", ())
    assert stage.sent == []


@pytest.mark.parametrize("hindrance", [_UNREADABLE, _RESTING])
async def test_what_may_have_arrived_waits_for_its_phone_whatever_others_there_are(
    stage: Stage, hindrance: str
) -> None:
    held = await give_phones(stage, hindrance)
    await stage.give_address(held.recipient, "fcm", "fcm")
    for given in ({"pinned": held.address_id}, {"is_abandoned": True}):
        outcome = await stage.attempt(stage.make(held.recipient, **given))
        assert outcome == Unanswered(hindrance, None, held.address_id)
    assert stage.sent == []


async def test_no_consent_is_spent_on_an_account_that_does_not_open(stage: Stage) -> None:
    recipient = uuid7()
    await stage.give_address(recipient, "wechat", uuid7().hex, sealed=b"\xff")
    await stage.give_consent(recipient, "wechat")
    notice = await stage.claim(recipient, "wechat")
    assert await stage.attempt(notice) == Retry(_UNREADABLE)
    (left,) = await reaching.list_allowances(stage.pool, recipient)
    pinned = await stage.pool.fetchval("SELECT pinned FROM outbox WHERE notice_id = $1", notice.notice_id)
    assert (left.remaining, pinned) == (1, None)


async def test_a_template_that_may_be_probed_is_probed_by_one(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever probes waits for the database before it sends: no other may come in between."""

    async def pin_slowly(*_: object) -> bool:
        await asyncio.sleep(0.5)
        return True

    monkeypatch.setattr(lines, "Breaker", Breaker)
    people = [uuid7() for _ in range(5 + 8)]
    for person in people:
        await stage.give_address(person, "wechat", person.hex)
        await stage.give_consent(person, "wechat")
        stage.couriers["wechat"].answers[person.hex] = [Fault("40037")]
    claimed = [await stage.claim(person, "wechat") for person in people]
    for notice in claimed[:5]:
        await stage.attempt(notice)
    await asyncio.sleep(1.1)  # until the line may be probed
    stage.sent.clear()
    monkeypatch.setattr(store, "pin_notice", pin_slowly)
    assert {type(one) for one in await asyncio.gather(*map(stage.attempt, claimed[5:]))} == {Retry}
    assert len(stage.sent) == 1

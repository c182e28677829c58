"""One notice a message, from channel to channel: whom it reaches, what providers' answers change, how it ends."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs
from uuid_utils.compat import uuid7

from app.database import Pool
from push import reaching
from push.addresses import Preferences, PushChannel, QuietHours
from push.notices import (
    Delivered,
    Fault,
    Moved,
    Outcome,
    Postponed,
    Refused,
    Retry,
    Unanswered,
    Unavailable,
    Unknown,
    Withheld,
)
from push.sending import Accepted, AddressDead, ConsentSpent, OtherEnvironment, SendOutcome
from push.sending import Unanswered as Unheard
from tests.harness.clock import Clock
from tests.push.stage import Stage


@pytest.fixture
def stage(pool: Pool, clock: Clock) -> Stage:
    return Stage(pool, clock)


@pytest.fixture
def recipient() -> UUID:
    return uuid7()


async def give_all(stage: Stage, recipient: UUID) -> None:
    for channel in stage.channels:
        await stage.give_address(recipient, channel, channel)
    await stage.give_consent(recipient, "wechat")
    await stage.give_consent(recipient, "alipay", lasts=True)


DOWN = Unavailable("unreachable")


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ({}, ["apns"]),
        ({"apns": DOWN}, ["apns", "fcm"]),
        ({"apns": Retry("TooManyRequests")}, ["apns", "fcm"]),
        ({"apns": Fault("BadTopic")}, ["apns", "fcm"]),
        ({"apns": Refused("PayloadTooLarge")}, ["apns", "fcm"]),
        ({"apns": AddressDead("Unregistered")}, ["apns", "fcm"]),
        ({"apns": DOWN, "fcm": AddressDead("UNREGISTERED")}, ["apns", "fcm", "wechat"]),
        ({"apns": DOWN, "fcm": DOWN, "wechat": ConsentSpent("not-subscribed")}, ["apns", "fcm", "wechat", "alipay"]),
    ],
)
async def test_it_goes_on_until_a_channel_takes_it(
    pool: Pool, clock: Clock, recipient: UUID, answers: dict[PushChannel, SendOutcome], told: list[str]
) -> None:
    stage = Stage(pool, clock)
    await give_all(stage, recipient)
    for channel, answer in answers.items():
        stage.couriers[channel].answers[channel] = [answer]
    notice = await stage.claim(recipient)
    at = clock.now
    ruling = await stage.walk(notice)
    assert (ruling.outcome, stage.names, clock.now) == ("delivered", told, at)
    assert {sent.notice_id for sent in stage.sent} == {notice.notice_id}


async def test_when_all_are_down_it_comes_round_and_backs_off(stage: Stage, recipient: UUID) -> None:
    for channel in ("apns", "fcm"):
        await stage.give_address(recipient, channel, channel)
        stage.couriers[channel].answers[channel] = [DOWN, DOWN]
    first = await stage.step(stage.make(recipient))
    assert (first.notice.channel, first.due_at, first.notice.tried) == ("fcm", stage.clock.now, ())
    second = await stage.step(replace(first.notice, attempts=2))
    assert second.notice.channel == "apns"
    assert second.due_at >= stage.clock.now + timedelta(seconds=1)
    ruling = await stage.walk(replace(second.notice, attempts=3))
    assert (ruling.outcome, stage.names) == ("delivered", ["apns", "fcm", "apns", "fcm", "apns"])


async def test_what_refuses_for_good_is_not_asked_again(stage: Stage, recipient: UUID) -> None:
    for channel in ("apns", "fcm"):
        await stage.give_address(recipient, channel, channel)
    stage.couriers["apns"].answers["apns"] = [Refused("PayloadTooLarge")]
    stage.couriers["fcm"].answers["fcm"] = [DOWN, DOWN]
    ruling = await stage.walk(stage.make(recipient))
    assert (ruling.outcome, stage.names) == ("delivered", ["apns", "fcm", "fcm", "fcm"])
    stage.couriers["apns"].answers["apns"] = [Refused("PayloadTooLarge")]
    stage.couriers["fcm"].answers["fcm"] = [Refused("INVALID_ARGUMENT")]
    ruling = await stage.walk(stage.make(recipient))
    assert (ruling.outcome, ruling.reason) == ("refused", "INVALID_ARGUMENT")


async def test_without_an_address_it_goes_where_there_is_one_or_ends(stage: Stage, recipient: UUID) -> None:
    assert await stage.attempt(stage.make(recipient)) == Refused("no-address")
    await stage.give_address(recipient, "fcm", "fcm")
    assert await stage.attempt(stage.make(recipient)) == Moved("not-reached-here", "fcm", ())
    only_apple = Stage(stage.pool, stage.clock, served=["apns"])
    assert await only_apple.attempt(only_apple.make(recipient)) == Withheld("not-wanted")


async def test_the_phone_used_last_is_told_and_the_next_where_it_is_dead(stage: Stage, recipient: UUID) -> None:
    await stage.give_address(recipient, "apns", "old")
    stage.clock.turn(60)
    await stage.give_address(recipient, "apns", "new")
    stage.clock.turn(60)
    await stage.walk(stage.make(recipient))
    assert stage.names == ["new"]
    stage.couriers["apns"].answers["new"] = [AddressDead("Unregistered", stage.clock.now)]
    await stage.walk(stage.make(recipient))
    assert stage.names == ["new", "new", "old"]
    (left,) = await reaching.list_addresses(stage.pool, recipient)
    assert left.sealed == b"old"


@pytest.mark.parametrize(
    ("answers", "left"),
    [
        ([AddressDead("Unregistered")], 0),
        ([OtherEnvironment("BadDeviceToken"), OtherEnvironment("BadDeviceToken")], 0),
        ([OtherEnvironment("BadDeviceToken"), Accepted()], 1),
        ([OtherEnvironment("BadDeviceToken"), DOWN], 1),
        ([Refused("PayloadTooLarge")], 1),
        ([Fault("DeviceTokenNotForTopic")], 1),
        ([Retry("TooManyRequests")], 1),
        ([DOWN], 1),
        ([Unheard("timeout")], 1),
        ([ConsentSpent("not-subscribed")], 1),
    ],
)
async def test_an_address_is_removed_by_the_rules_alone(
    stage: Stage, recipient: UUID, answers: list[SendOutcome], left: int
) -> None:
    await stage.give_address(recipient, "apns", "phone")
    stage.couriers["apns"].answers["phone"] = [*answers]
    stage.clock.turn(5)
    await stage.attempt(stage.make(recipient))
    assert len(stage.sent) == len(answers)
    assert len(await reaching.list_addresses(stage.pool, recipient)) == left


@pytest.mark.parametrize(("seconds", "left"), [(1, 0), (-1, 1)])
async def test_what_was_registered_again_since_apple_found_it_dead_stays(
    stage: Stage, recipient: UUID, seconds: int, left: int
) -> None:
    address = await stage.give_address(recipient, "apns", "phone")
    dead = AddressDead("Unregistered", address.registered_at + timedelta(seconds=seconds))
    stage.couriers["apns"].answers["phone"] = [dead]
    stage.clock.turn(5)
    await stage.attempt(stage.make(recipient))
    assert len(await reaching.list_addresses(stage.pool, recipient)) == left


async def test_a_phone_registered_again_while_it_was_asked_stays(stage: Stage, recipient: UUID) -> None:
    address = await stage.give_address(recipient, "fcm", "phone")
    stage.couriers["fcm"].answers["phone"] = [AddressDead("UNREGISTERED")]
    (attempt,) = await stage.channels["fcm"].prepare([stage.make(recipient, "fcm")])
    assert not isinstance(attempt, Outcome)
    await stage.give_address(
        recipient, "fcm", "phone", address_id=address.address_id, registered_at=stage.clock.now + timedelta(seconds=9)
    )
    assert await attempt.send() == Refused("UNREGISTERED")
    assert len(await reaching.list_addresses(stage.pool, recipient)) == 1


async def test_the_other_environment_is_tried_once_and_noted_when_it_works(stage: Stage, recipient: UUID) -> None:
    await stage.give_address(recipient, "apns", "phone", environment="production")
    stage.couriers["apns"].answers["phone"] = [OtherEnvironment("BadDeviceToken")]
    for _ in range(2):
        assert (await stage.walk(stage.make(recipient))).outcome == "delivered"
    assert [sent.environment for sent in stage.sent] == ["production", "sandbox", "sandbox"]


async def test_without_a_key_for_the_other_environment_the_address_stays(stage: Stage, recipient: UUID) -> None:
    await stage.give_address(recipient, "apns", "phone")
    stage.couriers["apns"].other_environments = False
    stage.couriers["apns"].answers["phone"] = [OtherEnvironment("BadDeviceToken")]
    assert await stage.attempt(stage.make(recipient)) == Refused("BadDeviceToken")
    assert len(await reaching.list_addresses(stage.pool, recipient)) == 1


@pytest.mark.parametrize("channel", ["apns", "fcm"])
async def test_unheard_it_is_told_again_there_and_nowhere_else(
    stage: Stage, recipient: UUID, channel: PushChannel
) -> None:
    await give_all(stage, recipient)
    stage.clock.turn(1)
    stage.couriers[channel].answers[channel] = [Unheard("timeout"), DOWN, Unheard("connection-lost")]
    notice = stage.make(recipient, channel)
    first = await stage.step(notice)
    pinned = first.notice.pinned
    assert pinned is not None
    stage.clock.turn(60)
    await stage.give_address(recipient, channel, "a newer phone")
    ruling = await stage.walk(replace(first.notice, attempts=2))
    assert (ruling.outcome, stage.names) == ("delivered", [channel] * 4)
    assert {(sent.notice_id, sent.collapse_id) for sent in stage.sent} == {
        (notice.notice_id, notice.dedupe_key.removeprefix("push:"))
    }


@pytest.mark.parametrize("answer", [AddressDead("Unregistered"), Refused("BadPriority"), OtherEnvironment("Bad")])
async def test_what_may_have_arrived_ends_unknown(stage: Stage, recipient: UUID, answer: SendOutcome) -> None:
    await give_all(stage, recipient)
    stage.couriers["apns"].other_environments = False
    stage.couriers["apns"].answers["apns"] = [Unheard("timeout"), answer]
    ruling = await stage.walk(stage.make(recipient))
    assert (ruling.outcome, stage.names) == ("unknown", ["apns", "apns"])


async def test_unheard_until_it_is_too_late_it_ends_unknown(stage: Stage, recipient: UUID) -> None:
    await stage.give_address(recipient, "apns", "phone")
    stage.couriers["apns"].always = Unheard("timeout")
    ruling = await stage.walk(stage.make(recipient, expires_at=stage.clock.now + timedelta(minutes=2)))
    assert ruling.outcome == "unknown"


async def test_whoever_logged_out_meanwhile_is_not_told_again(stage: Stage, recipient: UUID) -> None:
    await give_all(stage, recipient)
    notice = stage.make(recipient, pinned=uuid7())
    assert await stage.attempt(notice) == Unknown("address-gone")
    assert stage.sent == []


async def test_what_a_dead_worker_held_stays_on_its_channel(stage: Stage, recipient: UUID) -> None:
    await give_all(stage, recipient)
    stage.couriers["apns"].answers["apns"] = [DOWN]
    held = stage.make(recipient, is_abandoned=True)
    outcome = await stage.attempt(held)
    assert isinstance(outcome, Unanswered), "it may be on the phone already, so no other channel is asked"
    assert await stage.attempt(held) == Delivered()
    assert stage.names == ["apns", "apns"]


async def test_what_is_muted_now_is_not_told(stage: Stage, recipient: UUID) -> None:
    for channel in ("apns", "fcm"):
        await stage.give_address(recipient, channel, channel)
    notice = stage.make(recipient)

    async def mute(*pairs: tuple[str, str]) -> None:
        await reaching.save_preferences(stage.pool, recipient, Preferences(muted=frozenset(pairs)), now=stage.clock.now)

    await mute(("codes", "apns"))
    assert await stage.attempt(notice) == Moved("not-reached-here", "fcm", ())
    await mute(("codes", "apns"), ("codes", "fcm"))
    assert await stage.attempt(notice) == Withheld("not-wanted")
    await mute(("codes", "apns"), ("codes", "fcm"), ("security", "apns"))
    assert await stage.attempt(stage.make(recipient, topic="account.locked")) == Delivered()
    assert stage.names == ["apns"]


async def prefer_quiet(stage: Stage, recipient: UUID) -> None:
    """Quiet from an hour ago until in an hour."""
    hours = [(stage.clock.now + timedelta(hours=8 + off)).time().replace(second=0) for off in (-1, 1)]
    chosen = Preferences(quiet=QuietHours(*hours))
    await reaching.save_preferences(stage.pool, recipient, chosen, now=stage.clock.now)


async def test_quiet_hours_are_looked_at_when_it_is_sent(stage: Stage, recipient: UUID) -> None:
    await stage.give_address(recipient, "apns", "phone")
    await prefer_quiet(stage, recipient)
    notice = stage.make(recipient, expires_at=stage.clock.now + timedelta(hours=5))
    waiting = await stage.step(notice)
    assert (waiting.outcome, waiting.reason, stage.sent) == (None, "quiet-hours", [])
    assert timedelta(0) < waiting.due_at - stage.clock.now <= timedelta(hours=1)
    assert await stage.attempt(stage.make(recipient, topic="account.locked")) == Delivered(), "what is critical shows"
    stage.clock.now = waiting.due_at
    assert await stage.attempt(replace(waiting.notice, attempts=2)) == Delivered()


async def test_what_cannot_wait_for_the_morning_is_over(stage: Stage, recipient: UUID) -> None:
    await stage.give_address(recipient, "apns", "phone")
    await prefer_quiet(stage, recipient)
    ruling = await stage.step(stage.make(recipient, expires_at=stage.clock.now + timedelta(minutes=10)))
    assert (ruling.outcome, stage.sent) == ("expired", [])
    assert isinstance(await stage.attempt(stage.make(recipient)), Postponed)


async def test_the_language_is_that_of_the_moment(stage: Stage, recipient: UUID) -> None:
    await stage.give_address(recipient, "apns", "phone", locale="en-GB")
    notice = stage.make(recipient)
    await stage.attempt(notice)
    await reaching.save_preferences(stage.pool, recipient, Preferences(), now=stage.clock.now)
    await stage.attempt(notice)
    assert [sent.title for sent in stage.sent] == ["code.scanned en", "code.scanned zh-CN"]


async def test_what_nobody_has_words_for_is_withheld(stage: Stage, recipient: UUID) -> None:
    await stage.give_address(recipient, "apns", "phone")
    stage.wordings.silent.add("campaign")
    assert await stage.attempt(stage.make(recipient, topic="campaign")) == Withheld("no-words")
    assert await stage.attempt(stage.make(recipient, topic="unknown")) == Withheld("topic-not-pushed")


async def test_what_collapses_does_so_by_its_topic(stage: Stage, recipient: UUID) -> None:
    await stage.give_address(recipient, "apns", "phone")
    await stage.attempt(stage.make(recipient, topic="roaming.arrived"))
    assert stage.sent[0].collapse_id == "roaming.arrived"


async def test_an_app_that_is_misconfigured_stops_no_other(stage: Stage) -> None:
    ill, well = uuid7(), uuid7()
    await stage.give_address(ill, "apns", "ill", app_id="cn.suixing.staff")
    await stage.give_address(well, "apns", "well")
    stage.couriers["apns"].answers["ill"] = [Fault("BadTopic")] * 99
    with capture_logs() as logs:
        for _ in range(20):
            assert isinstance(await stage.attempt(stage.make(ill)), Retry)
            assert await stage.attempt(stage.make(well)) == Delivered()
    assert (stage.names.count("ill"), stage.names.count("well")) == (5, 20)
    paused = [entry for entry in logs if entry["event"] == "push.channel-paused"]
    assert [(entry["channel"], entry["line"]) for entry in paused] == [("apns", "cn.suixing.staff")]


async def test_while_a_provider_is_left_alone_what_has_another_way_takes_it(stage: Stage, recipient: UUID) -> None:
    for channel in ("apns", "fcm"):
        await stage.give_address(recipient, channel, channel)
    stage.couriers["apns"].always = DOWN
    for _ in range(20):
        assert (await stage.walk(stage.make(recipient))).outcome == "delivered"
    assert (stage.names.count("apns"), stage.names.count("fcm")) == (5, 20)


async def test_an_address_that_does_not_open_is_told_of_and_not_sent_to(stage: Stage, recipient: UUID) -> None:
    await stage.give_address(recipient, "apns", "phone", sealed=b"\xff")
    with capture_logs() as logs:
        assert await stage.attempt(stage.make(recipient)) == Retry("sealed-unreadable")
    assert [entry["event"] for entry in logs if entry["log_level"] == "error"] == ["push.sealed-unreadable"]


async def test_an_attempt_that_is_cut_off_says_whether_it_may_have_arrived(stage: Stage, recipient: UUID) -> None:
    address = await stage.give_address(recipient, "apns", "phone")
    (attempt,) = await stage.channels["apns"].prepare([stage.make(recipient)])
    assert not isinstance(attempt, Outcome)
    assert attempt.cut("interrupted") == Retry("interrupted"), "nothing was sent yet"
    stage.couriers["apns"].answers["phone"] = [TimeoutError()]
    with pytest.raises(TimeoutError):
        await attempt.send()
    assert attempt.cut("deadline") == Unanswered("deadline", None, address.address_id)


async def test_one_load_serves_a_batch(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    recipients = [uuid7() for _ in range(50)]
    for recipient in recipients:
        await stage.give_address(recipient, "apns", recipient.hex)
    loads: list[int] = []
    load = reaching.load_reach

    async def count(db: Pool, asked: list[UUID]) -> object:
        loads.append(len(asked))
        return await load(db, asked)

    monkeypatch.setattr(reaching, "load_reach", count)
    attempts = await stage.channels["apns"].prepare([stage.make(recipient) for recipient in recipients])
    await asyncio.gather(*(attempt.send() for attempt in attempts if not isinstance(attempt, Outcome)))
    assert loads == [50]
    assert sorted(stage.names) == sorted(recipient.hex for recipient in recipients)


async def test_one_that_cannot_be_made_ready_holds_up_no_other(stage: Stage, recipient: UUID) -> None:
    await stage.give_address(recipient, "apns", "phone")
    odd, fine = stage.make(recipient, dedupe_key="of another version"), stage.make(recipient)
    first, second = await stage.channels["apns"].prepare([odd, fine])
    assert first == Retry("channel-error")
    assert not isinstance(second, Outcome)
    assert await second.send() == Delivered()


async def test_a_phone_that_changed_hands_while_a_notice_waited_shows_it_to_nobody(
    stage: Stage, recipient: UUID
) -> None:
    """A provider is slow, and what was made ready waits for its turn."""
    await stage.give_address(recipient, "apns", "phone")
    (attempt,) = await stage.channels["apns"].prepare([stage.make(recipient)])
    await stage.give_address(uuid7(), "apns", "phone")
    stage.clock.turn(5)
    assert not isinstance(attempt, Outcome)
    assert await attempt.send() == Refused("address-gone")
    assert stage.sent == []

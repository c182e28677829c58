"""The walk as a table: what each answer of a provider makes of a notice, wherever it is and whatever was tried."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from uuid_utils.compat import uuid7

from push.addresses import CHANNELS, Address, PushChannel, Reach
from push.notices import (
    Delivered,
    Fault,
    Moved,
    Notice,
    Outcome,
    Refused,
    Retry,
    Unanswered,
    Unavailable,
    Unknown,
    Withheld,
)
from push.rules import Pace, rule
from push.sending import Accepted, AddressDead, ConsentSpent, OtherEnvironment, SendOutcome
from push.sending import Unanswered as Unheard
from push.walking import KNOWING_IDS, Stop, Walk, begin, conclude, finish, give_up, pass_over, plan
from tests.push.harness import make_notice
from tests.push.stage import BOOK, TOPICS

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ID = uuid7()
SENT: list[SendOutcome] = [
    Accepted(),
    AddressDead("dead"),
    OtherEnvironment("other"),
    ConsentSpent("spent"),
    Refused("refused"),
    Retry("busy", 7.0),
    Unavailable("down", 8.0),
    Unheard("silent", 9.0),
    Fault("wrong"),
]


def make_stop(channel: PushChannel, address_id: UUID = ID) -> Stop:
    address = Address(
        recipient=ID,
        channel=channel,
        app_id="app",
        address_id=address_id,
        environment="",
        sealed=b"",
        locale="zh-CN",
        registered_at=NOW,
        seen_at=NOW,
    )
    return Stop(address)


def make_walk(own: PushChannel, *ways: PushChannel, **fields: Any) -> Walk:
    notice = make_notice(own, NOW, recipient=ID, topic="code.scanned", attempts=1, **fields)
    return Walk(notice=notice, own=own, ways={way: (make_stop(way),) for way in ways})


ALONE: dict[str, Outcome | None] = {
    "Accepted": Delivered(),
    "AddressDead": None,
    "OtherEnvironment": None,
    "ConsentSpent": None,
    "Refused": None,
    "Retry": Retry("busy", 7.0),
    "Unavailable": Retry("down", 8.0),
    "Unanswered": Unanswered("silent", 9.0, ID),
    "Fault": Retry("wrong"),
}
WITH_ANOTHER = ALONE | {
    "Retry": Moved("busy", "fcm", ()),
    "Unavailable": Moved("down", "fcm", ()),
    "Fault": Moved("wrong", "fcm", ()),
}
MAY_HAVE_ARRIVED = ALONE | {
    "AddressDead": Unknown("dead"),
    "OtherEnvironment": Unknown("other"),
    "ConsentSpent": Unknown("spent"),
    "Refused": Unknown("refused"),
    "Retry": Unanswered("busy", 7.0, ID),
    "Unavailable": Unanswered("down", 8.0, ID),
    "Fault": Unanswered("wrong", None, ID),
}
NO_IDS = ALONE | {"Unanswered": Unknown("silent")}


@pytest.mark.parametrize("sent", SENT, ids=lambda sent: type(sent).__name__)
@pytest.mark.parametrize(
    ("walk", "table"),
    [
        (make_walk("apns", "apns"), ALONE),
        (make_walk("apns", "apns", "fcm"), WITH_ANOTHER),
        (make_walk("apns", "apns", "fcm", pinned=ID), MAY_HAVE_ARRIVED),
        (make_walk("apns", "apns", "fcm", is_abandoned=True), MAY_HAVE_ARRIVED),
        (make_walk("wechat", "wechat"), NO_IDS),
        (make_walk("wechat", "wechat", is_abandoned=True), NO_IDS),
    ],
)
def test_each_answer_has_its_outcome(walk: Walk, table: dict[str, Outcome | None], sent: SendOutcome) -> None:
    assert conclude(walk, make_stop(walk.own), sent) == table[type(sent).__name__]


@pytest.mark.parametrize(
    ("own", "ways", "tried", "outcome"),
    [
        ("apns", ["apns", "fcm", "alipay"], (), Moved("x", "fcm", ("apns",))),
        ("wechat", ["apns", "wechat", "alipay"], (), Moved("x", "alipay", ("wechat",))),
        ("alipay", ["apns", "alipay"], ("fcm",), Moved("x", "apns", ("fcm", "alipay"), comes_round=True)),
        ("apns", ["apns"], ("fcm",), Refused("x")),
    ],
)
def test_what_cannot_for_good_is_left_behind(
    own: PushChannel, ways: list[PushChannel], tried: tuple[str, ...], outcome: Outcome
) -> None:
    assert give_up(make_walk(own, *ways, tried=tried), "x") == outcome


@pytest.mark.parametrize(
    ("walk", "passed", "finished"),
    [
        (make_walk("apns", "apns"), None, Retry("paused")),
        (make_walk("apns", "apns", "fcm"), None, Moved("paused", "fcm", ())),
        (make_walk("apns", "apns", "fcm", tried=("wechat",)), None, Moved("paused", "fcm", ("wechat",))),
        (make_walk("fcm", "apns", "fcm"), None, Moved("paused", "apns", (), comes_round=True)),
        (make_walk("wechat", "wechat", is_abandoned=True), None, Retry("paused")),
        (make_walk("apns", "apns", "fcm", pinned=ID), Unanswered("paused", None, ID), None),
        (make_walk("fcm", "fcm", is_abandoned=True), Unanswered("paused", None, ID), None),
    ],
)
def test_an_address_that_cannot_be_asked_now_is_passed_over_and_the_channel_not_given_up(
    walk: Walk, passed: Outcome | None, finished: Outcome | None
) -> None:
    """But for what may have arrived there: that waits for it."""
    assert pass_over(walk, make_stop(walk.own), "paused") == passed
    if finished is not None:
        assert finish(walk, "refused", "paused") == finished
        assert finish(walk, "refused", None) == give_up(walk, "refused")


def test_where_it_begins() -> None:
    rule_of = TOPICS["code.scanned"]

    def start(walk: Walk) -> Outcome | tuple[Stop, ...]:
        return begin(walk, Reach(), rule_of, NOW)

    assert start(make_walk("fcm", "apns", "fcm")) == (make_stop("fcm"),)
    assert start(make_walk("fcm", "apns")) == Moved("not-reached-here", "apns", ())
    assert start(make_walk("fcm")) == Refused("no-address")
    assert start(make_walk("fcm", tried=("apns",))) == Refused("no-channel-left")
    assert start(make_walk("fcm", "fcm", "apns", pinned=uuid7())) == Unknown("address-gone")
    assert start(make_walk("wechat", "wechat", pinned=ID)) == Unknown("cut-off")


def test_what_is_muted_everywhere_is_withheld() -> None:
    reach = Reach(addresses=(make_stop("apns").address,))
    muted = Reach(
        addresses=reach.addresses,
        preferences=reach.preferences.__class__(muted=frozenset({("codes", "apns")})),
    )
    notice = make_notice("apns", NOW, topic="code.scanned")
    for chosen, expected in ((reach, {"apns"}), (muted, set())):
        walk = plan(notice, chosen, TOPICS["code.scanned"], BOOK, own="apns", served=CHANNELS)
        assert set(walk.ways) == expected
    assert begin(walk, muted, TOPICS["code.scanned"], NOW) == Withheld("not-wanted")


@given(
    ways=st.sets(st.sampled_from(CHANNELS), min_size=1),
    own=st.sampled_from(CHANNELS),
    answers=st.lists(st.sampled_from(SENT), min_size=60, max_size=60),
    jitter=st.floats(0, 1, exclude_max=True),
)
def test_whatever_the_answers_are_it_ends_and_shows_once(
    ways: set[PushChannel], own: PushChannel, answers: list[SendOutcome], jitter: float
) -> None:
    """After it may have arrived, no other channel and no other address is asked; and where no ids are known, nobody."""
    notice: Notice = make_notice(own, NOW, recipient=ID, topic="code.scanned", attempts=1)
    at, may_have_arrived_at = NOW, None
    for answer in answers:
        standing = [channel for channel in CHANNELS if channel in ways and channel not in notice.tried]
        walk = Walk(notice=notice, own=_read_channel(notice), ways={way: (make_stop(way),) for way in standing})
        outcome = begin(walk, Reach(addresses=(make_stop("apns").address,)), TOPICS["code.scanned"], at)
        if isinstance(outcome, tuple):
            assert may_have_arrived_at in {None, walk.own}
            outcome = conclude(walk, outcome[0], answer) or give_up(walk, "x")
            if isinstance(answer, Unheard):
                may_have_arrived_at = walk.own
                assert walk.own in KNOWING_IDS or isinstance(outcome, Unknown)
        ruling = rule(notice, outcome, at, Pace(), jitter)
        if ruling.outcome is not None:
            assert may_have_arrived_at is None or ruling.outcome in {"delivered", "unknown"}
            return
        assert ruling.due_at >= at
        notice, at = ruling.notice, max(at, ruling.due_at)
        notice = make_notice(
            notice.channel,
            NOW,
            notice_id=notice.notice_id,
            topic="code.scanned",
            recipient=ID,
            tried=notice.tried,
            pinned=notice.pinned,
            attempts=notice.attempts + 1,
            expires_at=NOW + timedelta(hours=1),
        )
    raise AssertionError("an hour has room for so many attempts only")


def _read_channel(notice: Notice) -> PushChannel:
    return next(channel for channel in CHANNELS if channel == notice.channel)

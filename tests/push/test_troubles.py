"""What a worker knows of lines that serve nobody: whose fault it is, since when, and when it is over."""

from __future__ import annotations

import asyncio

from uuid_utils.compat import uuid7

from app.database import Pool
from push.notices import Fault, Refused, Unavailable
from push.sending import Accepted
from push.troubles import FAULT_REMEMBERED, PAUSE_REMEMBERED, Trouble, Troubles
from tests.harness.clock import Clock
from tests.push.stage import APP, Stage


def test_a_fault_lasts_until_the_line_has_served() -> None:
    troubles = Troubles()
    troubles.note("apns", "app", "BadTopic", 100, is_ours=True)
    troubles.note("apns", "app", "InvalidProviderToken", 160, is_ours=True)
    assert troubles.list_lasting(170) == [Trouble("apns", "app", "InvalidProviderToken", is_ours=True, seconds=70)]
    troubles.end("apns", "other")
    assert len(troubles.list_lasting(170)) == 1
    troubles.end("apns", "app")
    troubles.end("apns", "app")
    assert troubles.list_lasting(170) == []


def test_what_is_ours_is_not_hidden_by_a_provider_that_is_away() -> None:
    troubles = Troubles()
    troubles.note("fcm", "project", "UNAVAILABLE", 0, is_ours=False)
    troubles.note("fcm", "project", "PERMISSION_DENIED", 50, is_ours=True)
    troubles.note("fcm", "project", "status-500", 60, is_ours=False)
    assert troubles.list_lasting(80) == [Trouble("fcm", "project", "PERMISSION_DENIED", is_ours=True, seconds=30)]


def test_what_nobody_has_met_for_long_is_forgotten() -> None:
    troubles = Troubles()
    troubles.note("sms", "", "isv.AMOUNT_NOT_ENOUGH", 0, is_ours=True)
    troubles.note("apns", "app", "Shutdown", 0, is_ours=False)
    assert len(troubles.list_lasting(PAUSE_REMEMBERED)) == 2
    assert [one.channel for one in troubles.list_lasting(PAUSE_REMEMBERED + 1)] == ["sms"]
    assert [one.channel for one in troubles.list_lasting(FAULT_REMEMBERED)] == ["sms"]
    assert troubles.list_lasting(FAULT_REMEMBERED + 1) == []


async def test_what_serves_nobody_is_known_until_it_has_served(pool: Pool, clock: Clock) -> None:
    stage, recipient = Stage(pool, clock), uuid7()
    await stage.give_address(recipient, "apns", "phone")

    def known() -> list[tuple[str, str, str, bool]]:
        lasting = stage.troubles.list_lasting(asyncio.get_running_loop().time())
        return [(one.channel, one.line, one.reason, one.is_ours) for one in lasting]

    stage.couriers["apns"].answers["phone"] = [Unavailable("down"), Fault("InvalidProviderToken"), Accepted()]
    await stage.attempt(stage.make(recipient))
    assert known() == [], "one failure of a provider's is nobody's concern"
    await stage.attempt(stage.make(recipient))
    assert known() == [("apns", APP, "InvalidProviderToken", True)]
    await stage.attempt(stage.make(recipient))
    assert known() == []
    stage.couriers["apns"].answers["phone"] = [Unavailable("down")] * 5
    for _ in range(5):
        await stage.attempt(stage.make(recipient))
    assert [one[3] for one in known()] == [False]


async def test_a_template_of_which_nothing_is_accepted_is_ours_to_mend(pool: Pool, clock: Clock) -> None:
    """Of one message alone, its words may be to blame: that wakes nobody."""
    stage, recipient = Stage(pool, clock), uuid7()
    await stage.give_address(recipient, "wechat", "somebody")
    await stage.give_consent(recipient, "wechat", lasts=True)

    def known() -> list[str]:
        return [one.reason for one in stage.troubles.list_lasting(asyncio.get_running_loop().time()) if one.is_ours]

    stage.couriers["wechat"].answers["somebody"] = [
        *(Refused("words-refused"), Refused("argument-invalid"), Accepted()),
        *(Refused("argument-invalid"), Refused("argument-invalid"), Refused("page-unknown"), Accepted()),
    ]
    for reasons in ([], [], [], [], ["argument-invalid"], ["page-unknown"], []):
        await stage.attempt(await stage.claim(recipient, "wechat"))
        assert known() == reasons

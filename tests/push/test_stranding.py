"""What becomes of notices whose channel an operator has removed: they walk on, or end; none waits for ever."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from unittest.mock import AsyncMock
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from app.database import Pool
from push import store
from push.addresses import CHANNELS, PushChannel
from push.notices import Moved, Notice, Outcome, Refused, Unknown
from push.stranding import PATIENCE, hand_on_stranded
from push.walking import hand_on
from tests.harness.clock import Clock
from tests.push.harness import put, read_row
from tests.push.stage import Stage
from tests.push.test_walking import ID, make_walk

_LONG_AGO = PATIENCE + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("own", "served", "given", "outcome"),
    [
        ("wechat", ["apns", "alipay"], {}, Moved("not-served", "apns", ())),
        ("apns", ["alipay", "wechat", "inbox"], {"tried": ("fcm",)}, Moved("not-served", "wechat", ("fcm",))),
        ("wechat", ["apns"], {"is_abandoned": True}, Moved("not-served", "apns", ())),  # it would be pinned
        ("wechat", ["apns"], {"pinned": ID}, Unknown("not-served")),
        ("apns", ["fcm"], {"is_abandoned": True}, Unknown("not-served")),
        ("fcm", ["inbox", "sms"], {}, Refused("not-served")),
    ],
)
def test_what_may_have_arrived_goes_nowhere_else(
    own: PushChannel, served: list[str], given: dict[str, Any], outcome: Outcome
) -> None:
    assert hand_on(make_walk(own, **given), served) == outcome


async def test_a_notice_of_a_removed_channel_reaches_its_recipient_elsewhere(fresh_pool: Pool, clock: Clock) -> None:
    stage, recipient = Stage(fresh_pool, clock, served=["apns", "fcm"]), uuid7()
    await stage.give_address(recipient, "wechat", "account")
    await stage.give_address(recipient, "fcm", "phone")
    left = await put(fresh_pool, stage.make(recipient, "wechat", attempts=0))
    clock.now += _LONG_AGO
    assert await hand_on_stranded(fresh_pool, served=stage.served, now=clock.now, chunk=1) == 1
    row = await fresh_pool.fetchrow("SELECT channel, reason, due_at, leased_until, attempts FROM outbox")
    assert row is not None
    assert tuple(row.values()) == ("apns", "not-served", clock.now, None, 1)
    ruling = await stage.walk(stage.make(recipient, "apns", dedupe_key=left.dedupe_key, notice_id=left.notice_id))
    assert (ruling.outcome, stage.names) == ("delivered", ["phone"])


async def test_what_is_not_stranded_stays(fresh_pool: Pool, clock: Clock) -> None:
    """What is due of late or later, what somebody holds, and what is served, the inbox and texts among it."""
    stage, at = Stage(fresh_pool, clock), clock.now
    put_at = {"wechat": at + PATIENCE, "alipay": at + timedelta(hours=9), "apns": at, "inbox": at, "sms": at, "fcm": at}
    for channel, due_at in put_at.items():
        await put(fresh_pool, stage.make(uuid7(), channel, due_at=due_at, attempts=0))
    clock.now += _LONG_AGO
    await fresh_pool.execute("UPDATE outbox SET leased_until = $1 WHERE channel = 'fcm'", clock.now)
    before = await fresh_pool.fetch("SELECT * FROM outbox ORDER BY channel")
    assert await hand_on_stranded(fresh_pool, served=["inbox", "sms", "apns"], now=clock.now) == 0
    assert await fresh_pool.fetch("SELECT * FROM outbox ORDER BY channel") == before


async def test_where_nobody_serves_anything_it_ends(fresh_pool: Pool, clock: Clock) -> None:
    stage = Stage(fresh_pool, clock)

    async def leave(channel: str, **given: Any) -> Notice:
        return await put(fresh_pool, stage.make(uuid7(), channel, attempts=0, **given))

    expected: dict[UUID, tuple[str, str | None]] = {}
    notices = [await leave(channel) for channel in CHANNELS]
    expected |= {notice.notice_id: ("refused", "not-served") for notice in notices}
    late = await leave("apns", expires_at=clock.now + PATIENCE)
    pinned = await leave("wechat")
    await fresh_pool.execute("UPDATE outbox SET pinned = $1 WHERE notice_id = $2", uuid7(), pinned.notice_id)
    expected |= {late.notice_id: ("expired", None), pinned.notice_id: ("unknown", "not-served")}
    clock.now += _LONG_AGO
    assert await hand_on_stranded(fresh_pool, served=["inbox"], now=clock.now, chunk=2) == 6
    rows = [(notice.notice_id, await read_row(fresh_pool, notice)) for notice in (*notices, late, pinned)]
    assert {notice_id: (row["outcome"], row["reason"]) for notice_id, row in rows} == expected


async def test_whoever_dies_while_handing_on_leaves_no_doubt_whether_it_was_sent(
    fresh_pool: Pool, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put(fresh_pool, Stage(fresh_pool, clock).make(uuid7(), "fcm", attempts=0))
    clock.now += _LONG_AGO
    with monkeypatch.context() as dying:
        dying.setattr(store, "record_rulings", AsyncMock(side_effect=ConnectionError))
        with pytest.raises(ConnectionError):
            await hand_on_stranded(fresh_pool, served=["apns"], now=clock.now)
    clock.now += _LONG_AGO
    assert await hand_on_stranded(fresh_pool, served=["apns"], now=clock.now) == 1
    row = await fresh_pool.fetchrow("SELECT channel, outcome, attempts FROM outbox")
    assert row is not None
    assert tuple(row.values()) == ("apns", None, 1)

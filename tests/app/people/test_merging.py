"""What was delivered to an account in the moment in which it became a part of another is not lost."""

from __future__ import annotations

from uuid import UUID, uuid4

from app.database import Pool
from app.people.merging import gather_messages
from push.addresses import Preferences
from push.moving import move_choices, move_messages
from push.reaching import get_preferences, grant_allowance, list_allowances, save_preferences
from tests.harness.clock import Clock

INSERT = """
INSERT INTO messages (recipient, message_id, topic, data, created_at, delivered_at) VALUES ($1, $2, $4, '{}', $3, $3)
"""


async def deliver(pool: Pool, recipient: UUID, clock: Clock, message_id: UUID | None = None, topic: str = "x") -> UUID:
    message_id = message_id or uuid4()
    await pool.execute(INSERT, recipient, message_id, clock.now, topic)
    return message_id


async def list_inbox(pool: Pool, recipient: UUID) -> set[UUID]:
    rows = await pool.fetch("SELECT message_id FROM messages WHERE recipient = $1", recipient)
    return {row["message_id"] for row in rows}


async def make_resident(pool: Pool, clock: Clock) -> UUID:
    resident_id = uuid4()
    await pool.execute(
        "INSERT INTO residents (resident_id, subject_no, created_at) VALUES ($1, 1, $2)", resident_id, clock.now
    )
    return resident_id


async def test_a_late_delivery_is_gathered(pool: Pool, clock: Clock) -> None:
    resident_id, merged_id = await make_resident(pool, clock), uuid4()
    await pool.execute(
        "INSERT INTO mergers (resident_id, merged_id, merged_subject_no, merged_at) VALUES ($1, $2, 1, $3)",
        resident_id,
        merged_id,
        clock.now,
    )
    own, late = await deliver(pool, resident_id, clock), await deliver(pool, merged_id, clock)
    await deliver(pool, merged_id, clock, topic="roaming.arrived")  # told by a consent that ended with the account
    await gather_messages(pool, clock.turn(hours=1))
    assert await list_inbox(pool, resident_id) == {own, late}
    assert await list_inbox(pool, merged_id) == set()


async def test_a_message_that_is_in_both_inboxes_is_one(pool: Pool, clock: Clock) -> None:
    source, target = uuid4(), uuid4()
    both = await deliver(pool, source, clock)
    await deliver(pool, target, clock, both)
    async with pool.acquire() as db, db.transaction():
        await move_messages(db, source=source, target=target)
    assert (await list_inbox(pool, source), await list_inbox(pool, target)) == (set(), {both})


async def test_what_was_chosen_before_is_chosen_still_unless_the_other_chose(pool: Pool, clock: Clock) -> None:
    source, target = uuid4(), uuid4()
    key = ("wechat", "wx1", "template")
    for recipient, lasts in ((source, True), (target, False)):
        await grant_allowance(
            pool, recipient, "wechat", "wx1", "template", lasts=lasts, granted_at=clock.now, now=clock.now
        )
    await grant_allowance(pool, source, "alipay", "2021", "another", lasts=True, granted_at=clock.now, now=clock.now)
    await save_preferences(pool, source, Preferences(locale="en"), now=clock.now)
    async with pool.acquire() as db, db.transaction():
        await move_choices(db, source=source, target=target)
    held = {(one.channel, one.app_id, one.template_id): one.lasts for one in await list_allowances(pool, target)}
    assert held == {key: False, ("alipay", "2021", "another"): True}
    assert await get_preferences(pool, target) == Preferences(locale="en")
    assert (await list_allowances(pool, source), await get_preferences(pool, source)) == ([], None)
    await save_preferences(pool, source, Preferences(locale="zh-CN"), now=clock.now)
    async with pool.acquire() as db, db.transaction():
        await move_choices(db, source=source, target=target)
    assert await get_preferences(pool, target) == Preferences(locale="en")

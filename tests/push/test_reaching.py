"""Addresses and whose they are, what somebody agreed to, and what they prefer."""

from __future__ import annotations

import asyncio
import random
from datetime import time, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec
import pytest
from uuid_utils.compat import uuid7

from app.database import Pool, transaction
from push import reach_store, reaching
from push.addresses import Address, Preferences, PushChannel, QuietHours, Reach
from tests.harness.clock import Clock

APP = "cn.suixing.app"


def make_address(recipient: UUID, clock: Clock, **given: Any) -> Address:
    fields: dict[str, Any] = {
        "recipient": recipient,
        "channel": "apns",
        "app_id": APP,
        "address_id": uuid7(),
        "environment": "production",
        "sealed": b"sealed",
        "locale": "zh-CN",
        "registered_at": clock.now,
        "seen_at": clock.now,
    }
    return Address(**(fields | given))


def index_of(token: str) -> bytes:
    return sha256(token.encode()).digest()


async def register(pool: Pool, address: Address, token: str, *more: bytes) -> bool:
    async with transaction(pool) as db:
        return await reaching.register_address(db, address, index=index_of(token), indexes=[*more, index_of(token)])


async def list_lookups(pool: Pool, recipient: UUID) -> set[bytes]:
    rows = await pool.fetch("SELECT address_index FROM push_address_lookups WHERE recipient = $1", recipient)
    return {row["address_index"] for row in rows}


async def test_an_address_is_registered_and_told_again(pool: Pool, clock: Clock) -> None:
    token = uuid7().hex
    first = make_address(uuid7(), clock)
    assert not await register(pool, first, token)
    clock.turn(60)
    again = make_address(first.recipient, clock, address_id=first.address_id, sealed=b"other", locale="en")
    assert not await register(pool, again, token)
    assert await reaching.list_addresses(pool, first.recipient) == [again]
    assert await list_lookups(pool, first.recipient) == {index_of(token)}


async def test_a_phone_that_was_another_s_is_taken_from_them(pool: Pool, clock: Clock) -> None:
    token = uuid7().hex
    before, after = make_address(uuid7(), clock), make_address(uuid7(), clock)
    other = make_address(before.recipient, clock)
    await register(pool, before, token)
    await register(pool, other, token + "of a second phone")
    assert await register(pool, after, token)
    assert await reaching.list_addresses(pool, before.recipient) == [other]
    assert await reaching.list_addresses(pool, after.recipient) == [after]
    assert await list_lookups(pool, before.recipient) == {index_of(token + "of a second phone")}


async def test_an_account_of_two_installations_is_reached_once(pool: Pool, clock: Clock) -> None:
    recipient, token = uuid7(), uuid7().hex
    await register(pool, make_address(recipient, clock, channel="wechat", environment=""), token)
    second = make_address(recipient, clock, channel="wechat", environment="")
    assert await register(pool, second, token)
    assert await reaching.list_addresses(pool, recipient) == [second]


async def test_a_new_token_of_a_phone_frees_its_old_one(pool: Pool, clock: Clock) -> None:
    old, new = uuid7().hex, uuid7().hex
    address, stranger = make_address(uuid7(), clock), make_address(uuid7(), clock)
    await register(pool, address, old)
    await register(pool, address, new)
    assert await list_lookups(pool, address.recipient) == {index_of(new)}
    assert not await register(pool, stranger, old)
    assert await reaching.list_addresses(pool, address.recipient) == [address]


async def test_while_index_keys_rotate_a_phone_is_found_under_each(pool: Pool, clock: Clock) -> None:
    token, under_next = uuid7().hex, b"\0\2" + uuid7().bytes * 2
    before, after = make_address(uuid7(), clock), make_address(uuid7(), clock)
    await register(pool, before, token)
    assert await register(pool, after, token, under_next)
    assert await list_lookups(pool, after.recipient) == {index_of(token), under_next}
    async with transaction(pool) as db:
        assert await reaching.remove_addresses(db, after.recipient, now=clock.now) == 1
    assert await list_lookups(pool, after.recipient) == set()


async def test_phones_that_are_swapped_again_and_again_deadlock_nobody(pool: Pool, clock: Clock) -> None:
    """Both ways round at once: whoever comes last has the phone, and each phone is one person's."""
    tokens = [uuid7().hex for _ in range(3)]
    people = [make_address(uuid7(), clock) for _ in range(3)]
    chance = random.Random(7)  # noqa: S311  of a test

    async def swap(address: Address) -> None:
        for _ in range(12):
            await register(pool, address, chance.choice(tokens))
            if chance.random() < 0.3:
                async with transaction(pool) as db:
                    await reaching.remove_addresses(db, address.recipient, now=clock.now)

    async with asyncio.timeout(30):
        await asyncio.gather(*(swap(address) for address in people * 2))
    rows = await pool.fetch(
        "SELECT address_index FROM push_addresses WHERE recipient = ANY($1::uuid[])", [p.recipient for p in people]
    )
    held = [row["address_index"] for row in rows]
    assert len(set(held)) == len(held)
    assert set(held) <= {index_of(token) for token in tokens}


@pytest.mark.parametrize(
    ("chosen", "left"),
    [
        ({}, 0),
        ({"channel": "apns"}, 1),
        ({"channel": "wechat"}, 2),
        ({"app_ids": [APP]}, 1),
        ({"app_ids": []}, 3),
        ({"channel": "fcm"}, 3),
    ],
)
async def test_what_is_removed_is_chosen(pool: Pool, clock: Clock, chosen: dict[str, Any], left: int) -> None:
    recipient = uuid7()
    for app_id, channel in ((APP, "apns"), (APP, "apns"), ("wx1", "wechat")):
        await register(pool, make_address(recipient, clock, app_id=app_id, channel=channel), uuid7().hex)
    async with transaction(pool) as db:
        removed = await reaching.remove_addresses(db, recipient, now=clock.now, **chosen)
    assert (removed, len(await reaching.list_addresses(pool, recipient))) == (3 - left, left)
    assert len(await list_lookups(pool, recipient)) == left


async def test_an_installation_loses_its_addresses_alone(pool: Pool, clock: Clock) -> None:
    recipient = uuid7()
    addresses = [make_address(recipient, clock, app_id=app) for app in ("a", "b")]
    for address in addresses:
        await register(pool, address, uuid7().hex)
    async with transaction(pool) as db:
        assert await reaching.remove_addresses(db, recipient, now=clock.now, address_ids=[addresses[0].address_id]) == 1
    assert await reaching.list_addresses(pool, recipient) == addresses[1:]


async def test_what_was_registered_again_since_stays(pool: Pool, clock: Clock) -> None:
    address = make_address(uuid7(), clock)
    await register(pool, address, uuid7().hex)
    for since, removed in ((clock.now - timedelta(seconds=1), 0), (clock.now + timedelta(seconds=1), 1)):
        async with transaction(pool) as db:
            assert removed == await reaching.remove_addresses(
                db, address.recipient, now=clock.now, registered_before=since
            )


async def test_what_was_used_last_comes_first(pool: Pool, clock: Clock) -> None:
    recipient = uuid7()
    first, second = make_address(recipient, clock), make_address(recipient, clock)
    for address in (first, second):
        await register(pool, address, uuid7().hex)
    clock.turn(60)
    again = msgspec.structs.replace(first, registered_at=clock.now, seen_at=clock.now)
    await register(pool, again, uuid7().hex)
    assert await reaching.list_addresses(pool, recipient) == [again, second]


async def test_one_place_of_an_installation_is_removed_and_its_others_stay(pool: Pool, clock: Clock) -> None:
    recipient, installation = uuid7(), uuid7()
    phone = make_address(recipient, clock, address_id=installation)
    mini = make_address(recipient, clock, address_id=installation, channel="wechat", environment="", app_id="wx1")
    for address in (phone, mini):
        await register(pool, address, uuid7().hex)
    async with transaction(pool) as db:
        assert await reaching.remove_places(db, recipient, [mini], now=clock.now) == 1
    assert await reaching.list_addresses(pool, recipient) == [phone]
    assert len(await list_lookups(pool, recipient)) == 1


async def grant(
    pool: Pool, recipient: UUID, clock: Clock, *, lasts: bool = False, channel: PushChannel = "wechat"
) -> bool:
    return await reaching.grant_allowance(
        pool, recipient, channel, "wx1", "template", lasts=lasts, granted_at=clock.now, now=clock.now
    )


async def spend(pool: Pool, recipient: UUID) -> bool:
    return await reach_store.spend_allowance(pool, (recipient, "wechat", "wx1", "template"))


async def test_one_consent_is_one_message_and_told_twice_it_counts_once(pool: Pool, clock: Clock) -> None:
    recipient = uuid7()
    assert not await spend(pool, recipient)
    assert await grant(pool, recipient, clock)
    assert not await grant(pool, recipient, clock)
    clock.turn(1)
    assert await grant(pool, recipient, clock)
    assert [await spend(pool, recipient) for _ in range(3)] == [True, True, False]
    await reach_store.return_allowance(pool, (recipient, "wechat", "wx1", "template"), clock.now)
    assert [await spend(pool, recipient) for _ in range(2)] == [True, False]


@pytest.mark.parametrize("lasts", [True, False])
async def test_what_is_put_back_is_nothing_where_a_no_came_between(pool: Pool, clock: Clock, *, lasts: bool) -> None:
    recipient: UUID = uuid7()
    key: tuple[UUID, PushChannel, str, str] = (recipient, "wechat", "wx1", "template")
    await grant(pool, recipient, clock, lasts=lasts)
    assert await spend(pool, recipient)
    asked_at, said_no_at = clock.now, clock.turn(1)
    await reaching.clear_allowances(pool, recipient, "wechat", now=said_no_at)
    await reach_store.return_allowance(pool, key, asked_at)
    assert not await spend(pool, recipient)


async def test_workers_that_spend_at_once_spend_no_more_than_there_is(pool: Pool, clock: Clock) -> None:
    recipient = uuid7()
    for _ in range(3):
        clock.turn(1)
        await grant(pool, recipient, clock)
    assert sum(await asyncio.gather(*(spend(pool, recipient) for _ in range(10)))) == 3


async def test_what_lasts_is_not_spent_and_can_be_taken_back(pool: Pool, clock: Clock) -> None:
    recipient = uuid7()
    await grant(pool, recipient, clock, lasts=True)
    assert all([await spend(pool, recipient) for _ in range(4)])
    assert await reaching.clear_allowances(pool, recipient, "wechat", now=clock.now) == 1
    assert not await spend(pool, recipient)
    assert not await grant(pool, recipient, clock, lasts=True), "the grant that was taken back, told once more"
    (kept,) = await reaching.list_allowances(pool, recipient)
    assert (kept.remaining, kept.lasts, kept.granted_at) == (0, False, clock.now)


@pytest.mark.parametrize("behind", [0, 600])
async def test_a_refusal_of_before_a_grant_does_not_take_it_back(pool: Pool, clock: Clock, behind: int) -> None:
    """Whatever the phone's clock said: when the grant came is our clock's word."""
    recipient, asked_at = uuid7(), clock.now
    key: tuple[UUID, PushChannel, str, str] = (recipient, "wechat", "wx1", "template")
    noted_at = clock.turn(1)
    granted_at = noted_at - timedelta(seconds=behind)
    assert await reach_store.grant_allowance(pool, key, lasts=False, granted_at=granted_at, now=noted_at)
    assert await reach_store.clear_allowances(pool, *key, clock.now, known_until=asked_at) == 0
    assert await spend(pool, recipient)


async def test_a_refusal_of_after_a_grant_takes_it_back_though_the_phone_is_ahead(pool: Pool, clock: Clock) -> None:
    recipient: UUID = uuid7()
    key: tuple[UUID, PushChannel, str, str] = (recipient, "wechat", "wx1", "template")
    ahead = clock.now + timedelta(seconds=240)
    assert await reach_store.grant_allowance(pool, key, lasts=False, granted_at=ahead, now=clock.now)
    asked_at = clock.turn(1)
    assert await reach_store.clear_allowances(pool, *key, clock.now, known_until=asked_at) == 1
    assert not await spend(pool, recipient)


async def test_a_no_counts_whatever_the_clock_of_the_yes_said(pool: Pool, clock: Clock) -> None:
    recipient, said_no_at = uuid7(), clock.now
    clock.turn(240)
    await grant(pool, recipient, clock)
    assert await reaching.clear_allowances(pool, recipient, "wechat", now=said_no_at) == 1
    assert not await spend(pool, recipient)


CHOSEN = Preferences(
    locale="en",
    time_zone="Europe/Berlin",
    quiet=QuietHours(time(22, 30), time(7, 0)),
    muted=frozenset({("campaigns", "apns"), ("codes", "wechat")}),
    is_elder_view=True,
)


async def test_preferences_are_kept_whole(pool: Pool, clock: Clock) -> None:
    recipient = uuid7()
    assert await reaching.get_preferences(pool, recipient) is None
    for chosen in (CHOSEN, Preferences()):
        await reaching.save_preferences(pool, recipient, chosen, now=clock.now)
        assert await reaching.get_preferences(pool, recipient) == chosen


async def test_reach_is_loaded_for_many_at_once(pool: Pool, clock: Clock) -> None:
    one, two, nobody = uuid7(), uuid7(), uuid7()
    phone = make_address(one, clock, locale="en-GB")
    mini = make_address(two, clock, channel="wechat", environment="", app_id="wx1")
    await register(pool, phone, uuid7().hex)
    await register(pool, mini, uuid7().hex)
    await reaching.save_preferences(pool, two, CHOSEN, now=clock.now)
    await grant(pool, two, clock)
    loaded = await reaching.load_reach(pool, [one, two, nobody, one])
    assert loaded == {
        one: Reach(addresses=(phone,), preferences=Preferences(locale="en")),
        two: Reach(
            addresses=(mini,),
            allowances=tuple(await reaching.list_allowances(pool, two)),
            preferences=CHOSEN,
        ),
    }

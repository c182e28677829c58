"""Where recipients are reached and what they agreed to: kept by whoever knows them, read by what sends.

Addresses come sealed, and with keyed indexes of what was sealed: this package can neither open nor find them by itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from push import address_store, reach_store
from push.address_store import Place
from push.addresses import Address, Allowance, Preferences, PushChannel, Reach
from push.store import Connection, Executor

_ON_CONSENT = frozenset({"wechat", "alipay"})


async def register_address(
    db: Connection, address: Address, *, index: bytes, indexes: Sequence[bytes], retired: Sequence[bytes] = ()
) -> bool:
    """Enters where somebody is reached, in the caller's transaction; whoever was reached there before is not any more.

    `indexes` are those of the address under every index key in use, `index` that of the oldest, which every server
    knows; `retired` those under keys of before, which an address may bear still. `registered_at` says that the
    provider's name for the phone holds at that moment: what it says of an earlier one counts no more. True when the
    address was taken from another recipient or another installation.
    """
    place = _place_of(address)

    async def find_former() -> set[bytes]:
        listed = await address_store.list_addresses(db, address.recipient)
        return {held for known, held in listed if _place_of(known) == place}

    held, owners = await _hold(db, find_former, indexes, place, address.registered_at)
    was_taken = False
    # Addresses in the order of whose they are, one's own among them: see address_store.
    for owner in sorted({*owners, place}):
        if owner == place:
            await address_store.upsert_address(db, address, index)
        else:
            was_taken |= await address_store.delete_taken(db, owner, [*indexes, *retired])
    await address_store.take_lookups(db, indexes, place, address.registered_at)
    if former := held.difference(indexes):
        await address_store.delete_former(db, list(former), place)
    return was_taken


async def _hold(
    db: Connection, find: Callable[[], Awaitable[set[bytes]]], more: Sequence[bytes], place: Place, now: datetime
) -> tuple[set[bytes], set[Place]]:
    """Keeps others from the indexes that are found and from some more; which these are, and whose they were.

    What is found before it is held may be another's doing by then: it is then let go and found anew. Each such turn is
    one in which somebody else came through.
    """
    while True:
        found = await find()
        held = {*more, *found}
        if not held:
            return held, set()
        savepoint = db.transaction()
        await savepoint.start()
        owners = await address_store.hold_lookups(db, list(held), place, now)
        if await find() == found:
            await savepoint.commit()
            return held, owners
        await savepoint.rollback()


async def list_addresses(db: Executor, recipient: UUID) -> list[Address]:
    """Where somebody is reached, what was used last first."""
    return [address for address, _ in await address_store.list_addresses(db, recipient)]


async def remove_addresses(
    db: Connection,
    recipient: UUID,
    *,
    now: datetime,
    address_ids: Sequence[UUID] | None = None,
    channel: PushChannel | None = None,
    app_ids: Sequence[str] | None = None,
    registered_before: datetime | None = None,
) -> int:
    """Removes, in the caller's transaction, the addresses of which all that is given holds; how many those were."""

    def is_meant(address: Address) -> bool:
        return (
            (address_ids is None or address.address_id in address_ids)
            and (channel is None or address.channel == channel)
            and (app_ids is None or address.app_id in app_ids)
            and (registered_before is None or address.registered_at < registered_before)
        )

    return await _remove(db, recipient, is_meant, now)


async def remove_places(db: Connection, recipient: UUID, addresses: Iterable[Address], *, now: datetime) -> int:
    """Removes these of a recipient's addresses, in the caller's transaction; how many were there still."""
    places = {_place_of(address) for address in addresses}
    return await _remove(db, recipient, lambda address: _place_of(address) in places, now)


async def _remove(db: Connection, recipient: UUID, is_meant: Callable[[Address], bool], now: datetime) -> int:
    meant: list[Address] = []

    async def find() -> set[bytes]:
        listed = await address_store.list_addresses(db, recipient)
        meant[:] = [address for address, _ in listed if is_meant(address)]
        places = {_place_of(address) for address in meant}
        looked_up = {index for place, index in await address_store.list_lookups(db, recipient) if place in places}
        return looked_up | {index for address, index in listed if _place_of(address) in places}

    await find()
    if not meant:
        return 0
    held, _ = await _hold(db, find, (), _place_of(meant[0]), now)
    removed = await address_store.delete_addresses(db, recipient, meant)
    for address in meant:
        # Of those that are held alone: whoever entered another since then has it in hand.
        await address_store.delete_former(db, list(held), _place_of(address))
    return removed


async def grant_allowance(
    db: Executor,
    recipient: UUID,
    channel: PushChannel,
    app_id: str,
    template_id: str,
    *,
    lasts: bool,
    granted_at: datetime,
    now: datetime,
) -> bool:
    """Somebody agreed to one message, or to any number: False, and nothing counted, where that was told before."""
    key = (recipient, channel, app_id, template_id)
    return await reach_store.grant_allowance(db, key, lasts=lasts, granted_at=granted_at, now=now)


async def clear_allowances(
    db: Executor,
    recipient: UUID,
    channel: PushChannel,
    *,
    now: datetime,
    app_id: str | None = None,
    template_id: str | None = None,
) -> int:
    """Nothing more may be sent by these templates, until somebody agrees again: whatever the clock said by which they
    agreed.
    """
    return await reach_store.clear_allowances(db, recipient, channel, app_id, template_id, now)


async def list_allowances(db: Executor, recipient: UUID) -> list[Allowance]:
    """What somebody agreed to, spent or not."""
    return [allowance for _, allowance in await reach_store.list_allowances(db, [recipient])]


async def get_preferences(db: Executor, recipient: UUID) -> Preferences | None:
    """What somebody chose; None where they have the defaults."""
    return await reach_store.get_preferences(db, recipient)


async def save_preferences(db: Executor, recipient: UUID, preferences: Preferences, *, now: datetime) -> None:
    """Puts this in the place of what somebody chose before."""
    await reach_store.save_preferences(db, recipient, preferences, now)


async def load_reach(db: Executor, recipients: Iterable[UUID]) -> Mapping[UUID, Reach]:
    """How each of the recipients is reached, by one statement, and another where mini-programs are among it; who has no
    address is left out.
    """
    rows = await reach_store.load_reach(db, list(set(recipients)))
    addresses: defaultdict[UUID, list[Address]] = defaultdict(list)
    chosen: dict[UUID, Preferences] = {}
    on_consent: set[UUID] = set()
    for row in rows:
        address = address_store.read_address(row)
        recipient = address.recipient
        addresses[recipient].append(address)
        if address.channel in _ON_CONSENT:
            on_consent.add(recipient)
        if recipient not in chosen:
            # Who chose no language is spoken to in that of the phone used last.
            chosen[recipient] = (
                reach_store.read_preferences(row)
                if row["chosen_locale"] is not None
                else _prefer_nothing(address.locale)
            )
    allowances: defaultdict[UUID, list[Allowance]] = defaultdict(list)
    if on_consent:
        for recipient, allowance in await reach_store.list_allowances(db, list(on_consent)):
            allowances[recipient].append(allowance)
    return {
        recipient: Reach(addresses=tuple(found), allowances=tuple(allowances[recipient]), preferences=chosen[recipient])
        for recipient, found in addresses.items()
    }


_ENGLISH, _CHINESE = Preferences(locale="en"), Preferences()


def _prefer_nothing(locale: str) -> Preferences:
    return _ENGLISH if locale.lower().startswith("en") else _CHINESE


def _place_of(address: Address) -> Place:
    return address.recipient, address.channel, address.app_id, address.address_id

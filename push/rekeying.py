"""Addresses under other keys: what a deployment does after it rotated the secrets that seal and find them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from typing import NamedTuple
from uuid import UUID

from push import rekeying_store as store
from push.address_store import Place
from push.rekeying_store import Rekeyed
from push.store import Connection, Executor, Pool, Row

PAGE = 500
_FIRST = (UUID(int=0), "", "", UUID(int=0))


class Keys(NamedTuple):
    """What the keys of a deployment make of an address."""

    reseal: Callable[[bytes], bytes]
    """The same bytes where they are under the newest key already."""
    find: Callable[[bytes], Sequence[bytes]]
    """The indexes in use of whatever has this one, the oldest key's first."""
    is_retired: Callable[[bytes], bool]
    """Whether nobody looks by an index any more."""


class Done(NamedTuple):
    """What became of a page."""

    read: int
    changed: int
    lookups_added: int


async def rekey_addresses(pool: Pool, keys: Keys) -> AsyncIterator[Done]:
    """Brings every address under the newest keys, page by page.

    An address bears the index of the oldest key in use, and is led to by those of all: so servers that know the first
    alone, and those that know the next, take it from each other. Where they disagree the oldest is right, which every
    server claims.
    """
    async for page in _read(pool):
        wanted = [_follow(row, keys) for row in page]
        lacking = await _count_lacking(pool, wanted)
        changing = [one for one in wanted if one.is_changed or one.place in lacking]
        yield Done(len(page), await _rekey(pool, changing), sum(lacking.values()))


async def count_lacking(db: Executor, keys: Keys) -> int:
    """How many lookups there should be under the keys in use, and are not."""
    lacking = 0
    async for page in _read(db):
        lacking += sum((await _count_lacking(db, [_follow(row, keys) for row in page])).values())
    return lacking


async def forget_lookups(pool: Pool, keys: Keys) -> int:
    """Deletes what leads to addresses by keys that nobody looks by any more; how many."""
    after, removed = b"", 0
    while page := await store.list_lookups(pool, after, PAGE):
        after = page[-1]
        retired = [index for index in page if keys.is_retired(index)]
        if retired:
            await store.delete_lookups(pool, retired)
            removed += len(retired)
    return removed


async def _read(db: Executor) -> AsyncIterator[Sequence[Row]]:
    after = _FIRST
    while page := await store.list_addresses(db, after, PAGE):
        last = page[-1]
        after = last["recipient"], last["channel"], last["app_id"], last["address_id"]
        yield page


def _follow(row: Row, keys: Keys) -> Rekeyed:
    indexes = keys.find(row["address_index"])
    return Rekeyed(
        place=(row["recipient"], row["channel"], row["app_id"], row["address_id"]),
        index=row["address_index"],
        sealed=row["sealed_address"],
        indexes=indexes,
        new_index=indexes[0],
        new_sealed=keys.reseal(row["sealed_address"]),
        claimed_at=row["registered_at"],
    )


async def _count_lacking(db: Executor, addresses: Sequence[Rekeyed]) -> dict[Place, int]:
    """Of which addresses how many indexes lead nowhere, or elsewhere."""
    held = await store.find_held(db, [index for one in addresses for index in one.indexes])
    counts = {one.place: sum(held.get(index) != one.place for index in one.indexes) for one in addresses}
    return {place: count for place, count in counts.items() if count}


class _ChangedError(Exception):
    """An address changed hands, or went, while it was looked at."""


async def _rekey(pool: Pool, addresses: Sequence[Rekeyed]) -> int:
    """All at once; where one of them changed meanwhile, each by itself, and that one is passed over."""
    if not addresses:
        return 0
    try:
        async with pool.acquire() as db, db.transaction():
            await _replace(db, addresses)
    except _ChangedError:
        return 0 if len(addresses) == 1 else sum([await _rekey(pool, [one]) for one in addresses])
    return sum(one.is_changed for one in addresses)


async def _replace(db: Connection, addresses: Sequence[Rekeyed]) -> None:
    """Raises _ChangedError unless each of them is as it was read; lookups made for one that is gone go with it."""
    held = await store.hold_lookups(db, addresses)
    if any(held[one.indexes[0]] != one.place for one in addresses):
        raise _ChangedError
    await store.take_lookups(db, [(index, one) for one in addresses for index in one.indexes[1:]])
    if await store.replace_addresses(db, addresses) != len(addresses):
        raise _ChangedError

"""Places of status lists, handed out by each process from blocks that it claims: none touches a row that all need."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections import defaultdict
from datetime import datetime, timedelta

import msgspec

from app.credentials import place_store as store
from app.credentials.model import Places
from app.database import Pool
from codes import KeyUse
from codes.status_places import PERMUTATION_KEY_BYTES, place_of

_BLOCK = 2048
_HELD = timedelta(hours=1)
"""A block is used up for so long: its list lives until what gets the last of its places has ended."""
_LIFE = {KeyUse.PAPER: timedelta(days=180), KeyUse.CERTIFICATE: timedelta(hours=12), KeyUse.LICENCE: timedelta(days=14)}
_HIGHEST_LIST = 2**32 - 1


class _Block(msgspec.Struct):
    list_no: int
    size: int
    key: bytes
    next_no: int
    end_no: int
    good_until: datetime


class StatusPlaces:
    """What a process has claimed and not handed out yet; what it still holds when it stops is lost, and costs a few
    bits.
    """

    def __init__(self, pool: Pool, size: int) -> None:
        self._pool = pool
        self._size = size
        self._block = min(_BLOCK, size)
        self._held: dict[KeyUse, _Block] = {}
        self._locks: defaultdict[KeyUse, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def take(self, use: KeyUse, count: int, now: datetime) -> Places:
        """Places of one list for `count` things of this use, which live no longer than such things may."""
        if not 0 < count <= self._block:
            raise ValueError("more places than a block has")
        async with self._locks[use]:
            block = self._held.get(use)
            if block is None or block.end_no - block.next_no < count or now >= block.good_until:
                block = self._held[use] = await self._claim(use, now)
            numbers = range(block.next_no, block.next_no + count)
            block.next_no += count
        return Places(block.list_no, [place_of(number, block.size, block.key) for number in numbers])

    async def _claim(self, use: KeyUse, now: datetime) -> _Block:
        good_until = now + _HELD
        while True:
            row = await store.claim_block(self._pool, use.value, self._block, good_until + _LIFE[use])
            if row is not None:
                first = row["first_no"]
                return _Block(
                    row["list_no"], row["size"], row["permutation_key"], first, first + self._block, good_until
                )
            await self._open(use, now)

    async def _open(self, use: KeyUse, now: datetime) -> None:
        """Under a random number: one that a restored database has forgotten is not given to another list."""
        list_no = 1 + secrets.randbelow(_HIGHEST_LIST)
        key = os.urandom(PERMUTATION_KEY_BYTES)
        await store.open_list(self._pool, list_no, use.value, self._size, key, now)

"""After a secret was rotated: residents' keys go under the newest master key, lookups under the newest index key.

Each page is a transaction of its own and is passed over where it is done already, so that a run that was interrupted is
simply started again, and any number of servers may go on meanwhile. No plain value is opened for it.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import msgspec

from app.database import Pool, transaction
from app.people import rewrap_store as store
from app.people.rewrap_store import TABLES, Table
from app.sealing import Vault, number_of_master

PAGE = 500
_FIRST = UUID(int=0)

Progress = Callable[[str, int], None]
"""Told what is being gone through, and how many of it so far."""


class Rewrapped(msgspec.Struct, frozen=True):
    """What a run has done; all noughts where there was nothing to do."""

    keys: int
    lookups_added: int
    lookups_removed: int


async def rewrap(pool: Pool, vault: Vault, tell: Progress) -> Rewrapped:
    """Brings everything under the newest keys, and removes the lookups of retired ones."""
    keys = await _rewrap_keys(pool, vault, tell)
    added = removed = 0
    for table in TABLES:
        more_added, more_removed = await _reindex(pool, vault, table, tell)
        added, removed = added + more_added, removed + more_removed
    await _follow_consents(pool, vault)
    return Rewrapped(keys, added, removed)


async def _rewrap_keys(pool: Pool, vault: Vault, tell: Progress) -> int:
    done, seen, after, newest = 0, 0, _FIRST, vault.maker_number
    while page := await store.list_keys(pool, after, PAGE):
        after, seen = page[-1]["resident_id"], seen + len(page)
        old = [row["resident_id"] for row in page if number_of_master(row["wrapped_key"]) != newest]
        if old:
            async with transaction(pool) as db:
                held = await store.hold_keys(db, old)
                wrapped = [(row["resident_id"], vault.rewrap(row["wrapped_key"], row["resident_id"])) for row in held]
                await store.replace_keys(db, wrapped)
                done += len(wrapped)
        tell("residents", seen)
    return done


async def _reindex(pool: Pool, vault: Vault, table: Table, tell: Progress) -> tuple[int, int]:
    added, removed, seen, after = 0, 0, 0, b""
    while page := await store.list_lookups(pool, table, after, PAGE):
        after, seen = page[-1]["index"], seen + len(page)
        pairs = [(row["index"], following) for row in page if (following := vault.follow_index(row["index"]))]
        lacking = await _find_lacking(pool, table, pairs)
        if lacking:
            async with transaction(pool) as db:
                # Held first: a login that is unlinked meanwhile must not come back under its next index.
                await store.hold_keys(db, [row["resident_id"] for row in page])
                added += await store.follow_lookups(db, table, lacking)
        retired = [row["index"] for row in page if vault.is_retired(row["index"])]
        if retired:
            await store.delete_lookups(pool, table, retired)
            removed += len(retired)
        tell(table, seen)
    return added, removed


async def _follow_consents(pool: Pool, vault: Vault) -> None:
    """A guardian's consent names its child by one index, which is replaced: by now every server knows both."""
    after = (_FIRST, _FIRST)
    while page := await store.list_consents(pool, after, PAGE):
        after = (page[-1]["guardian_id"], page[-1]["consent_id"])
        for guardian_id, consent_id, index in page:
            following = vault.follow_index(index)
            if following is not None:
                await store.replace_child(pool, guardian_id, consent_id, index, following)


async def _find_lacking(pool: Pool, table: Table, pairs: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    if not pairs:
        return []
    held = await store.find_held(pool, table, [following for _, following in pairs])
    return [pair for pair in pairs if pair[1] not in held]


async def count_lookups_to_follow(pool: Pool, vault: Vault) -> int:
    """Lookups that the newest index key does not find yet: none may be left when the one before is retired."""
    lacking = 0
    for table in TABLES:
        after = b""
        while page := await store.list_lookups(pool, table, after, PAGE):
            after = page[-1]["index"]
            pairs = [(row["index"], following) for row in page if (following := vault.follow_index(row["index"]))]
            lacking += len(await _find_lacking(pool, table, pairs))
    return lacking


async def count_under_master(pool: Pool, number: int) -> dict[str, int]:
    """What needs this master key still."""
    return await store.count_under_master(pool, number)

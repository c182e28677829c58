"""After a secret was rotated: companies' wallets and registries' files go under the newest master key, what leads to
licences under the newest index key.

As app.people.rewrapping: each page is a transaction of its own and is passed over where it is done already.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from app.database import Executor, Pool, Record, transaction
from app.licences import rewrap_store as store
from app.people.rewrapping import Progress, Rewrapped
from app.sealing import Vault, number_of_master

PAGE = 500
_FIRST = UUID(int=0)


async def rewrap_licences(pool: Pool, vault: Vault, tell: Progress) -> Rewrapped:
    """Brings everything under the newest keys, and removes the lookups of retired ones."""
    keys = await _rewrap_keys(pool, vault, "wallets", store.list_wallet_keys, store.replace_wallet_key, tell)
    keys += await _rewrap_keys(pool, vault, "files", store.list_depot_keys, store.replace_depot_key, tell)
    added, removed = await _follow_lookups(pool, vault, tell)
    await _follow_identifiers(pool, vault, tell)
    await _follow_depot(pool, vault, tell)
    return Rewrapped(keys, added, removed)


_List = Callable[[Executor, UUID, int], Awaitable[list[Record]]]
_Replace = Callable[[Executor, UUID, bytes, bytes], Awaitable[None]]


async def _rewrap_keys(pool: Pool, vault: Vault, stage: str, page_of: _List, replace: _Replace, tell: Progress) -> int:
    done, seen, after, newest = 0, 0, _FIRST, vault.maker_number
    while page := await page_of(pool, after, PAGE):
        after, seen = page[-1]["id"], seen + len(page)
        for row in page:
            if number_of_master(row["wrapped_key"]) != newest:
                await replace(pool, row["id"], row["wrapped_key"], vault.rewrap(row["wrapped_key"], row["id"]))
                done += 1
        tell(stage, seen)
    return done


async def _follow_lookups(pool: Pool, vault: Vault, tell: Progress) -> tuple[int, int]:
    added, removed, seen, after = 0, 0, 0, (b"", _FIRST)
    while page := await store.list_lookups(pool, after, PAGE):
        after, seen = (page[-1]["identifier_index"], page[-1]["holder_id"]), seen + len(page)
        following = _find_following(vault, page)
        if following:
            async with transaction(pool) as db:
                # Held first: a wallet that is forgotten meanwhile must not be led to again.
                await store.hold_wallets(db, sorted({row[1] for row in following}))
                added += await store.follow_lookups(db, following)
        retired = [
            (row["identifier_index"], row["holder_id"]) for row in page if vault.is_retired(row["identifier_index"])
        ]
        if retired:
            await store.delete_lookups(pool, retired)
            removed += len(retired)
        tell("licence_lookups", seen)
    return added, removed


def _find_following(vault: Vault, page: Sequence[Record]) -> list[tuple[bytes, UUID, bytes]]:
    return [
        (row["identifier_index"], row["holder_id"], following)
        for row in page
        if (following := vault.follow_index(row["identifier_index"])) is not None
    ]


async def _follow_identifiers(pool: Pool, vault: Vault, tell: Progress) -> None:
    """A licence bears one index, which is replaced: by now every server looks for both."""
    after, seen = (_FIRST, _FIRST), 0
    while page := await store.list_licences(pool, after, PAGE):
        after, seen = (page[-1]["holder_id"], page[-1]["licence_id"]), seen + len(page)
        rows = [
            (row["holder_id"], row["licence_id"], row["identifier_index"], following)
            for row in page
            if (following := vault.follow_index(row["identifier_index"])) is not None
        ]
        if rows:
            async with transaction(pool) as db:
                # Held first: whoever is just told of a licence enters it under the index that it found.
                await store.hold_wallets(db, sorted({row[0] for row in rows}))
                await store.replace_identifiers(db, rows)
        tell("licences", seen)


async def _follow_depot(pool: Pool, vault: Vault, tell: Progress) -> None:
    """What lies in the depot is moved: nobody looks by the index before alone."""
    after, seen = (b"", "", b""), 0
    while page := await store.list_deposited(pool, after, PAGE):
        last = page[-1]
        after, seen = (last["holder_index"], last["registry"], last["identifier_index"]), seen + len(page)
        rows = [
            (row["holder_index"], row["registry"], row["identifier_index"], holder, identifier)
            for row in page
            if (holder := vault.follow_index(row["holder_index"])) is not None
            and (identifier := vault.follow_index(row["identifier_index"])) is not None
        ]
        if rows:
            async with transaction(pool) as db:
                await store.move_deposited(db, rows)
        tell("depot", seen)


async def count_licences_to_follow(pool: Pool, vault: Vault) -> int:
    """Lookups, licences and what lies in the depot that the newest index key does not find yet."""
    lacking, after = 0, (b"", _FIRST)
    while page := await store.list_lookups(pool, after, PAGE):
        after = page[-1]["identifier_index"], page[-1]["holder_id"]
        following = _find_following(vault, page)
        if following:
            lacking += len(following) - await store.count_held(pool, [(row[2], row[1]) for row in following])
    of_licences = (_FIRST, _FIRST)
    while page := await store.list_licences(pool, of_licences, PAGE):
        of_licences = page[-1]["holder_id"], page[-1]["licence_id"]
        lacking += sum(vault.follow_index(row["identifier_index"]) is not None for row in page)
    deposited = (b"", "", b"")
    while page := await store.list_deposited(pool, deposited, PAGE):
        deposited = page[-1]["holder_index"], page[-1]["registry"], page[-1]["identifier_index"]
        lacking += sum(vault.follow_index(row["holder_index"]) is not None for row in page)
    return lacking

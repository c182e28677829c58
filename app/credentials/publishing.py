"""Publishing status lists: signed anew when something is revoked, and at half their life, by the worker alone."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime, timedelta

import msgspec
import structlog

from app.credentials import certificate_store, licence_store, list_store
from app.credentials.model import ListStanding
from app.database import Connection, Pool, transaction
from codes import Epoch, KeyRing, KeyUse, digest_bits, pack_bits, sign_status_cwt, sign_status_jwt

log = structlog.get_logger()

_LIST_NO = re.compile(r"[0-9]{1,10}")
_KEPT = timedelta(days=7)
_MARGIN = timedelta(hours=1)
_BEGINNING = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


class Publisher(msgspec.Struct, frozen=True):
    """What publishing takes; `url` is where clients reach this deployment."""

    pool: Pool
    ring: KeyRing
    url: str
    lifetime: timedelta


def uri_of(url: str, list_no: int) -> str:
    """Where a list is fetched, which is also what it calls itself."""
    return f"{url.rstrip('/')}/v1/status-lists/{list_no}"


def read_list_no(url: str, uri: str) -> int | None:
    """Which list of this deployment an address leads to; None where it leads elsewhere."""
    found = _LIST_NO.fullmatch(uri.removeprefix(uri_of(url, 0)[:-1]))
    list_no = int(found[0]) if found else None
    return list_no if list_no is not None and uri == uri_of(url, list_no) else None


async def publish_due(publisher: Publisher, now: datetime) -> int:
    """Signs and stores each list that is due; how many were."""
    count = 0
    for standing in await list_store.list_standings(publisher.pool, now):
        newest = await list_store.get_newest_revocation(publisher.pool, standing.list_no)
        if _is_due(publisher, standing, newest, now):
            count += await _publish(publisher, standing.list_no, now)
    return count


def _is_due(publisher: Publisher, standing: ListStanding, newest: datetime | None, now: datetime) -> bool:
    if standing.expires_at is None or standing.covers_until is None:
        return True
    if newest is not None and newest > standing.covers_until:
        return True
    return standing.expires_at - now < publisher.lifetime / 2


async def _publish(publisher: Publisher, list_no: int, now: datetime) -> bool:
    """False where another worker did it meanwhile. A list's time never goes back, whatever a clock here does."""
    async with transaction(publisher.pool) as db:
        await list_store.lock_listing(db)
        standings = {one.list_no: one for one in await list_store.list_standings(db, now)}
        standing = standings.get(list_no)
        if standing is None:
            return False
        newest = await list_store.get_newest_revocation(db, list_no)
        if not _is_due(publisher, standing, newest, now):
            return False
        issued_at = now.replace(microsecond=0)
        if standing.issued_at is not None:
            issued_at = max(issued_at, standing.issued_at + timedelta(seconds=1))
        await _sign(publisher, db, standing, newest or _BEGINNING, issued_at)
    log.info("status-list.published", list_no=list_no)
    return True


async def _sign(
    publisher: Publisher, db: Connection, standing: ListStanding, covers_until: datetime, issued_at: datetime
) -> None:
    places = await list_store.list_places(db, standing.list_no)
    uri = uri_of(publisher.url, standing.list_no)
    epoch = publisher.ring.current(KeyUse.LIST, issued_at)
    drawn = await asyncio.to_thread(_draw, epoch, uri, standing.size, places, issued_at, publisher.lifetime)
    await list_store.insert_publication(
        db,
        standing.list_no,
        issued_at=issued_at,
        expires_at=issued_at + publisher.lifetime,
        covers_until=covers_until,
        digest=drawn.digest,
        jwt=drawn.jwt,
        cwt=drawn.cwt,
    )
    await list_store.empty_older(db, standing.list_no, issued_at)


class _Drawn(msgspec.Struct, frozen=True):
    digest: bytes
    jwt: bytes
    cwt: bytes


def _draw(epoch: Epoch, uri: str, size: int, places: list[int], issued_at: datetime, lifetime: timedelta) -> _Drawn:
    """In a thread of its own: a long list takes a second to compress."""
    bits = pack_bits(size, places)
    jwt = sign_status_jwt(epoch, uri=uri, bits=bits, now=issued_at, lifetime=lifetime)
    cwt = sign_status_cwt(epoch, uri=uri, bits=bits, now=issued_at, lifetime=lifetime)
    return _Drawn(digest_bits(bits), jwt.encode(), cwt)


async def forget_lists(pool: Pool, now: datetime, *, journal_window: timedelta) -> None:
    """Deletes publications that nobody holds any more, lists in which all has ended, and what had places in them.

    Batches stay for as long as a journal may bring a scan of them: without its batch a phone's code counts as revoked.
    """
    await list_store.purge(pool, now - _KEPT)
    await certificate_store.purge(pool, now - max(_KEPT, journal_window + _MARGIN))
    await licence_store.purge(pool, now - _KEPT)

"""Status lists as a server process holds them: which there are, in memory; their texts, fetched once and kept."""

from __future__ import annotations

import asyncio
import gzip
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import msgspec
import structlog

from app.credentials import list_store as store
from app.credentials.model import ListStanding
from app.credentials.publishing import uri_of
from app.database import FAULTS, Pool
from app.errors import NotFoundError
from codes import KeyRing, KeyUse, sign_status_delta

log = structlog.get_logger()

Key = TypeVar("Key")
Value = TypeVar("Value")

_HELD_SECONDS = 2.0
_ASKED_AGAIN = timedelta(seconds=1)
_MOST_TEXTS = 16
_MOST_DELTAS = 64


class ListTexts(msgspec.Struct, frozen=True):
    """One publication as it was signed; the JWT also as it goes to whoever takes gzip, a third smaller."""

    issued_at: datetime
    jwt: bytes
    jwt_gzip: bytes
    cwt: bytes


class HeldStatusLists:
    """What this process knows of lists; a list that it has heard of is not gone while PostgreSQL is away."""

    def __init__(self, pool: Pool, ring: KeyRing, url: str, clock: Callable[[], datetime]) -> None:
        self._pool = pool
        self._ring = ring
        self._url = url
        self._clock = clock
        self._lists: Mapping[int, ListStanding] = {}
        self._asked_at = datetime.fromtimestamp(0, UTC)
        self._texts: OrderedDict[int, ListTexts] = OrderedDict()
        self._deltas: OrderedDict[tuple[int, int, datetime], bytes | None] = OrderedDict()

    def list_all(self) -> list[ListStanding]:
        """Those that were published and in which something may still be good, in the order of their numbers."""
        return list(self._lists.values())

    def uri_of(self, list_no: int) -> str:
        """Where a list is fetched."""
        return uri_of(self._url, list_no)

    async def require(self, list_no: int) -> ListStanding:
        """Raises NotFoundError; one that is not known here is asked for, at most once a second."""
        if list_no not in self._lists and self._clock() - self._asked_at >= _ASKED_AGAIN:
            await self.catch_up()
        standing = self._lists.get(list_no)
        if standing is None:
            raise NotFoundError
        return standing

    async def require_texts(self, standing: ListStanding) -> ListTexts:
        """The newest publication, which may be one that this process has not heard of yet."""
        held = self._texts.get(standing.list_no)
        if held is not None and standing.issued_at is not None and held.issued_at >= standing.issued_at:
            self._texts.move_to_end(standing.list_no)
            return held
        row = await store.get_newest_texts(self._pool, standing.list_no)
        if row is None:
            raise NotFoundError
        packed = await asyncio.to_thread(gzip.compress, row["jwt"], 6)
        texts = ListTexts(row["issued_at"], row["jwt"], packed, row["cwt"])
        _keep(self._texts, standing.list_no, texts, _MOST_TEXTS)
        return texts

    async def get_delta(self, standing: ListStanding, since: int) -> bytes | None:
        """What was revoked since the list issued at that second; None where that list is not known here."""
        assert standing.issued_at is not None  # noqa: S101  those held were published
        asked = (standing.list_no, since, standing.issued_at)
        if asked in self._deltas:
            self._deltas.move_to_end(asked)
            return self._deltas[asked]
        delta = await self._make_delta(standing, datetime.fromtimestamp(since, UTC))
        _keep(self._deltas, asked, delta, _MOST_DELTAS)
        return delta

    async def _make_delta(self, standing: ListStanding, since: datetime) -> bytes | None:
        issued_at, list_no = standing.issued_at, standing.list_no
        if issued_at is None or since > issued_at:
            return None
        base = await store.get_publication(self._pool, list_no, since)
        newest = await store.get_publication(self._pool, list_no, issued_at)
        if base is None or newest is None:
            return None
        places = await store.list_places_between(self._pool, list_no, base["covers_until"], newest["covers_until"])
        signed = sign_status_delta(
            self._ring.current(KeyUse.LIST, issued_at),
            uri=self.uri_of(list_no),
            since=since,
            base_digest=base["digest"],
            issued_at=issued_at,
            expires_at=newest["expires_at"],
            digest=newest["digest"],
            places=places,
        )
        return signed.encode()

    async def catch_up(self) -> None:
        """Asks which lists there are, and how new."""
        self._asked_at = self._clock()
        standings = await store.list_standings(self._pool, self._asked_at)
        self._lists = {one.list_no: one for one in standings if one.issued_at is not None}

    async def follow(self) -> None:
        """Runs until cancelled; keeps what it knows while PostgreSQL is away."""
        while True:
            await asyncio.sleep(_HELD_SECONDS)
            try:
                await self.catch_up()
            except FAULTS:
                log.warning("status-lists.not-read")


def _keep(held: OrderedDict[Key, Value], key: Key, value: Value, most: int) -> None:
    """Puts it last, and lets what was longest not asked for go."""
    held[key] = value
    held.move_to_end(key)
    while len(held) > most:
        held.popitem(last=False)

"""Trust lists of before: what was scanned without a network is judged by the keys of its time."""

from __future__ import annotations

from datetime import datetime

from app.database import Pool
from app.recognition import past_store
from codes import KeyRing, TrustList, TrustListError, read_trust_list

_REMEMBERED = 16


class PastTrustLists:
    """Lists as they were published, read once each; a process remembers the few that journals go back to."""

    def __init__(self, pool: Pool, ring: KeyRing) -> None:
        self._pool = pool
        self._ring = ring
        self._read: dict[int, TrustList | None] = {}

    async def as_of(self, moment: datetime) -> TrustList | None:
        """The list that was published last by then, without keys withdrawn since: since when somebody else had them,
        nobody knows. None where there was none, or it is not good.
        """
        row = await past_store.get_as_of(self._pool, moment)
        if row is None:
            return None
        sequence: int = row["sequence"]
        if sequence not in self._read:
            if len(self._read) >= _REMEMBERED:
                self._read.clear()
            self._read[sequence] = self._verify(row["jws"], moment)
        held = self._read[sequence]
        return held and held.without(self._ring.withdrawn_kids)

    def _verify(self, jws: str, moment: datetime) -> TrustList | None:
        try:
            return read_trust_list(jws, root_fingerprint=self._ring.root_fingerprint, now=moment)
        except TrustListError:
            return None

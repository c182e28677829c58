"""Status lists of a province: how long, how soon built, and what a day adds; `python -m bench.status_lists`."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from codes import (
    Epoch,
    KeyUse,
    create_key_ring,
    digest_bits,
    pack_bits,
    sign_status_cwt,
    sign_status_delta,
    sign_status_jwt,
)
from codes.status_places import PERMUTATION_KEY_BYTES, place_of

ENTRIES = 25_000_000
DAY = timedelta(days=1)
URI = "https://suixing.example/v1/status-lists/3"


def timed(act: Callable[[], str | bytes]) -> tuple[str | bytes, float]:
    """What was made, and the CPU seconds that it took."""
    began = time.process_time()
    made = act()
    return made, time.process_time() - began


def measure(epoch: Epoch, share: float, now: datetime) -> None:
    draw = random.Random(4)  # noqa: S311  chance, not secret
    revoked = draw.sample(range(ENTRIES), int(ENTRIES * share))
    began = time.process_time()
    bits = pack_bits(ENTRIES, revoked)
    packing = time.process_time() - began
    jwt, jwt_took = timed(lambda: sign_status_jwt(epoch, uri=URI, bits=bits, now=now, lifetime=DAY))
    cwt, cwt_took = timed(lambda: sign_status_cwt(epoch, uri=URI, bits=bits, now=now, lifetime=DAY))
    added = set(draw.sample(range(ENTRIES), max(1, len(revoked) // 180)))  # a paper lives for 180 days
    newer = pack_bits(ENTRIES, added.union(revoked))
    delta, delta_took = timed(
        lambda: sign_status_delta(
            epoch,
            uri=URI,
            since=now,
            base_digest=digest_bits(bits),
            issued_at=now + DAY,
            expires_at=now + 2 * DAY,
            digest=digest_bits(newer),
            places=added.difference(revoked),
        )
    )
    print(
        f"{share:.1%} of {ENTRIES:,}: bits {packing:.2f} s; JWT {len(jwt):,} bytes, {jwt_took:.2f} s; "
        f"CWT {len(cwt):,} bytes, {cwt_took:.2f} s; a day's delta of {len(added):,} places {len(delta):,} bytes, "
        f"{delta_took:.2f} s"
    )


def main() -> None:
    now = datetime.now(UTC)
    with tempfile.TemporaryDirectory() as folder:
        ring = create_key_ring(Path(folder) / "keys", "31", now, development=True)
        for share in (0.001, 0.01):
            measure(ring.current(KeyUse.LIST, now), share, now)
    key = bytes(PERMUTATION_KEY_BYTES)
    began = time.process_time()
    for number in range(10_000):
        place_of(number, 2**20, key)
    print(f"a place: {(time.process_time() - began) * 100:.1f} µs")


if __name__ == "__main__":
    main()

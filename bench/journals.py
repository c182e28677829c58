"""syncScans of 10,000 scans, against one bare durable row for each, and against the same scans made one by one.

The floor inserts rows of an access's size, each committed by itself, on as many connections as syncScans uses; scanCode
is asked on as many. All run in this process, without HTTP, on one durable PostgreSQL. The process's memory is read at
the half of the journal and at its end.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import resource
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from uuid import uuid4

import jwt
import msgspec

from app.database import Pool, open_pool
from app.embedded import running_servers
from app.identifiers import new_id
from app.keeping import require_keys
from app.logs import configure_logs
from app.migrating import migrate
from app.people.registering import new_subject_no
from app.recognition.publishing import HeldTrustList, publish_trust_list
from app.recognition.remembering import PastTrustLists
from app.sealing import Vault
from app.secrets import read_secrets
from app.settings import read_settings
from app.venues.entry_judging import Lists
from app.venues.journals import BEGINNING, Entry, find_digest, write_signed
from app.venues.keys import read_public_key
from app.venues.known_scanners import KnownScanners
from app.venues.model import Scanner
from app.venues.reconciling import Upload, sync_scans
from app.venues.registering import approve_venue, create_venue
from app.venues.scanners import add_scanner
from app.venues.scanning import ScanningRoom, scan_code
from bench import Ratio
from codes import KeyUse, Kind, base64url, mint

SCANS = 10_000
BATCH = 500
ROUNDS = 3
TARGET = 0.3
"""A claim reads the subject, and writes the access, its notice and the journal's line with all their indexes."""
TARGET_ONE_BY_ONE = 0.6
"""It holds the subject besides, and keeps a journal."""
_AT_ONCE = 4
_WINDOW = timedelta(hours=72)
_SUBJECTS = 2_000
_TABLE = "CREATE TABLE bench_rows (subject_no bigint, row_id uuid, filling bytea, PRIMARY KEY (subject_no, row_id))"
_FLOOR = "INSERT INTO bench_rows (subject_no, row_id, filling) VALUES ($1, $2, $3)"


class Bench(msgspec.Struct, frozen=True):
    """A venue's scanner, people, and what scanning takes."""

    room: ScanningRoom
    lists: Lists
    scanner: Scanner
    subjects: list[int]
    signing: jwt.algorithms.ECAlgorithm
    private_key: object

    def mint(self, count: int, now: datetime) -> list[str]:
        epoch = self.room.ring.current(KeyUse.CODE, now)
        subjects = self.subjects
        shown = (subjects[number % len(subjects)] for number in range(count))
        return [
            mint(epoch, issuer="31", subject_no=one, kind=Kind.PERSONAL, now=now, lifetime=300).text for one in shown
        ]


def _write_journal(bench: Bench, codes: Sequence[str], first: int, previous: bytes, now: datetime) -> list[Entry]:
    """Entries bound to each other, as a gate would have signed them."""
    entries = []
    said_at = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    for sequence, code in enumerate(codes, first):
        entry = Entry(new_id(), sequence, base64url.encode(previous), code, said_at, "accepted", None)
        signed = write_signed(bench.scanner.scanner_id, entry)
        signature = base64url.encode(bench.signing.sign(signed, bench.private_key))  # type: ignore[arg-type]  # its own
        entries.append(msgspec.structs.replace(entry, signature=signature))
        previous = find_digest(signed)
    return entries


async def _open(url: str, folder: Path) -> tuple[Pool, Bench]:
    settings, now = read_settings({"SUIXING_DATA": str(folder)}), datetime.now(UTC)
    ring = require_keys(settings, now)
    pool = await open_pool(settings, url, size=_AT_ONCE)
    await publish_trust_list(pool, ring, lifetime=timedelta(days=1), now=now)
    trust = HeldTrustList(pool, ring, lambda: datetime.now(UTC))
    await trust.catch_up()
    manager = uuid4()
    venue = await create_venue(
        pool, manager_id=manager, name="站", purpose="metro-gate", adcode="310101", address="路1号", now=now
    )
    await approve_venue(pool, venue_id=venue.venue_id, operator_id=uuid4(), now=now)
    signing = jwt.algorithms.ECAlgorithm(jwt.algorithms.ECAlgorithm.SHA256)
    private_key, public = _make_key()
    issued = await add_scanner(
        pool, venue_id=venue.venue_id, manager_id=manager, name="gate", lifetime=86400, now=now,
        key=read_public_key(public),
    )  # fmt: skip
    scanner = await KnownScanners(pool).require(issued.credential, now)
    subjects = [new_subject_no() for _ in range(_SUBJECTS)]
    await pool.executemany(
        "INSERT INTO subjects (subject_no, kind, resident_id, codes_valid_from, created_at) "
        "VALUES ($1, 'personal', $2, '-infinity', $3)",
        [(subject, uuid4(), now) for subject in subjects],
    )
    room = ScanningRoom(pool, Vault(read_secrets(settings.keys_folder)), ring)
    lists = Lists(trust.current, PastTrustLists(pool, ring).as_of)
    return pool, Bench(room, lists, scanner, subjects, signing, private_key)


def _make_key() -> tuple[object, dict[str, str]]:
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415  a gate's own, nobody else's

    made = ec.generate_private_key(ec.SECP256R1())
    jwk: dict[str, str] = msgspec.json.decode(jwt.algorithms.ECAlgorithm.to_jwk(made.public_key()))
    return made, {name: jwk[name] for name in ("kty", "crv", "x", "y")}


async def _share(count: int, do: Callable[[int], Awaitable[object]]) -> None:
    """`do` for each number, some at once."""
    numbers = iter(range(count))

    async def work() -> None:
        for number in numbers:
            await do(number)

    await asyncio.gather(*(work() for _ in range(_AT_ONCE)))


async def _time(work: Awaitable[object]) -> float:
    begun = time.perf_counter()
    await work
    return SCANS / (time.perf_counter() - begun)


async def _floor(pool: Pool) -> None:
    await _share(SCANS, lambda number: pool.execute(_FLOOR, number, new_id(), os.urandom(300)))


async def _one_by_one(bench: Bench, codes: Sequence[str]) -> None:
    async def scan(number: int) -> None:
        now, key = datetime.now(UTC), hashlib.sha256(codes[number].encode()).digest()
        trust, scanner = bench.lists.current, bench.scanner
        await scan_code(bench.room, trust, scanner, code=codes[number], purpose=None, request_key=key, now=now)

    await _share(SCANS, scan)


async def _sync(bench: Bench, entries: Sequence[Entry], rise: list[int]) -> None:
    half = 0
    for start in range(0, SCANS, BATCH):
        now = datetime.now(UTC)
        upload = Upload(now, entries[start : start + BATCH])
        items = await sync_scans(bench.room, bench.lists, bench.scanner, upload, window=_WINDOW, now=now)
        assert {one.result for one in items} == {"accepted"}
        if start * 2 <= SCANS:
            half = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    rise.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - half)


async def _run(url: str, folder: Path) -> list[Ratio]:
    await migrate(url)
    pool, bench = await _open(url, folder)
    await pool.execute(
        "CREATE TABLE bench_rows (subject_no bigint, row_id uuid, filling bytea, PRIMARY KEY (subject_no, row_id))"
    )
    floors, singles, ours, rise = list[float](), list[float](), list[float](), list[int]()
    previous, first = BEGINNING, 1
    for _ in range(ROUNDS):  # in turn, so that all meet the machine's moods
        await pool.execute("TRUNCATE bench_rows")
        floors.append(await _time(_floor(pool)))
        singles.append(await _time(_one_by_one(bench, bench.mint(SCANS, datetime.now(UTC)))))
        now = datetime.now(UTC)
        entries = _write_journal(bench, bench.mint(SCANS, now), first, previous, now)
        first += SCANS
        previous = find_digest(write_signed(bench.scanner.scanner_id, entries[-1]))
        ours.append(await _time(_sync(bench, entries, rise)))
    await pool.close()
    floor, single, rate = median(floors), median(singles), median(ours)
    note = (
        f"{SCANS:,} scans in {SCANS // BATCH} uploads; memory grew by {max(rise) / 1024:.1f} MiB over the second half"
    )
    return [
        _ratio("syncScans / one durable row, scans a second", rate, floor, TARGET, note),
        _ratio("syncScans / scanCode one by one, scans a second", rate, single, TARGET_ONE_BY_ONE, "without HTTP"),
    ]


def _ratio(name: str, ours: float, peer: float, target: float, note: str) -> Ratio:
    return Ratio(
        name=name, ours=ours, peer=peer, ratio=ours / peer, target=target, better="higher", unit="1/s", note=note
    )


def run() -> list[Ratio]:
    """Starts a durable PostgreSQL of its own and measures in turns."""
    configure_logs("warning")
    with tempfile.TemporaryDirectory(prefix="sxb", ignore_cleanup_errors=True) as folder:
        data = Path(folder)
        data.chmod(0o711)
        with running_servers(data) as servers:
            return asyncio.run(_run(servers.database_url, data))

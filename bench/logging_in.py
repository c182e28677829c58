"""What `openSession` is made of, and a storm: ten thousand people who log in at once.

The parts are timed in this process against durable servers, in turns, as shares of the whole: the challenge, its claim,
the transaction that opens the session, the token within it. The storm goes over HTTP to one server process with the
texts cut short, as nobody measures an SMS gateway: challenges are put in beforehand, and one request each opens
a session. Its floor is a bare route of the same server that writes one durable row.
"""

from __future__ import annotations

import asyncio
import json
import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median
from uuid import UUID, uuid4

from app.database import Pool, open_pool
from app.identifiers import new_id
from app.people import store
from app.people.accounts import PhoneAccount
from app.people.challenging import hash_otp
from app.people.endings import ending
from app.people.logging_in import OtpGrant, claim_otp
from app.people.registering import find_or_register
from app.people.sessions import Doorkeeper, open_session
from app.people.tokens import AccessTokens, RefreshClaim, RefreshTokens
from app.sealing import Vault
from app.secrets import read_secrets
from app.settings import Settings
from bench import Ratio
from bench.api import prepare
from bench.loading import Load, request, run_load
from bench.people import CALLER
from bench.stand import running_product

STORM = 10_000
ROWS = 3_000
ROUNDS = 300
_OTP = "123456"
_LIFE = timedelta(hours=1)
_PHONE_CONTEXT = "challenged phone"


def _now() -> datetime:
    return datetime.now(UTC)


async def insert_challenges(pool: Pool, vault: Vault, phones: list[str]) -> list[UUID]:
    """What asking for a one-time password leaves, without the text."""
    now, made = _now(), []
    rows = []
    for phone in phones:
        challenge_id = new_id()
        made.append(challenge_id)
        sealed = vault.seal(phone.encode(), _PHONE_CONTEXT)
        index, hashed = vault.index("phone", phone), hash_otp(vault, challenge_id, _OTP)
        rows.append((challenge_id, index, sealed, hashed, now, now + _LIFE))
    await pool.executemany(store.INSERT_CHALLENGE, rows)
    return made


async def _time_parts(pool: Pool, vault: Vault, settings: Settings) -> dict[str, float]:
    """The median seconds of each part, in turns."""
    phones = [f"+86139{number:08}" for number in range(ROUNDS)]
    challenges = await insert_challenges(pool, vault, phones)
    keys = read_secrets(settings.keys_folder).token
    access, refresh = AccessTokens(keys, "suixing:31", 300), RefreshTokens(keys)
    door = Doorkeeper(pool, vault, settings, access, refresh)
    spent: dict[str, list[float]] = {"challenge": [], "claim": [], "transaction": [], "token": []}
    for phone, challenge_id in zip(phones, challenges, strict=True):
        marks = [time.perf_counter()]
        await insert_challenges(pool, vault, [phone])
        marks.append(time.perf_counter())
        account = await claim_otp(door, OtpGrant(challenge_id, _OTP), _now())
        marks.append(time.perf_counter())
        await _open(door, account)
        marks.append(time.perf_counter())
        access.issue(CALLER, _now())
        refresh.issue(RefreshClaim(CALLER.resident_id, CALLER.session_id, 1), _now())
        marks.append(time.perf_counter())
        for part, (begun, ended) in zip(spent, pairwise(marks), strict=True):
            spent[part].append(ended - begun)
    return {part: median(seconds) for part, seconds in spent.items()}


async def _open(door: Doorkeeper, account: PhoneAccount) -> None:
    """A first login, as its use case does it."""
    now = _now()
    async with ending(door.pool) as db:
        found = await find_or_register(db, door.vault, account, now)
        await open_session(db, door, found.resident_id, uuid4(), login_id=found.login_id, now=now)


def _storm(challenges: list[UUID]) -> list[bytes]:
    bodies = (
        {"grant": "otp", "challenge_id": str(one), "otp": _OTP, "installation_id": str(uuid4())} for one in challenges
    )
    return [request("POST", "/v1/sessions", body=json.dumps(body).encode()) for body in bodies]


async def _run(settings: Settings, url: str, port: int, pid: int) -> list[Ratio]:
    vault = Vault(read_secrets(settings.keys_folder))
    pool = await open_pool(settings, url, size=4)
    try:
        parts = await _time_parts(pool, vault, settings)
        challenges = await insert_challenges(pool, vault, [f"+86138{number:08}" for number in range(STORM)])
    finally:
        await pool.close()
    rows = [request("POST", "/bench/row", body=json.dumps({"code": "x" * 200}).encode()) for _ in range(ROWS)]
    floor = await run_load(port, pid, rows, connections=64)
    storm = await run_load(port, pid, _storm(challenges), connections=64)
    return [_ratio_of_parts(parts), _ratio_of_storm(storm, floor)]


def _ratio_of_parts(parts: dict[str, float]) -> Ratio:
    whole = sum(parts.values()) - parts["token"]  # the transaction has made one already
    shares = ", ".join(f"{part} {seconds / whole:.0%}" for part, seconds in parts.items())
    opening = (whole - parts["challenge"]) * 1e3
    return Ratio(
        name="openSession / its claim of the challenge",
        ours=opening,
        peer=parts["claim"] * 1e3,
        ratio=opening / (parts["claim"] * 1e3),
        target=8,
        better="lower",
        unit="ms",
        note=f"one at a time, first logins; of asking and opening: {shares}",
    )


def _ratio_of_storm(storm: Load, floor: Load) -> Ratio:
    if storm.statuses != {201: STORM}:
        raise RuntimeError(f"somebody was refused wrongly: {storm.statuses}")
    return Ratio(
        name="log-in storm / one durable row, requests a second",
        ours=storm.rate,
        peer=floor.rate,
        ratio=storm.rate / floor.rate,
        target=0.1,
        better="higher",
        unit="1/s",
        note=f"{STORM:,} first logins over 64 connections, all 201; p50 {storm.p50 * 1e3:.0f} ms, "
        f"p99 {storm.p99 * 1e3:.0f} ms, CPU {storm.cpu_us:.0f} µs",
    )


def run() -> list[Ratio]:
    """Starts durable servers of its own and one server process."""
    with running_product(prepare) as (stand, _):
        url = stand.settings.database_url
        assert url
        return asyncio.run(_run(stand.settings, url, stand.port, stand.pid))


if __name__ == "__main__":
    for one in run():
        print(one)

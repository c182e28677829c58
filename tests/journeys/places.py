"""A position that can be told apart, and every form in which it could be found again."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec

from app.ephemeral import open_valkey
from app.roaming.datums import Datum, from_wgs84

PLACE = (121.4938271, 31.2417653)
"""In Shanghai; figures that nothing else has."""


def list_places() -> dict[str, tuple[float, float]]:
    """The position in each datum, as a phone, WeChat and Baidu tell it."""
    return {datum.value: from_wgs84(*PLACE, datum) for datum in Datum}


def list_forms() -> set[bytes]:
    """Its figures to ten metres and finer, written and packed, and those as COPY shows bytes.

    Shorter ones without a point would be found by chance in megabytes of digits.
    """
    figures = [figure for place in list_places().values() for figure in place]
    packed = {struct.pack(form, figure) for figure in figures for form in (">d", "<d")}
    return {form for figure in figures for form in _write(figure)} | packed | {one.hex().encode() for one in packed}


def _write(figure: float) -> Iterator[bytes]:
    whole, _, places = f"{figure:.7f}".partition(".")
    yield f"{whole}.{places[:4]}".encode()
    yield f"{whole}{places}".encode()


async def report_everywhere(client: httpx.AsyncClient, token: str) -> None:
    """Tells of the position: before agreeing, in each datum, late, wrongly, and cut off."""
    me = {"Authorization": f"Bearer {token}"}
    bodies = [_body(datum, place) for datum, place in list_places().items()]
    wrong = [{**bodies[0], "datum": "mars"}, {**bodies[0], "longitude": f"{PLACE[0]}°"}, {**bodies[0], "latitude": 1e3}]
    late = {**bodies[0], "fixed_at": "2026-01-01T00:00:00Z"}

    async def report(body: dict[str, Any], status: int) -> None:
        answer = await client.post("/v1/me/locations", json=body, headers=me)
        while answer.status_code == 503:  # a server that has just started still reads the boundaries
            await asyncio.sleep(int(answer.headers["retry-after"]))
            answer = await client.post("/v1/me/locations", json=body, headers=me)
        assert answer.status_code == status, answer.text
        assert not any(form in answer.content for form in list_forms())

    await report(bodies[0], 403)
    assert (await client.put("/v1/me/consents/location", json={"version": 2}, headers=me)).status_code == 200
    for body in [*bodies, late]:
        await report(body, 200)
    for body in wrong:
        await report(body, 422)
    cut = await client.post("/v1/me/locations", content=f'{{"longitude": {PLACE[0]}, "lat'.encode(), headers=me)
    assert cut.status_code in {415, 422}


def _body(datum: str, place: tuple[float, float]) -> dict[str, Any]:
    at = datetime.now(UTC).isoformat()
    return {"longitude": place[0], "latitude": place[1], "datum": datum, "accuracy_m": 12, "fixed_at": at}


async def dump_valkey(url: str) -> bytes:
    """Every key with what it holds."""
    valkey: Any = open_valkey(url)
    try:
        keys = [key async for key in valkey.scan_iter()]
        return b"".join([key + (await valkey.dump(key) or b"") for key in keys])
    finally:
        await valkey.aclose()


async def check_memory(url: str, *, state_kept: int, trace_kept: int) -> None:
    """What Valkey has of the resident: a province and times, and for minutes a square of a kilometre."""
    valkey: Any = open_valkey(url)
    try:
        keys = sorted([key async for key in valkey.scan_iter(match="roaming:*")])
        assert len(keys) == 2
        state, trace = [await valkey.get(key) for key in keys]
        assert [0 < await valkey.ttl(key) <= kept for key, kept in zip(keys, (state_kept, trace_kept), strict=True)]
        _, province, _, candidate, told = msgspec.msgpack.decode(state[1:])
        assert (province, candidate, told) == ("31", None, [])
        _, spot, held, _ = msgspec.msgpack.decode(trace)
        assert (spot[:2], held) == ([round(PLACE[0] * 100), round(PLACE[1] * 100)], None)
    finally:
        await valkey.aclose()

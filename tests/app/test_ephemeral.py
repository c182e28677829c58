from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from pathlib import Path
from uuid import uuid4

import pytest

from app.ephemeral import FAULTS, Valkey, is_answering, open_valkey, publish_hints


@pytest.fixture
async def silent(data_folder: Path) -> AsyncGenerator[Valkey]:
    """A Valkey that takes connections and never says a word."""
    held: list[asyncio.StreamWriter] = []
    path = data_folder / f"{uuid4().hex[:8]}.sock"
    server = await asyncio.start_unix_server(lambda _, writer: held.append(writer), path)
    client = open_valkey(f"unix://{path}")
    yield client
    await client.aclose()
    for writer in held:
        writer.close()
    server.close()


@pytest.fixture
async def away() -> AsyncGenerator[Valkey]:
    """A Valkey that is not there."""
    client = open_valkey(f"unix:///tmp/{uuid4()}.sock")
    yield client
    await client.aclose()


async def test_it_answers(valkey: Valkey) -> None:
    assert await is_answering(valkey)


async def test_one_that_is_away_is_told_at_once(away: Valkey) -> None:
    assert not await is_answering(away)
    with pytest.raises(FAULTS):
        await away.get("anything")


async def test_one_that_hangs_holds_a_request_up_for_half_a_second_at_most(silent: Valkey) -> None:
    began = time.monotonic()
    assert not await is_answering(silent)
    assert time.monotonic() - began < 10, "it is not waited for without end"


async def test_hints_reach_those_who_listen_in_their_order(valkey: Valkey) -> None:
    channel = f"test:{uuid4()}"
    async with valkey.pubsub() as listener:
        await listener.subscribe(channel)
        await publish_hints(valkey, channel, ["one", "two"])
        heard: list[bytes] = []
        while len(heard) < 2:
            message = await listener.get_message(ignore_subscribe_messages=True, timeout=1)
            assert message is not None or heard == []
            heard += [message["data"]] if message else []
    assert heard == [b"one", b"two"]


async def test_hints_that_cannot_be_sent_are_forgotten(away: Valkey, silent: Valkey) -> None:
    await publish_hints(away, "channel", ["hint"])
    began = time.monotonic()
    await publish_hints(silent, "channel", ["hint"])
    assert time.monotonic() - began < 10, "it is not waited for without end"

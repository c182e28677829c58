"""Many ask on one connection: each gets its own answer, whoever else goes away, and a lost connection is replaced."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from uuid import uuid4

import pytest

from app.ephemeral import FAULTS, ResponseError, Valkey, open_valkey
from app.shared_line import Script, SharedLine


@pytest.fixture
async def line(valkey_url: str) -> AsyncGenerator[SharedLine]:
    valkey = open_valkey(valkey_url)
    opened = SharedLine(valkey)
    yield opened
    await opened.close()
    await valkey.aclose()


async def test_each_gets_its_own_answer(line: SharedLine) -> None:
    answers = await asyncio.gather(*(line.ask("ECHO", str(number)) for number in range(200)))
    assert answers == [str(number).encode() for number in range(200)]


async def test_who_goes_away_takes_nobodys_answer(line: SharedLine) -> None:
    asked = [asyncio.ensure_future(line.ask("ECHO", str(number))) for number in range(20)]
    await line.ask("PING")
    asked += [asyncio.ensure_future(line.ask("ECHO", str(number))) for number in range(20, 40)]
    await asyncio.sleep(0)
    for task in asked[21::2]:
        task.cancel()
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert answers[:21] == [str(number).encode() for number in range(21)]
    assert answers[22::2] == [str(number).encode() for number in range(22, 40, 2)]


async def test_what_is_refused_is_refused_to_its_asker_alone(line: SharedLine) -> None:
    wrong = asyncio.ensure_future(line.ask("NONSENSE"))
    assert await line.ask("PING") == b"PONG"
    with pytest.raises(ResponseError):
        await wrong


async def test_a_script_is_told_once(line: SharedLine) -> None:
    script = Script(f"return ARGV[1] -- {uuid4()}")
    assert await line.run(script, [], [b"first"]) == b"first"
    assert await line.ask("SCRIPT", "EXISTS", script.digest) == [1]
    assert await line.run(script, [], [b"second"]) == b"second"


async def test_silence_is_a_fault_and_the_next_question_is_answered(line: SharedLine) -> None:
    """BLPOP holds this connection alone."""
    with pytest.raises(FAULTS):
        await line.ask("BLPOP", f"nothing:{uuid4()}", 5)
    assert await line.ask("PING") == b"PONG"


async def test_a_connection_that_is_cut_is_replaced(line: SharedLine, valkey: Valkey) -> None:
    number = await line.ask("CLIENT", "ID")
    waiting = asyncio.ensure_future(line.ask("BLPOP", f"nothing:{uuid4()}", 5))
    await asyncio.sleep(0)
    await valkey.execute_command("CLIENT", "KILL", "ID", number)  # type: ignore[no-untyped-call]  # redis-py's own
    with pytest.raises(FAULTS):
        await waiting
    assert await line.ask("CLIENT", "ID") > number


async def test_nobody_there_is_a_fault_at_once() -> None:
    valkey = open_valkey("redis://127.0.0.1:1")
    line = SharedLine(valkey)
    faults = await asyncio.gather(*(line.ask("PING") for _ in range(3)), return_exceptions=True)
    assert all(isinstance(fault, FAULTS) for fault in faults)
    await line.close()
    await valkey.aclose()

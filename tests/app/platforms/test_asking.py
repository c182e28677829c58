"""A provider that is slow, away, or serves nobody."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator

import pytest
import structlog

from app.development.mishaps import Answer
from app.platforms.asking import Limits, Provider, Question, Reply
from app.platforms.errors import ProviderUnavailableError
from tests.app.platforms.conftest import ticking
from tests.harness.answering import AnsweringServer, answering
from tests.harness.clock import Clock

SECRET = "a-secret-of-the-app"  # noqa: S105  invented
QUESTION = Question("POST", "/ask", {"secret": SECRET}, b"{}", "application/json")


class Fickle:
    """Answers as it is told to."""

    def __init__(self) -> None:
        self.next = Answer(200, {"content-type": "text/plain"}, b"fine")
        self.asked = 0
        self.met = asyncio.Event()

    def handle(self, *_: object) -> Answer:
        self.asked += 1
        self.met.set()
        return self.next


Server = AnsweringServer[Fickle]


@pytest.fixture
async def server() -> AsyncGenerator[Server]:
    async with answering(Fickle()) as running:
        yield running


def open_provider(url: str, clock: Clock, deadline: float = 5.0, connections: int = 10) -> Provider:
    def is_busy(reply: Reply) -> bool:
        return reply.body == b"busy"

    limits = Limits(deadline, connections)
    return Provider("Somebody", url, is_busy=is_busy, limits=limits, clock=ticking(clock))


@pytest.fixture
async def provider(server: Server, clock: Clock) -> AsyncGenerator[Provider]:
    opened = open_provider(server.url, clock)
    yield opened
    await opened.close()


async def ask(provider: Provider) -> bytes:
    return (await provider.ask(QUESTION, provider.deadline())).body


async def fail(provider: Provider) -> str:
    with pytest.raises(ProviderUnavailableError) as refused:
        await ask(provider)
    return refused.value.detail


async def test_an_answer_too_late_is_not_waited_for(server: Server, clock: Clock) -> None:
    server.stand_in.next = Answer(200, {}, b"late", delay=30.0)
    provider, begun = open_provider(server.url, clock, deadline=0.2), time.monotonic()
    assert "in time" in await fail(provider)
    assert time.monotonic() - begun < 20
    await provider.close()


async def test_nobody_there(clock: Clock) -> None:
    provider = open_provider("http://127.0.0.1:1", clock)
    assert "reached" in await fail(provider)
    await provider.close()


async def test_a_connection_closed_without_an_answer(server: Server, provider: Provider) -> None:
    server.stand_in.next = Answer(200, {}, b"", close=True)
    assert "reached" in await fail(provider)


@pytest.mark.parametrize("status", [302, 403, 429, 500, 503])
async def test_another_status_is_no_answer(server: Server, provider: Provider, status: int) -> None:
    server.stand_in.next = Answer(status, {"location": "/elsewhere"}, b"fine")
    assert str(status) in await fail(provider)
    assert server.stand_in.asked == 1


async def test_who_is_busy_is_asked_twice(server: Server, provider: Provider) -> None:
    server.stand_in.next = Answer(200, {}, b"busy")
    assert "busy" in await fail(provider)
    assert server.stand_in.asked == 2


async def test_the_breaker_opens_and_one_question_closes_it(server: Server, provider: Provider, clock: Clock) -> None:
    server.stand_in.next = Answer(503, {}, b"")
    for _ in range(5):
        assert "503" in await fail(provider)
    with pytest.raises(ProviderUnavailableError) as refused:
        await ask(provider)
    assert refused.value.retry_after == 10
    assert server.stand_in.asked == 5, "whoever serves nobody is left alone"
    clock.turn(1.5)
    assert "503" in await fail(provider)
    assert "for a while" in await fail(provider)
    assert server.stand_in.asked == 6, "one question tries it"
    server.stand_in.next = Answer(200, {}, b"fine")
    clock.turn(10)
    assert await ask(provider) == b"fine"
    assert await asyncio.gather(*(ask(provider) for _ in range(5))) == [b"fine"] * 5


async def test_one_question_alone_tries_an_open_breaker(server: Server, provider: Provider, clock: Clock) -> None:
    server.stand_in.next = Answer(503, {}, b"")
    for _ in range(5):
        await fail(provider)
    clock.turn(2)
    server.stand_in.next = Answer(200, {}, b"fine", delay=0.2)
    tried = await asyncio.gather(*(ask(provider) for _ in range(8)), return_exceptions=True)
    assert tried.count(b"fine") == 1
    assert server.stand_in.asked == 6


async def test_a_busy_provider_opens_the_breaker_too(server: Server, provider: Provider) -> None:
    server.stand_in.next = Answer(200, {}, b"busy")
    for _ in range(3):
        await fail(provider)
    assert server.stand_in.asked == 5


async def test_connections_are_few_and_used_again(server: Server, clock: Clock) -> None:
    provider = open_provider(server.url, clock, connections=3)
    assert await asyncio.gather(*(ask(provider) for _ in range(30))) == [b"fine"] * 30
    assert server.connections <= 3
    await provider.close()


async def test_waiting_for_a_place_is_no_fault_of_the_provider(server: Server, clock: Clock) -> None:
    provider = open_provider(server.url, clock, deadline=60.0, connections=1)
    server.stand_in.next = Answer(200, {}, b"fine", delay=60.0)
    holding = asyncio.create_task(ask(provider))
    await server.stand_in.met.wait()
    for _ in range(6):
        with pytest.raises(ProviderUnavailableError, match="Too many"):
            await provider.ask(QUESTION, asyncio.get_running_loop().time() + 0.05)
    holding.cancel()
    await asyncio.gather(holding, return_exceptions=True)
    await provider.close()
    assert not provider.is_left_alone, "the breaker did not open"


async def test_who_goes_away_leaves_the_place_to_others(server: Server, clock: Clock) -> None:
    provider = open_provider(server.url, clock, connections=1)
    server.stand_in.next = Answer(200, {}, b"fine", delay=30.0)
    gone = asyncio.create_task(ask(provider))
    await server.stand_in.met.wait()
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    server.stand_in.next = Answer(200, {}, b"fine")
    assert await ask(provider) == b"fine"
    await provider.close()


async def test_no_secret_is_logged_or_said(server: Server, clock: Clock) -> None:
    with structlog.testing.capture_logs() as logged:
        provider = open_provider("http://127.0.0.1:1", clock)
        said = await fail(provider)
        await provider.close()
        server.stand_in.next = Answer(500, {}, SECRET.encode())
        provider = open_provider(server.url, clock)
        said += await fail(provider)
        await provider.close()
    assert len(logged) == 2
    assert SECRET not in f"{said}{logged}{QUESTION!r}"

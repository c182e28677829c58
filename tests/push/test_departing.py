"""When a message departs, by each provider's real client: not while a token, a connection or a stream is waited for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from msgspec.structs import replace

from app.development.mishaps import Answer
from push.alipay import AlipayClient, AlipaySettings
from push.apns import ApnsClient
from push.connecting import classify_failure
from push.departing import CalledBackError, Departure
from push.fcm import FcmClient
from push.notices import Unavailable
from push.sending import Accepted, SendOutcome, Unanswered
from push.wechat import WeChatClient, WeChatSettings
from tests.app.platforms.keys import app_keys
from tests.harness.answering import answering
from tests.harness.clock import Clock
from tests.push.peers import apns, fcm
from tests.push.peers.mini_programs import WeChatStandIn
from tests.push.test_mini_programs import APP, Tokens, alipay_message, wechat_message

Send = Callable[[Departure], Awaitable[SendOutcome]]


class Silence:
    """A server that takes connections and never says a word: TLS does not come about."""

    def __init__(self) -> None:
        self.url = ""
        self.has_heard = asyncio.Event()

    async def listen(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        self.has_heard.set()
        await reader.read()
        writer.close()


@asynccontextmanager
async def silence() -> AsyncGenerator[Silence]:
    silent = Silence()
    server = await asyncio.start_server(silent.listen, "127.0.0.1", 0)
    silent.url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield silent
    finally:
        server.close()


async def cut(send: Send, is_under_way: Callable[[], Awaitable[Any]]) -> Departure:
    """How a message stands whose sending was cut off amid this."""
    departure = Departure()
    sending, watching = asyncio.ensure_future(send(departure)), asyncio.ensure_future(is_under_way())
    await asyncio.wait([sending, watching], return_when=asyncio.FIRST_COMPLETED)
    assert not sending.done(), "it has ended before"
    sending.cancel()
    await asyncio.wait([sending])
    assert sending.cancelled()
    return departure


@asynccontextmanager
async def opened(channel: str, url: str, clock: Clock) -> AsyncGenerator[Send]:
    """The provider's client, with its keys and tokens at hand."""
    if channel == "apns":
        settings = replace(apns.make_settings(Silence()), production_url=url)
        async with ApnsClient(settings, now=clock) as apple:
            yield lambda departure: apple.send(apns.make_message(), departure)
    elif channel == "wechat":
        async with WeChatClient(WeChatSettings(url=url), Tokens()) as wechat:
            yield lambda departure: wechat.send(wechat_message(), departure)
    else:
        async with AlipayClient(AlipaySettings(keys={APP: app_keys()}, url=url), now=clock) as alipay:
            yield lambda departure: alipay.send(alipay_message(), departure)


@pytest.mark.parametrize("channel", ["apns", "wechat", "alipay"])
async def test_it_has_not_departed_while_a_connection_is_made(channel: str, clock: Clock) -> None:
    async with silence() as silent, opened(channel, silent.url, clock) as send:
        departure = await cut(send, silent.has_heard.wait)
    assert not departure.has_gone


async def test_it_has_not_departed_while_google_s_token_is_fetched(clock: Clock) -> None:
    async with silence() as silent, fcm.running_fcm() as peer:
        settings = fcm.make_settings(peer, accounts=(fcm.make_account(silent.url),))
        async with FcmClient(settings, now=clock) as client:
            departure = await cut(lambda departure: client.send(fcm.make_message(), departure), silent.has_heard.wait)
        assert (await peer.tell())["requests"] == 0
    assert not departure.has_gone


async def test_what_wechat_s_token_kept_from_it_comes_back_while_another_is_fetched() -> None:
    fetching = asyncio.Event()

    async def give_one_token(app_id: str, refused: str = "", /) -> str:
        assert app_id == APP
        if refused:
            fetching.set()
            await asyncio.Event().wait()
        return "refused"

    async with answering(WeChatStandIn()) as server:
        async with WeChatClient(WeChatSettings(url=server.url), give_one_token) as client:
            departure = await cut(lambda departure: client.send(wechat_message(), departure), fetching.wait)
        assert len(server.requests) == 1
    assert not departure.has_gone


async def wait_for_requests(peer: Any, count: int) -> None:
    async with asyncio.timeout(30):
        while (await peer.tell())["requests"] < count:  # noqa: ASYNC110  a process of its own, asked each time
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("stands", [False, True])
async def test_it_may_have_arrived_once_apple_has_the_whole_of_it(clock: Clock, *, stands: bool) -> None:
    """By a connection that is made for it, and by one that has brought answers before."""
    async with apns.running_apns() as peer, ApnsClient(apns.make_settings(peer), now=clock) as client:
        if stands:
            assert isinstance(await client.send(apns.make_message()), Accepted)
        await peer.script(apns.DEVICE, {"hang": True})
        departure = await cut(
            lambda departure: client.send(apns.make_message(), departure), lambda: wait_for_requests(peer, 1 + stands)
        )
        assert (await peer.tell())["requests"] == 1 + stands
    assert departure.has_gone


async def test_it_may_have_arrived_once_wechat_has_the_whole_of_it() -> None:
    stand_in = WeChatStandIn()
    stand_in.scripted.append(Answer(200, {}, b"{}", delay=3600))
    async with answering(stand_in) as server, WeChatClient(WeChatSettings(url=server.url), Tokens()) as client:

        async def is_asked() -> None:
            async with asyncio.timeout(30):
                while not server.requests:  # noqa: ASYNC110  the stand-in's list
                    await asyncio.sleep(0.01)

        departure = await cut(lambda departure: client.send(wechat_message(), departure), is_asked)
    assert departure.has_gone


async def test_what_waits_for_a_stream_has_not_departed(clock: Clock) -> None:
    """Of the streams of a new connection that lets one be open; the settings that say so came with the first."""
    async with apns.running_apns(maxStreams=1) as peer, ApnsClient(apns.make_settings(peer), now=clock) as client:
        await peer.script(apns.DEVICE, {"hang": True})
        first, second = Departure(), Departure()
        holding = asyncio.create_task(client.send(apns.make_message(), first))
        await wait_for_requests(peer, 1)
        waiting = asyncio.create_task(client.send(apns.make_message(), second))
        await asyncio.wait([waiting], timeout=0.2)
        for task in (waiting, holding):
            task.cancel()
        await asyncio.wait([waiting, holding])
        assert (first.has_gone, second.has_gone) == (True, False)
        assert (await peer.tell())["requests"] == 1


def test_what_was_called_back_never_departs() -> None:
    departure = Departure()
    assert departure.call_back()
    with pytest.raises(CalledBackError):
        departure.go()
    assert not departure.has_gone
    gone = Departure()
    gone.go()
    assert not gone.call_back()


def test_a_failure_before_it_departed_says_that_nothing_was_sent() -> None:
    departure = Departure()
    assert classify_failure(TimeoutError(), departure) == Unavailable("timeout")
    departure.go()
    assert classify_failure(TimeoutError(), departure) == Unanswered("timeout")
    departure.come_back()
    assert classify_failure(TimeoutError(), departure) == Unavailable("timeout")

"""The keeper of access tokens, whatever WeChat answers and whenever."""

from __future__ import annotations

import asyncio

import pytest

from app.platforms.errors import ProviderUnavailableError
from app.platforms.wechat_tokens import EARLY, AccessTokenKeeper, FetchedToken
from tests.app.platforms.conftest import ticking
from tests.harness.clock import Clock


class Source:
    """Gives out tokens one by one when the test lets it."""

    def __init__(self) -> None:
        self.asked: list[bool] = []
        self.open = asyncio.Event()
        self.open.set()
        self.number = 1
        self.fails = False

    async def fetch(self, force: bool) -> FetchedToken:  # noqa: FBT001  the keeper's one word
        self.asked.append(force)
        await self.open.wait()
        if self.fails:
            raise ProviderUnavailableError
        self.number += force
        return FetchedToken(f"token-{self.number}", 7200.0)


def soon() -> float:
    return asyncio.get_running_loop().time() + 30


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def keeper(source: Source, clock: Clock) -> AccessTokenKeeper:
    return AccessTokenKeeper(source.fetch, clock=ticking(clock))


async def settle() -> None:
    """Lets what was started beside come to its end."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_many_wait_for_one_question(keeper: AccessTokenKeeper, source: Source) -> None:
    source.open.clear()
    waiting = [asyncio.create_task(keeper.current(soon())) for _ in range(50)]
    await settle()
    source.open.set()
    assert set(await asyncio.gather(*waiting)) == {"token-1"}
    assert source.asked == [False]


async def test_who_gives_up_takes_nothing_from_the_others(keeper: AccessTokenKeeper, source: Source) -> None:
    source.open.clear()
    gone, staying = (asyncio.create_task(keeper.current(soon())) for _ in range(2))
    late = asyncio.create_task(keeper.current(asyncio.get_running_loop().time()))
    await settle()
    gone.cancel()
    with pytest.raises(ProviderUnavailableError, match="in time"):
        await late
    source.open.set()
    assert await staying == "token-1"
    assert source.asked == [False]


async def test_nobody_waits_for_a_renewal_before_the_end(
    keeper: AccessTokenKeeper, source: Source, clock: Clock
) -> None:
    await keeper.current(soon())
    clock.turn(7200 - EARLY)
    source.open.clear()
    source.number = 2
    for _ in range(5):
        assert await keeper.current(soon()) == "token-1"
    await settle()
    assert source.asked == [False, False], "one at a time, and not again at once"
    source.open.set()
    await settle()
    assert await keeper.current(soon()) == "token-2"


async def test_a_renewal_that_fails_beside_is_tried_again(
    keeper: AccessTokenKeeper, source: Source, clock: Clock
) -> None:
    await keeper.current(soon())
    clock.turn(7200 - EARLY)
    source.fails = True
    assert await keeper.current(soon()) == "token-1"
    await settle()
    source.fails, source.number = False, 2
    clock.turn(31)
    assert await keeper.current(soon()) == "token-1"
    await settle()
    assert await keeper.current(soon()) == "token-2"


async def test_a_token_that_cannot_be_had_is_asked_for_again(keeper: AccessTokenKeeper, source: Source) -> None:
    source.fails = True
    for _ in range(2):
        with pytest.raises(ProviderUnavailableError):
            await keeper.current(soon())
    source.fails = False
    assert await keeper.current(soon()) == "token-1"


async def test_a_refused_token_that_another_process_replaced_is_not_forced(
    keeper: AccessTokenKeeper, source: Source
) -> None:
    refused = await keeper.current(soon())
    source.number = 7
    assert await keeper.replace(refused, soon()) == "token-7"
    assert source.asked == [False, False]


async def test_many_refusals_of_one_token_force_one_other(keeper: AccessTokenKeeper, source: Source) -> None:
    refused = await keeper.current(soon())
    assert set(await asyncio.gather(*(keeper.replace(refused, soon()) for _ in range(20)))) == {"token-2"}
    assert source.asked == [False, False, True]
    assert await keeper.replace(refused, soon()) == "token-2", "what is refused late is replaced already"


async def test_a_refusal_beside_an_early_renewal_still_forces(
    keeper: AccessTokenKeeper, source: Source, clock: Clock
) -> None:
    """That renewal did not know of the refusal, and brings the same token again."""
    refused = await keeper.current(soon())
    clock.turn(7200 - EARLY)
    source.open.clear()
    await keeper.current(soon())
    await settle()
    replacing = asyncio.create_task(keeper.replace(refused, soon()))
    await settle()
    source.open.set()
    assert await replacing == "token-2"


async def test_closing_leaves_nothing_behind(keeper: AccessTokenKeeper, source: Source) -> None:
    await keeper.close()
    source.open.clear()
    waiting = asyncio.create_task(keeper.current(soon()))
    await settle()
    await keeper.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting


def test_a_token_prints_nothing() -> None:
    assert "secret" not in repr(FetchedToken("secret", 1.0))

"""A repeated request gets the first answer, also through failures and beside itself; nothing is kept in the clear."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from app.database import Connection, Pool
from app.errors import NotFoundError
from app.repeating import store
from app.repeating.answering import (
    IdempotencyKeyReusedError,
    RequestInProgressError,
    answer_once,
    forget_answers,
)
from app.sealing import Vault
from tests.harness.clock import Clock


class Desk:
    """Does something at each request, and counts how often."""

    def __init__(self, pool: Pool, vault: Vault, clock: Clock) -> None:
        self.pool = pool
        self.vault = vault
        self.clock = clock
        self.caller_id = uuid4()
        self.done = 0
        self.fails_with: BaseException | None = None
        self.begun = asyncio.Event()
        self.may_end = asyncio.Event()
        self.may_end.set()

    async def _act(self, db: Connection) -> bytes:
        await db.execute(
            "INSERT INTO acts (actor_id, act_id, act, happened_at) VALUES ($1, $2, 'made', $3)",
            self.caller_id,
            uuid4(),
            self.clock.now,
        )
        self.begun.set()
        await self.may_end.wait()
        if self.fails_with:
            raise self.fails_with
        self.done += 1
        return f'{{"credential": "secret-{self.done}"}}'.encode()

    async def count_acts(self) -> int:
        count: int = await self.pool.fetchval("SELECT count(*) FROM acts WHERE actor_id = $1", self.caller_id)
        return count

    async def ask(self, key: str = "key-1", request: bytes = b"the body", caller_id: UUID | None = None) -> bytes:
        return await answer_once(
            self.pool,
            self.vault,
            caller_id=caller_id or self.caller_id,
            key=key,
            request=request,
            now=self.clock.now,
            act=self._act,
            status=201,
        )


@pytest.fixture
def desk(pool: Pool, vault: Vault, clock: Clock) -> Desk:
    return Desk(pool, vault, clock)


async def test_a_repetition_gets_the_first_answer(desk: Desk) -> None:
    first = await desk.ask()
    assert [await desk.ask() for _ in range(3)] == [first] * 3
    assert desk.done == 1


async def test_keys_and_callers_are_their_own(desk: Desk) -> None:
    answers = {await desk.ask(), await desk.ask("key-2"), await desk.ask(caller_id=uuid4())}
    assert (len(answers), desk.done) == (3, 3)


async def test_another_request_cannot_have_the_key(desk: Desk) -> None:
    await desk.ask()
    with pytest.raises(IdempotencyKeyReusedError):
        await desk.ask(request=b"another body")
    assert desk.done == 1


async def test_a_repetition_beside_the_first_is_told_to_wait(desk: Desk) -> None:
    desk.may_end.clear()
    first = asyncio.create_task(desk.ask())
    await desk.begun.wait()
    with pytest.raises(RequestInProgressError):
        await desk.ask()
    desk.may_end.set()
    assert await first == await desk.ask()


@pytest.mark.parametrize("failure", [NotFoundError(), LookupError("a fault"), asyncio.CancelledError()])
async def test_a_failure_leaves_the_key_free(desk: Desk, failure: BaseException) -> None:
    desk.fails_with = failure
    with pytest.raises(type(failure)):
        await desk.ask()
    assert await desk.count_acts() == 0
    desk.fails_with = None
    assert await desk.ask(request=b"another body")
    assert await desk.count_acts() == 1


async def test_an_act_whose_answer_could_not_be_kept_was_not_done(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the process is killed between the act and its answer: the request may come again, and acts once."""

    async def fail(*_given: object, **_named: object) -> None:
        raise ConnectionResetError

    with monkeypatch.context() as patched:
        patched.setattr(store, "remember", fail)
        with pytest.raises(ConnectionResetError):
            await desk.ask()
    assert await desk.count_acts() == 0
    assert await desk.ask() == await desk.ask()
    assert await desk.count_acts() == 1


async def test_repetitions_beside_the_first_wait_for_its_answer(desk: Desk) -> None:
    answers = await asyncio.gather(*(desk.ask() for _ in range(8)))
    assert len(set(answers)) == 1
    assert await desk.count_acts() == 1


async def test_answers_are_kept_a_day(desk: Desk) -> None:
    first = await desk.ask()
    desk.clock.turn(hours=23.9)
    await forget_answers(desk.pool, desk.clock.now)
    assert await desk.ask() == first
    desk.clock.turn(hours=0.2)
    await forget_answers(desk.pool, desk.clock.now)
    assert await desk.ask() != first


async def test_an_answer_is_kept_sealed_and_for_its_caller_alone(desk: Desk) -> None:
    """A credential that is shown once must not lie about; nor open under another caller's key."""
    await desk.ask()
    other = uuid4()
    await desk.pool.execute(
        "INSERT INTO idempotent_answers SELECT $2, key, request_hash, status, sealed_answer, created_at "
        "FROM idempotent_answers WHERE caller_id = $1",
        desk.caller_id,
        other,
    )
    sealed = await desk.pool.fetchval(
        "SELECT sealed_answer FROM idempotent_answers WHERE caller_id = $1", desk.caller_id
    )
    assert b"secret" not in sealed
    with pytest.raises(Exception, match="does not open"):
        await desk.ask(caller_id=other)


async def test_forgetting_spares_what_is_young(desk: Desk) -> None:
    old, young = uuid4(), uuid4()
    await desk.ask(caller_id=old)
    desk.clock.turn(timedelta(hours=25).total_seconds())
    await desk.ask(caller_id=young)
    await forget_answers(desk.pool, desk.clock.now)
    kept = await desk.pool.fetch(
        "SELECT caller_id FROM idempotent_answers WHERE caller_id = ANY($1::uuid[])", [old, young]
    )
    assert [row["caller_id"] for row in kept] == [young]

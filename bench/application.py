"""The product and its floors in one process: a bare Litestar beside it, for "hello" and for one durable row."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import msgspec
from litestar import Litestar, get, post
from litestar.datastructures import State
from litestar.types import ASGIApp, Receive, Send

from api.application import create_app as create_product

INSERT = "INSERT INTO bench_rows (row_id, at, body) VALUES ($1, $2, $3)"


class RowIn(msgspec.Struct):
    code: str


class RowOut(msgspec.Struct):
    row_id: UUID


@get("/bench/hello")
async def hello() -> dict[str, str]:
    return {"hello": "world"}


@post("/bench/row")
async def insert_row(state: State, data: RowIn) -> RowOut:
    row_id = uuid4()
    await state.pool.execute(INSERT, row_id, datetime.now(UTC), data.code)
    return RowOut(row_id)


async def _open(bare: Litestar) -> None:
    bare.state.pool = await asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=1, max_size=10)


def create_app() -> ASGIApp:
    """Requests below /bench/ meet nothing of ours."""
    bare = Litestar([hello, insert_row], openapi_config=None, on_startup=[_open])
    product: Any = create_product()

    async def dispatch(scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _open(bare)
            await product(scope, receive, send)
        elif scope["path"].startswith("/bench/"):
            await bare(scope, receive, send)
        else:
            await product(scope, receive, send)

    return dispatch

"""What commands share: settings, the database, one clock, and clear words where an operator did something wrong."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import wraps
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from app.errors import SettingsError
from app.settings import Settings, read_settings

if TYPE_CHECKING:  # `--help` should not wait for imports
    from app.database import Pool

T = TypeVar("T")


def fail(message: str) -> NoReturn:
    """Ends the command with one line of what is wrong."""
    click.echo(f"suixing: {message}", err=True)
    sys.exit(1)


def read_clock() -> datetime:
    """The commands' only clock."""
    return datetime.now(UTC)


def with_settings(command: Callable[..., None]) -> Callable[..., None]:
    """Reads the settings, and turns what an operator did wrong into one clear line."""
    return _with_settings(command, serving=True)


def with_key_settings(command: Callable[..., None]) -> Callable[..., None]:
    """The same for what is done with keys alone: on a machine without a network, nothing of a server's is asked for."""
    return _with_settings(command, serving=False)


def _with_settings(command: Callable[..., None], *, serving: bool) -> Callable[..., None]:
    @wraps(command)
    def run(**options: Any) -> None:
        from app.embedded.errors import EmbeddedError  # noqa: PLC0415  `--help` should not wait for imports
        from app.logs import configure_logs  # noqa: PLC0415
        from app.migrating import MigrationError  # noqa: PLC0415
        from codes import CodeError  # noqa: PLC0415

        try:
            settings = read_settings(os.environ, serving=serving)
            configure_logs(settings.log_level)
            command(settings, **options)
        except (SettingsError, EmbeddedError, MigrationError, CodeError) as error:
            fail(str(error))
        except KeyboardInterrupt:
            sys.exit(130)

    return run


@contextmanager
def database(settings: Settings) -> Generator[str]:
    """The database that is set; else the private one, which runs beside `serve` or is started for this command."""
    from app.embedded import find_running_servers, running_servers  # noqa: PLC0415

    beside = None if settings.database_url else find_running_servers(settings.data)
    with clear_words():
        if settings.database_url:
            yield settings.database_url
        elif beside:
            yield beside.database_url
        else:
            with running_servers(settings.data) as servers:
                yield servers.database_url


def use_pool(settings: Settings, act: Callable[[Pool], Awaitable[T]]) -> T:
    """Does one thing with the database, and answers what came of it."""
    from app.database import open_pool  # noqa: PLC0415  `--help` should not wait for imports

    async def run(url: str) -> T:
        pool = await open_pool(settings, url, size=2)
        try:
            return await act(pool)
        finally:
            await pool.close()

    with database(settings) as url:
        return asyncio.run(run(url))


@contextmanager
def clear_words() -> Generator[None]:
    """Says in a line what PostgreSQL's absence or refusal means; the first line, since another may show a row."""
    from app.database import DECLINED, FAULTS  # noqa: PLC0415

    try:
        yield
    except FAULTS as error:
        fail(f"PostgreSQL cannot be reached: {error}")
    except DECLINED as error:
        fail(f"PostgreSQL declined: {str(error).splitlines()[0]}")

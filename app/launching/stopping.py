"""Telling this process that it is to stop, while requests that would never end by themselves are still under way.

The HTTP server lets requests finish before it shuts the application down, and so would wait for ever for an event
stream. The launcher's server therefore gives word first, through a pipe that each of its processes has inherited.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from multiprocessing.connection import Connection


class _Word:
    """Where the word will arrive; nowhere in a process that another server runs, such as a test."""

    pipe: Connection | None = None


def expect_word(pipe: Connection) -> None:
    """Called once in each server process, before its application is made."""
    _Word.pipe = pipe


def when_stopping(end: Callable[[], None]) -> None:
    """Has `end` called in the running loop as soon as the launcher wants this process to stop."""
    pipe = _Word.pipe
    if pipe is None:
        return
    loop = asyncio.get_running_loop()

    def heard() -> None:
        loop.remove_reader(pipe)  # the word stays in the pipe, for the other processes
        end()

    loop.add_reader(pipe, heard)

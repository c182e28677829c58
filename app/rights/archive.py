"""A ZIP that is sent while it is being made: nothing of it is kept but what was not sent yet."""

from __future__ import annotations

import zipfile
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime, timedelta
from typing import TypeAlias

_LEVEL = 6
Parts: TypeAlias = AsyncIterator[bytes]


class _Outbound:
    """What zipfile writes into: it cannot be sought in, so sizes follow each file's data."""

    def __init__(self) -> None:
        self._waiting: list[bytes] = []

    def write(self, data: bytes, /) -> int:
        self._waiting.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing waits anywhere else."""

    def close(self) -> None:
        """There is nothing to close: what was written last is still to be taken."""

    def take(self) -> bytes:
        """What has come since the last time."""
        taken, self._waiting = b"".join(self._waiting), []
        return taken


async def write_archive(files: Mapping[str, Callable[[], Parts]], at: datetime) -> Parts:
    """The archive's bytes as they come to be; each file is made part by part, one after the other."""
    outbound = _Outbound()
    local = at + timedelta(hours=8)  # a ZIP's times have no zone; those who read it are in Beijing's
    with zipfile.ZipFile(outbound, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        for name, make in files.items():
            info = zipfile.ZipInfo(name, local.timetuple()[:6])
            info.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(info, "w") as file:
                async for part in make():
                    file.write(part)
                    if sent := outbound.take():
                        yield sent
            yield outbound.take()
    yield outbound.take()

"""The parts of an export that show where messages reach a resident, and what they chose to hear of."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Protocol

from app.database import Pool
from app.devices import exporting
from app.rights.model import Holder
from app.sealing import Vault


class _Subject(Protocol):
    """Of a section's subject, what these need."""

    @property
    def pool(self) -> Pool: ...

    @property
    def vault(self) -> Vault: ...

    @property
    def holder(self) -> Holder: ...


async def reached_at(subject: _Subject) -> AsyncIterator[list[Mapping[str, object]]]:
    """Each phone and mini-program that was registered."""
    yield [*await exporting.list_addresses_for_export(subject.pool, subject.vault, subject.holder.resident_id)]


async def message_allowances(subject: _Subject) -> AsyncIterator[list[Mapping[str, object]]]:
    """What mini-programs may send."""
    yield [*await exporting.list_allowances_for_export(subject.pool, subject.holder.resident_id)]


async def message_preferences(subject: _Subject) -> AsyncIterator[list[Mapping[str, object]]]:
    """What the resident wants to hear of, where and when."""
    yield [*await exporting.list_preferences_for_export(subject.pool, subject.holder.resident_id)]

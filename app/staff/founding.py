"""The first operators: made at the command line, since two persons are needed before two persons can decide."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from app.audit import record_act
from app.database import Pool, transaction
from app.errors import NotFoundError
from app.people import offices
from app.people.finding import get_resident_id_by_phone
from app.people.model import Role
from app.sealing import Vault

COMMAND_LINE = UUID(int=0)
"""Who acted, in the log of acts: whoever had the machine."""
_ENOUGH = 2


class FoundedError(Exception):
    """There are two operators, so roles are given by them."""


async def found_office(pool: Pool, vault: Vault, *, phone: str, role: Role, now: datetime) -> bool:
    """Gives a role to a resident who has logged in before; False where they hold it.

    Raises NotFoundError for whom nobody knows, FoundedError once two operators can do it themselves.
    """
    async with transaction(pool) as db:
        await offices.hold_office(db)
        if await offices.count_operators(db) >= _ENOUGH:
            raise FoundedError
        resident_id = await get_resident_id_by_phone(db, vault, phone)
        if resident_id is None:
            raise NotFoundError
        if not await offices.give_role(db, resident_id, role, granted_by=None, now=now):
            return False
        await record_act(db, COMMAND_LINE, f"role.granted:{role.value}", resident_id, now, role="command-line")
    return True

"""Who holds a role, for the domains that hand something over to them or tell them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from app.database import Connection, Executor
from app.people import role_store
from app.people.model import Role
from app.people.telling import tell


async def holds_role(db: Executor, resident_id: UUID, role: Role) -> bool:
    """Whether somebody may do what the role may."""
    return await role_store.has_role(db, resident_id, role)


async def tell_resident(
    db: Connection, resident_id: UUID, topic: str, data: Mapping[str, object], now: datetime
) -> None:
    """As `tell`, by the id alone; nobody is told where the account is gone."""
    subject_no = await role_store.get_subject_no(db, resident_id)
    if subject_no is not None:
        await tell(db, subject_no, resident_id, topic, data, now)

"""What an export shows of care: the caller's own side, in the clear where it is theirs."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import msgspec

from app.database import Executor
from app.people import care_store
from app.people.care_model import Invitee
from app.people.inviting import FIELD
from app.sealing import DataKey


async def list_invitations_for_export(db: Executor, key: DataKey, resident_id: UUID) -> list[Mapping[str, object]]:
    """Whom a resident invited. That one was declined stays unsaid, as it does in the app."""
    return [
        {
            "part": one.invitee_part,
            "kinship": one.kinship,
            "name": (invitee := msgspec.json.decode(key.open(one.sealed_invitee, FIELD), type=Invitee)).name,
            "phone": invitee.phone,
            "invited_at": one.invited_at,
            "expires_at": one.expires_at,
            "outcome": None if one.outcome == "declined" else one.outcome,
        }
        for one in await care_store.list_all_invitations(db, resident_id)
    ]

"""What care has in PostgreSQL: one statement a function."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.database import UPKEEP_SECONDS, Connection, Executor, Record
from app.people.care_model import StoredInvitation, StoredRelation
from app.people.model import BindingPart
from app.purging import purge_pages, write_purge

INSERT_RELATION = """
INSERT INTO care_relations (resident_id, binding_id, kinship, agreed_by, agreed_at) VALUES ($1, $2, $3, $4, $5)
"""


async def insert_relation(db: Connection, resident_id: UUID, relation: StoredRelation) -> None:
    await db.execute(
        INSERT_RELATION,
        resident_id,
        relation.binding_id,
        relation.kinship.value,
        relation.agreed_by.value,
        relation.agreed_at,
    )


LIST_RELATIONS = """
SELECT binding_id, kinship, agreed_by, agreed_at, renewal_agreed_at FROM care_relations WHERE resident_id = $1
"""


async def list_relations(db: Executor, resident_id: UUID) -> list[StoredRelation]:
    return [StoredRelation.of(row) for row in await db.fetch(LIST_RELATIONS, resident_id)]


GET_RELATION = """
SELECT binding_id, kinship, agreed_by, agreed_at, renewal_agreed_at FROM care_relations
WHERE resident_id = $1 AND binding_id = $2
"""


async def get_relation(db: Executor, resident_id: UUID, binding_id: UUID) -> StoredRelation | None:
    row = await db.fetchrow(GET_RELATION, resident_id, binding_id)
    return StoredRelation.of(row) if row else None


AGREE_TO_RENEWAL = "UPDATE care_relations SET renewal_agreed_at = $3 WHERE resident_id = $1 AND binding_id = $2"


async def agree_to_renewal(db: Connection, resident_id: UUID, binding_id: UUID, at: datetime | None) -> None:
    """None takes the agreement back: it was used."""
    await db.execute(AGREE_TO_RENEWAL, resident_id, binding_id, at)


LIST_ENDING = """
SELECT r.resident_id, r.binding_id, b.ends_at FROM bindings AS b
JOIN care_relations AS r ON r.resident_id = b.resident_id AND r.binding_id = b.binding_id
WHERE b.kind = 'care' AND b.ended_at IS NULL AND b.ends_at > $1 AND b.ends_at <= $2 AND r.reminded_at IS NULL
ORDER BY b.ends_at LIMIT $3
"""


async def list_ending(db: Executor, now: datetime, until: datetime, limit: int) -> list[Record]:
    """(resident_id, binding_id, ends_at) of those who were not told yet that the end is near."""
    return await db.fetch(LIST_ENDING, now, until, limit, timeout=UPKEEP_SECONDS)


CLAIM_REMINDER = """
UPDATE care_relations SET reminded_at = $3
WHERE resident_id = $1 AND binding_id = $2 AND reminded_at IS NULL RETURNING 1
"""


async def claim_reminder(db: Connection, resident_id: UUID, binding_id: UUID, now: datetime) -> bool:
    """False where another worker tells them."""
    return await db.fetchval(CLAIM_REMINDER, resident_id, binding_id, now) is not None


FORGET_REMINDER = "UPDATE care_relations SET reminded_at = NULL WHERE resident_id = $1 AND binding_id = $2"


async def forget_reminder(db: Connection, resident_id: UUID, binding_id: UUID) -> None:
    """There is another end now."""
    await db.execute(FORGET_REMINDER, resident_id, binding_id)


COUNT_CARE = """
SELECT count(*) FROM bindings
WHERE resident_id = $1 AND kind = 'care' AND part = $2 AND ended_at IS NULL AND (ends_at IS NULL OR ends_at > $3)
"""


async def count_care(db: Connection, resident_id: UUID, part: BindingPart, now: datetime) -> int:
    """How many live of those in which a resident has this part."""
    count: int = await db.fetchval(COUNT_CARE, resident_id, part.value, now)
    return count


IS_SUSPENDED = "SELECT suspended_at IS NOT NULL FROM subjects WHERE subject_no = $1"


async def is_suspended(db: Executor, subject_no: int) -> bool:
    return bool(await db.fetchval(IS_SUSPENDED, subject_no))


GET_ID_NUMBER = "SELECT sealed_id_number FROM residents WHERE resident_id = $1 AND erased_at IS NULL"


async def get_sealed_id_number(db: Executor, resident_id: UUID) -> bytes | None:
    sealed: bytes | None = await db.fetchval(GET_ID_NUMBER, resident_id)
    return sealed


INSERT_INVITATION = """
INSERT INTO care_invitations (resident_id, invitation_id, invitee_indexes, invitee_part, kinship, sealed_invitee,
                              invited_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""


async def insert_invitation(db: Connection, invitation: StoredInvitation) -> None:
    await db.execute(
        INSERT_INVITATION,
        invitation.resident_id,
        invitation.invitation_id,
        invitation.invitee_indexes,
        invitation.invitee_part.value,
        invitation.kinship.value,
        invitation.sealed_invitee,
        invitation.invited_at,
        invitation.expires_at,
    )


INSERT_LOOKUPS = """
INSERT INTO care_invitation_lookups (invitee_index, resident_id, invitation_id, expires_at)
SELECT unnest($1::bytea[]), $2, $3, $4
"""


async def insert_lookups(db: Connection, invitation: StoredInvitation) -> None:
    await db.execute(
        INSERT_LOOKUPS,
        sorted(invitation.invitee_indexes),
        invitation.resident_id,
        invitation.invitation_id,
        invitation.expires_at,
    )


LIST_LOOKUPS = """
SELECT DISTINCT resident_id, invitation_id FROM care_invitation_lookups
WHERE invitee_index = ANY($1::bytea[]) AND expires_at > $2 ORDER BY invitation_id DESC LIMIT 50
"""


async def list_lookups(db: Executor, indexes: Sequence[bytes], now: datetime) -> list[tuple[UUID, UUID]]:
    """(who invites, which invitation), the latest first: a flood hides nobody's invitation who comes after it."""
    rows = await db.fetch(LIST_LOOKUPS, list(indexes), now)
    return [(row["resident_id"], row["invitation_id"]) for row in rows]


GET_INVITATION = """
SELECT resident_id, invitation_id, invitee_indexes, invitee_part, kinship, sealed_invitee, invited_at, expires_at,
       ended_at, outcome
FROM care_invitations WHERE resident_id = $1 AND invitation_id = $2
"""


async def get_invitation(db: Executor, resident_id: UUID, invitation_id: UUID) -> StoredInvitation | None:
    row = await db.fetchrow(GET_INVITATION, resident_id, invitation_id)
    return StoredInvitation.of(row) if row else None


LIST_INVITATIONS = """
SELECT resident_id, invitation_id, invitee_indexes, invitee_part, kinship, sealed_invitee, invited_at, expires_at,
       ended_at, outcome
FROM care_invitations WHERE resident_id = $1 AND expires_at > $2 ORDER BY invitation_id DESC
"""


async def list_invitations(db: Executor, resident_id: UUID, now: datetime) -> list[StoredInvitation]:
    """Those that a resident sent and that could still be accepted but for what became of them, the latest first."""
    return [StoredInvitation.of(row) for row in await db.fetch(LIST_INVITATIONS, resident_id, now)]


LIST_ALL_INVITATIONS = """
SELECT resident_id, invitation_id, invitee_indexes, invitee_part, kinship, sealed_invitee, invited_at, expires_at,
       ended_at, outcome
FROM care_invitations WHERE resident_id = $1 ORDER BY invitation_id DESC
"""


async def list_all_invitations(db: Executor, resident_id: UUID) -> list[StoredInvitation]:
    return [StoredInvitation.of(row) for row in await db.fetch(LIST_ALL_INVITATIONS, resident_id)]


END_INVITATION = """
UPDATE care_invitations SET ended_at = $3, outcome = $4
WHERE resident_id = $1 AND invitation_id = $2 AND ended_at IS NULL AND expires_at > $3 RETURNING 1
"""


async def claim_outcome(db: Connection, resident_id: UUID, invitation_id: UUID, outcome: str, now: datetime) -> bool:
    """False where something became of it before, or its time is over."""
    return await db.fetchval(END_INVITATION, resident_id, invitation_id, now, outcome) is not None


HIDE_DECLINED = """
UPDATE care_invitations SET outcome = 'withdrawn' WHERE resident_id = $1 AND invitation_id = $2 AND outcome = 'declined'
RETURNING 1
"""


async def claim_hiding(db: Connection, resident_id: UUID, invitation_id: UUID) -> bool:
    """Has the inviter see no more of an invitation that was declined without their knowing; False where it was not."""
    return await db.fetchval(HIDE_DECLINED, resident_id, invitation_id) is not None


END_INVITATIONS = """
UPDATE care_invitations SET ended_at = $2, outcome = $3 WHERE resident_id = $1 AND ended_at IS NULL
"""


async def end_invitations(db: Connection, resident_id: UUID, outcome: str, now: datetime) -> None:
    """Ends all that a resident has sent and nobody has answered."""
    await db.execute(END_INVITATIONS, resident_id, now, outcome)


PURGE_INVITATIONS = write_purge("care_invitations", "resident_id, invitation_id", "expires_at < $1", by="expires_at")
PURGE_LOOKUPS = write_purge(
    "care_invitation_lookups", "invitee_index, resident_id, invitation_id", "expires_at < $1", by="expires_at"
)


async def purge_invitations(db: Executor, before: datetime) -> None:
    for statement in (PURGE_INVITATIONS, PURGE_LOOKUPS):
        await purge_pages(db, statement, before)


DELETE_RELATIONS = "DELETE FROM care_relations WHERE resident_id = $1"
DELETE_INVITATIONS = "DELETE FROM care_invitations WHERE resident_id = $1"
DELETE_LOOKUPS = "DELETE FROM care_invitation_lookups WHERE resident_id = $1"


async def delete_of(db: Connection, resident_id: UUID) -> None:
    """A resident's own rows of care."""
    for statement in (DELETE_RELATIONS, DELETE_INVITATIONS, DELETE_LOOKUPS):
        await db.execute(statement, resident_id, timeout=UPKEEP_SECONDS)

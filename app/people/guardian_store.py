"""What guardians have in PostgreSQL: one statement a function."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.database import Connection, Executor, Record
from app.people.guardian_model import ConfirmedBy, StoredConsent

GET_ID_NUMBER = "SELECT sealed_id_number FROM residents WHERE resident_id = $1 AND erased_at IS NULL"


async def get_sealed_id_number(db: Executor, resident_id: UUID) -> bytes | None:
    """None where the identity was proven without a number, or not at all."""
    sealed: bytes | None = await db.fetchval(GET_ID_NUMBER, resident_id)
    return sealed


COUNT_LIVING = "SELECT count(*) FROM guardian_consents WHERE guardian_id = $1 AND withdrawn_at IS NULL"


async def count_living(db: Connection, guardian_id: UUID) -> int:
    count: int = await db.fetchval(COUNT_LIVING, guardian_id)
    return count


INSERT_CONSENT = """
INSERT INTO guardian_consents (guardian_id, consent_id, relation, sealed_child, person_index, given_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (guardian_id, person_index) WHERE withdrawn_at IS NULL DO NOTHING RETURNING 1
"""


async def claim_consent(
    db: Connection,
    guardian_id: UUID,
    consent_id: UUID,
    *,
    relation: str,
    sealed_child: bytes,
    person_index: bytes,
    now: datetime,
) -> bool:
    """False where the guardian's consent for this child stands already."""
    return (
        await db.fetchval(INSERT_CONSENT, guardian_id, consent_id, relation, sealed_child, person_index, now)
    ) is not None


INSERT_LOOKUP = """
INSERT INTO guardian_consent_lookups (person_index, guardian_id, consent_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING
"""


async def insert_lookup(db: Connection, person_index: bytes, guardian_id: UUID, consent_id: UUID) -> None:
    await db.execute(INSERT_LOOKUP, person_index, guardian_id, consent_id)


DELETE_LOOKUP = """
DELETE FROM guardian_consent_lookups WHERE person_index = $1 AND guardian_id = $2 AND consent_id = $3
"""


async def delete_lookup(db: Connection, person_index: bytes, guardian_id: UUID, consent_id: UUID) -> None:
    await db.execute(DELETE_LOOKUP, person_index, guardian_id, consent_id)


LIST_LOOKUPS = """
SELECT guardian_id, consent_id FROM guardian_consent_lookups WHERE person_index = ANY($1::bytea[]) ORDER BY consent_id
"""


async def list_lookups(db: Executor, person_indexes: Sequence[bytes]) -> list[Record]:
    """Who consents for this child, the first first."""
    return await db.fetch(LIST_LOOKUPS, list(person_indexes))


USE_CONSENT = """
UPDATE guardian_consents AS c SET used_at = $3, child_id = $4
WHERE c.guardian_id = $1 AND c.consent_id = $2 AND c.withdrawn_at IS NULL AND c.confirmed_at IS NOT NULL
  AND EXISTS (SELECT FROM residents AS r WHERE r.resident_id = $1 AND r.verified_at IS NOT NULL AND r.erased_at IS NULL)
RETURNING 1
"""


async def claim_use(db: Connection, guardian_id: UUID, consent_id: UUID, child_id: UUID, now: datetime) -> bool:
    """False where the consent was withdrawn or never confirmed, or the guardian is verified no more; one that stands
    cannot be withdrawn before this transaction ends.
    """
    return await db.fetchval(USE_CONSENT, guardian_id, consent_id, now, child_id) is not None


CONFIRM_CONSENT = """
UPDATE guardian_consents SET confirmed_at = $3, confirmed_by = $4
WHERE guardian_id = $1 AND consent_id = $2 AND withdrawn_at IS NULL AND confirmed_at IS NULL RETURNING 1
"""


async def claim_confirmation(
    db: Connection, guardian_id: UUID, consent_id: UUID, confirmed_by: ConfirmedBy, now: datetime
) -> bool:
    """False where it was withdrawn, or confirmed before."""
    return await db.fetchval(CONFIRM_CONSENT, guardian_id, consent_id, now, confirmed_by.value) is not None


GET_LIVING = """
SELECT consent_id, relation, sealed_child, given_at, used_at, withdrawn_at, confirmed_at, confirmed_by
FROM guardian_consents WHERE guardian_id = $1 AND consent_id = $2 AND withdrawn_at IS NULL
"""


async def get_living(db: Executor, guardian_id: UUID, consent_id: UUID) -> StoredConsent | None:
    row = await db.fetchrow(GET_LIVING, guardian_id, consent_id)
    return StoredConsent(**row) if row else None


LIST_CONSENTS = """
SELECT consent_id, relation, sealed_child, given_at, used_at, withdrawn_at, confirmed_at, confirmed_by
FROM guardian_consents
WHERE guardian_id = $1 ORDER BY consent_id DESC
"""


async def list_consents(db: Executor, guardian_id: UUID) -> list[StoredConsent]:
    return [StoredConsent(**row) for row in await db.fetch(LIST_CONSENTS, guardian_id)]


FIND_LIVING = """
SELECT consent_id, relation, sealed_child, given_at, used_at, withdrawn_at, confirmed_at, confirmed_by
FROM guardian_consents
WHERE guardian_id = $1 AND person_index = ANY($2::bytea[]) AND withdrawn_at IS NULL
"""


async def find_living(db: Executor, guardian_id: UUID, person_indexes: Sequence[bytes]) -> StoredConsent | None:
    row = await db.fetchrow(FIND_LIVING, guardian_id, list(person_indexes))
    return StoredConsent(**row) if row else None


GET_USE = """
SELECT sealed_child, person_index, child_id FROM guardian_consents
WHERE guardian_id = $1 AND consent_id = $2 AND withdrawn_at IS NULL
"""


async def get_use(db: Executor, guardian_id: UUID, consent_id: UUID) -> Record | None:
    """A standing consent, and the resident whom it serves, where it serves one."""
    return await db.fetchrow(GET_USE, guardian_id, consent_id)


WITHDRAW_CONSENT = """
UPDATE guardian_consents SET withdrawn_at = $3
WHERE guardian_id = $1 AND consent_id = $2 AND withdrawn_at IS NULL AND child_id IS NOT DISTINCT FROM $4 RETURNING 1
"""


async def claim_withdrawal(
    db: Connection, guardian_id: UUID, consent_id: UUID, child_id: UUID | None, now: datetime
) -> bool:
    """False where it was withdrawn, or has come to serve another resident meanwhile."""
    return await db.fetchval(WITHDRAW_CONSENT, guardian_id, consent_id, now, child_id) is not None


LIST_LIVING = "SELECT consent_id FROM guardian_consents WHERE guardian_id = $1 AND withdrawn_at IS NULL"


async def list_living(db: Executor, guardian_id: UUID) -> list[UUID]:
    return [row["consent_id"] for row in await db.fetch(LIST_LIVING, guardian_id)]

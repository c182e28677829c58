"""What second factors have in PostgreSQL: one statement a function."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.database import UPKEEP_SECONDS, Connection, Executor
from app.staff.model import Attempts, Factor

CLAIM_ATTEMPTS = "INSERT INTO staff_attempts (resident_id) VALUES ($1) ON CONFLICT DO NOTHING"
HOLD_ATTEMPTS = """
SELECT failed, lockouts, locked_until FROM staff_attempts WHERE resident_id = $1 FOR UPDATE
"""


async def hold_attempts(db: Connection, resident_id: UUID) -> Attempts:
    """Whoever tries a second factor, or changes one, takes turns from here to the transaction's end."""
    await db.execute(CLAIM_ATTEMPTS, resident_id)
    row = await db.fetchrow(HOLD_ATTEMPTS, resident_id)
    assert row is not None  # noqa: S101  it was put there if it was not
    return Attempts(row["failed"], row["lockouts"], row["locked_until"])


SET_ATTEMPTS = "UPDATE staff_attempts SET failed = $2, lockouts = $3, locked_until = $4 WHERE resident_id = $1"


async def set_attempts(db: Connection, resident_id: UUID, attempts: Attempts) -> None:
    await db.execute(SET_ATTEMPTS, resident_id, attempts.failed, attempts.lockouts, attempts.locked_until)


LIST_FACTORS = """
SELECT factor_id, kind, name, created_at, confirmed_at, last_used_at, sealed_secret, last_step, credential_id,
       public_key, sign_count
FROM staff_factors WHERE resident_id = $1 ORDER BY factor_id
"""


async def list_factors(db: Executor, resident_id: UUID) -> list[Factor]:
    """Those too that no code has confirmed yet."""
    rows = await db.fetch(LIST_FACTORS, resident_id)
    return [Factor.of(row) for row in rows]


INSERT_TOTP = """
INSERT INTO staff_factors (resident_id, factor_id, kind, name, created_at, sealed_secret)
VALUES ($1, $2, 'totp', $3, $4, $5)
"""


async def insert_totp(
    db: Connection, resident_id: UUID, factor_id: UUID, *, name: str, sealed_secret: bytes, now: datetime
) -> None:
    await db.execute(INSERT_TOTP, resident_id, factor_id, name, now, sealed_secret)


INSERT_PASSKEY = """
INSERT INTO staff_factors (resident_id, factor_id, kind, name, created_at, confirmed_at, credential_id, public_key,
                           sign_count)
VALUES ($1, $2, 'passkey', $3, $4, $4, $5, $6, $7)
"""


async def insert_passkey(
    db: Connection,
    resident_id: UUID,
    factor_id: UUID,
    *,
    name: str,
    credential_id: bytes,
    public_key: bytes,
    sign_count: int,
    now: datetime,
) -> None:
    await db.execute(INSERT_PASSKEY, resident_id, factor_id, name, now, credential_id, public_key, sign_count)


CONFIRM_FACTOR = "UPDATE staff_factors SET confirmed_at = $3 WHERE resident_id = $1 AND factor_id = $2"


async def confirm_factor(db: Connection, resident_id: UUID, factor_id: UUID, now: datetime) -> None:
    await db.execute(CONFIRM_FACTOR, resident_id, factor_id, now)


USE_FACTOR = """
UPDATE staff_factors SET last_used_at = $3, last_step = $4, sign_count = $5 WHERE resident_id = $1 AND factor_id = $2
"""


async def use_factor(
    db: Connection, resident_id: UUID, factor_id: UUID, *, last_step: int | None, sign_count: int, now: datetime
) -> None:
    await db.execute(USE_FACTOR, resident_id, factor_id, now, last_step, sign_count)


DELETE_FACTOR = "DELETE FROM staff_factors WHERE resident_id = $1 AND factor_id = $2"


async def delete_factor(db: Connection, resident_id: UUID, factor_id: UUID) -> None:
    await db.execute(DELETE_FACTOR, resident_id, factor_id)


DELETE_UNCONFIRMED = "DELETE FROM staff_factors WHERE resident_id = $1 AND confirmed_at IS NULL"


async def delete_unconfirmed(db: Connection, resident_id: UUID) -> None:
    await db.execute(DELETE_UNCONFIRMED, resident_id)


DELETE_FACTORS = "DELETE FROM staff_factors WHERE resident_id = $1"
DELETE_RECOVERY_CODES = "DELETE FROM staff_recovery_codes WHERE resident_id = $1"
DELETE_ATTEMPTS = "DELETE FROM staff_attempts WHERE resident_id = $1"
DELETE_CEREMONIES = "DELETE FROM staff_ceremonies WHERE resident_id = $1"


async def delete_all(db: Connection, resident_id: UUID) -> None:
    """Everything by which somebody gave a second factor."""
    for statement in (DELETE_FACTORS, DELETE_RECOVERY_CODES, DELETE_ATTEMPTS, DELETE_CEREMONIES):
        await db.execute(statement, resident_id)


async def delete_recovery_codes(db: Connection, resident_id: UUID) -> None:
    await db.execute(DELETE_RECOVERY_CODES, resident_id)


INSERT_RECOVERY_CODES = """
INSERT INTO staff_recovery_codes (resident_id, code_hash, created_at) SELECT $1, unnest($2::bytea[]), $3
"""


async def insert_recovery_codes(db: Connection, resident_id: UUID, hashes: Sequence[bytes], now: datetime) -> None:
    await db.execute(INSERT_RECOVERY_CODES, resident_id, list(hashes), now)


CLAIM_RECOVERY_CODE = """
UPDATE staff_recovery_codes SET used_at = $3 WHERE resident_id = $1 AND code_hash = ANY($2::bytea[]) AND used_at IS NULL
RETURNING 1
"""


async def claim_recovery_code(db: Connection, resident_id: UUID, hashes: Sequence[bytes], now: datetime) -> bool:
    """True once for each code."""
    return await db.fetchval(CLAIM_RECOVERY_CODE, resident_id, list(hashes), now) is not None


COUNT_RECOVERY_CODES = "SELECT count(*) FROM staff_recovery_codes WHERE resident_id = $1 AND used_at IS NULL"


async def count_recovery_codes(db: Executor, resident_id: UUID) -> int:
    count: int = await db.fetchval(COUNT_RECOVERY_CODES, resident_id)
    return count


INSERT_CEREMONY = """
INSERT INTO staff_ceremonies (resident_id, ceremony_id, purpose, challenge, expires_at) VALUES ($1, $2, $3, $4, $5)
"""


async def insert_ceremony(
    db: Connection, resident_id: UUID, ceremony_id: UUID, *, purpose: str, challenge: bytes, expires_at: datetime
) -> None:
    await db.execute(INSERT_CEREMONY, resident_id, ceremony_id, purpose, challenge, expires_at)


CLAIM_CEREMONY = """
DELETE FROM staff_ceremonies WHERE resident_id = $1 AND ceremony_id = $2 AND purpose = $3 AND expires_at > $4
RETURNING challenge
"""


async def claim_ceremony(
    db: Connection, resident_id: UUID, ceremony_id: UUID, *, purpose: str, now: datetime
) -> bytes | None:
    """The challenge, to whoever comes first with its id."""
    challenge: bytes | None = await db.fetchval(CLAIM_CEREMONY, resident_id, ceremony_id, purpose, now)
    return challenge


DELETE_OLD_CEREMONIES = "DELETE FROM staff_ceremonies WHERE resident_id = $1 AND expires_at <= $2"


async def delete_old_ceremonies(db: Connection, resident_id: UUID, now: datetime) -> None:
    await db.execute(DELETE_OLD_CEREMONIES, resident_id, now, timeout=UPKEEP_SECONDS)

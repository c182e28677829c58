"""Recovery codes: ten, each good once, for whoever has lost the phone that the factor is on."""

from __future__ import annotations

import secrets
from datetime import datetime
from uuid import UUID

from app.database import Connection
from app.sealing import Vault
from app.staff import store

_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Without I and 1, O and 0."""
_FIELD = "recovery code"
_COUNT = 10
_LENGTH = 12
"""Sixty random bits: more than anybody guesses, five in a quarter of an hour."""


async def renew_recovery_codes(db: Connection, vault: Vault, resident_id: UUID, now: datetime) -> list[str]:
    """Ten new codes; those before are over."""
    codes = ["".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH)) for _ in range(_COUNT)]
    await store.delete_recovery_codes(db, resident_id)
    hashes = [vault.index(_FIELD, _value(resident_id, code)) for code in codes]
    await store.insert_recovery_codes(db, resident_id, hashes, now)
    return ["-".join((code[:4], code[4:8], code[8:])) for code in codes]


def hash_recovery_code(vault: Vault, resident_id: UUID, code: str) -> list[bytes]:
    """Keyed, under every index key there was: what was hashed once cannot be hashed anew."""
    return vault.every_index(_FIELD, _value(resident_id, code))


def _value(resident_id: UUID, code: str) -> str:
    """Dashes, spaces and case do not matter."""
    return f"{resident_id}:{code.replace('-', '').replace(' ', '').upper()}"

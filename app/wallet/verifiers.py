"""Verifiers elsewhere: let in by two operators, withdrawn by any.

Each stands for a venue, whose registered name and purpose are what residents see and what bounds the fields: a
verifier's own words about itself are shown to nobody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from app.database import Connection, Pool, transaction
from app.errors import InvalidError, NotFoundError
from app.identifiers import new_id
from app.people.acting import record_office_act
from app.people.model import ResidentCaller, Role
from app.sealing import Vault
from app.venues import store as venue_store
from app.venues.keys import read_public_key
from app.wallet import verifier_store as store
from app.wallet.errors import ResponseAddressRefusedError, VerifierExistsError
from app.wallet.outer_addresses import read_address
from app.wallet.verifier_store import Verifier
from codes.request_objects import HASH_PREFIX

_ALGORITHM = "ES256"


class VerifierSketch(msgspec.Struct, frozen=True):
    """A verifier as it is proposed."""

    client_id: str
    name: str
    venue_id: UUID
    keys: Sequence[Mapping[str, Any]]
    """JWKs; none where client_id is the hash of a certificate."""
    origins: Sequence[str]


async def check_sketch(db: Connection, sketch: VerifierSketch, *, allows_loopback: bool) -> VerifierSketch:
    """The sketch with what makes its keys alone; raises InvalidError and VerifierExistsError for what cannot be."""
    if sketch.client_id.startswith(HASH_PREFIX) == bool(sketch.keys):
        raise InvalidError("/keys", "Keys go with a plain client_id; x509_hash: names the key by its certificate.")
    keys = [_read_key(key, at) for at, key in enumerate(sketch.keys)]
    for at, origin in enumerate(sketch.origins):
        _require_origin(origin, at, allows_loopback=allows_loopback)
    venue = await venue_store.get_venue(db, sketch.venue_id)
    if venue is None or venue.closed_at is not None:
        raise InvalidError("/venue_id", "There is no such venue.")
    if await store.find_verifier(db, sketch.client_id) is not None:
        raise VerifierExistsError
    return msgspec.structs.replace(sketch, keys=keys)


async def register_verifier(db: Connection, sketch: VerifierSketch, *, proposed_by: UUID, now: datetime) -> Verifier:
    """In the transaction of the second person's yes; raises VerifierExistsError."""
    verifier = Verifier(
        verifier_id=new_id(),
        client_id=sketch.client_id,
        name=sketch.name,
        venue_id=sketch.venue_id,
        keys=[{name: str(value) for name, value in key.items()} for key in sketch.keys],
        origins=list(sketch.origins),
        registered_at=now,
        proposed_by=proposed_by,
    )
    if not await store.insert_verifier(db, verifier):
        raise VerifierExistsError
    return verifier


async def list_verifiers(pool: Pool, *, after: UUID | None, limit: int) -> list[Verifier]:
    """All there ever were, the oldest first."""
    return await store.list_verifiers(pool, after or UUID(int=0), limit)


async def withdraw_verifier(
    pool: Pool, vault: Vault, caller: ResidentCaller, verifier_id: UUID, *, reason: str, now: datetime
) -> None:
    """It may ask nothing more, at once; that is the safe direction, and takes one person."""
    async with transaction(pool) as db:
        if not await store.withdraw_verifier(db, verifier_id, now):
            raise NotFoundError
        await record_office_act(
            db, vault, caller, "verifier.withdrawn", role=Role.OPERATOR, object_id=verifier_id, reason=reason, now=now
        )


def _read_key(jwk: Mapping[str, Any], at: int) -> dict[str, str]:
    key = read_public_key(jwk, f"/keys/{at}")
    if key.algorithm != _ALGORITHM:
        raise InvalidError(f"/keys/{at}", "Request objects are signed by ES256: give a key of P-256.")
    return key.jwk


def _require_origin(origin: str, at: int, *, allows_loopback: bool) -> None:
    try:
        address = read_address(origin, allows_loopback=allows_loopback)
    except ResponseAddressRefusedError as error:
        raise InvalidError(f"/origins/{at}", error.detail) from None
    if address.origin != origin:
        raise InvalidError(f"/origins/{at}", "An origin is scheme and host alone, in small letters.")

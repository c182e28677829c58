"""Receipts: what one look was, signed, so that the resident and the venue can both keep it and check it.

It is signed when it is asked for, from the log and the look's terms, which do not change: every copy states the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import msgspec

from app.audit import Proof, prove_inclusion
from app.audit.encoding import commit_to, encode_access
from app.database import Executor, Pool, Record, transaction
from app.errors import NotFoundError
from app.people.bindings import list_subject_nos
from app.people.model import ResidentCaller
from app.people.rules import require_own_eyes
from app.sealing import Vault
from app.venues.disputes import take_up_dispute
from app.venues.model import Scanner
from app.wallet import presentation_store
from app.wallet import receipt_store as store
from app.wallet.receipt_format import (
    Receipt,
    ReceiptVenue,
    Verifies,
    digest,
    keys_of_list,
    keys_of_ring,
    read_receipt,
    sign_receipt,
)
from codes import KeyRing, TrustList, base64url


class SignedReceipt(msgspec.Struct, frozen=True):
    """One copy, and what it states."""

    text: str
    claims: Receipt
    proof: Proof | None = None
    """That the log has it; none where it was not asked for, or the batch is still to come."""


async def make_receipt(
    db: Executor,
    ring: KeyRing,
    subject_no: int,
    access_id: UUID,
    *,
    kept_days: int,
    presentation: str | None,
    now: datetime,
) -> SignedReceipt:
    """Keeps the terms of a look that was just recorded, and signs its receipt; again, it states the same.

    `kept_days` is how long the venue may keep what it is told, 0 if not at all; `presentation` what it is handed over,
    as it is sent.
    """
    handed = None if presentation is None else digest(presentation)
    await store.keep_terms(db, subject_no, access_id, kept_days=kept_days, presentation=handed)
    return await sign_look(db, ring, [subject_no], access_id, now)


async def sign_look(
    db: Executor, ring: KeyRing, subject_nos: list[int], access_id: UUID, now: datetime
) -> SignedReceipt:
    """A copy of the receipt of an access of one of these subjects; raises NotFoundError for any other."""
    row = await store.get_look(db, subject_nos, access_id)
    if row is None:
        raise NotFoundError
    return _sign(ring, row, now)


async def get_own_receipt(
    pool: Pool, ring: KeyRing, caller: ResidentCaller, access_id: UUID, *, proven: bool, now: datetime
) -> SignedReceipt:
    """Of any look that the caller's list of accesses has; with the proof that the log holds it, if it does by now."""
    require_own_eyes(caller)
    row = await store.get_look(pool, await list_subject_nos(pool, caller.resident_id), access_id)
    if row is None:
        raise NotFoundError
    signed = _sign(ring, row, now)
    if not proven:
        return signed
    try:
        proof = await prove_inclusion(pool, row["subject_no"], access_id)
    except NotFoundError:  # its batch is still to come
        return signed
    # Without what the commitment is the hash of: it names staff and devices of the venue, whom the holder is not told.
    return msgspec.structs.replace(signed, proof=msgspec.structs.replace(proof, opening=None))


async def list_receipts(
    pool: Pool, ring: KeyRing, scanner: Scanner, presentation_id: UUID, now: datetime
) -> list[SignedReceipt]:
    """For the scanner that asked, of each look that its question came to, long after what was told is gone.

    Raises NotFoundError where it asked no such question.
    """
    access_ids = await presentation_store.list_looks(pool, presentation_id, scanner.scanner_id)
    if access_ids is None:
        raise NotFoundError
    told = await store.list_told(pool, access_ids, scanner.venue_id) if access_ids else []
    return [await sign_look(pool, ring, [subject_no], access_id, now) for subject_no, access_id in told]


async def get_disputed_receipt(
    pool: Pool, vault: Vault, ring: KeyRing, caller: ResidentCaller, access_id: UUID, now: datetime
) -> SignedReceipt:
    """For the desk, of a look that somebody disputes; it was looked into by whoever asks, which is an act."""
    async with transaction(pool) as db:
        subject_no = await take_up_dispute(db, vault, caller, access_id, now)
        return await sign_look(db, ring, [subject_no], access_id, now)


def check_receipt(text: str, ring: KeyRing, trust: TrustList, now: datetime) -> Receipt:
    """For whoever asks: one of this deployment's, by every key that it had; another province's, by the trust list.

    Raises ReceiptInvalidError.
    """
    own, listed = keys_of_ring(ring), keys_of_list(trust.without(ring.withdrawn_kids))

    def find(province: str, kid: bytes, moment: datetime) -> Iterable[Verifies]:
        return [*own(province, kid, moment), *listed(province, kid, moment)]

    return read_receipt(text, find, now)


def _sign(ring: KeyRing, row: Record, now: datetime) -> SignedReceipt:
    handed: bytes | None = row["presentation"]
    receipt = Receipt(
        iss=ring.province,
        iat=int(now.timestamp()),
        access_id=row["access_id"],
        recorded_at=row["looked_at"],
        venue=ReceiptVenue(row["venue_id"], row["venue_name"], row["adcode"][:2]),
        purpose=row["purpose"],
        form=row["form"],
        licence_type=row["licence_type"],
        fields=row["fields"],
        kept_until=row["kept_until"],
        commitment=base64url.encode(commit_to(encode_access(row))),
        presentation=base64url.encode(handed) if handed else None,
    )
    return SignedReceipt(sign_receipt(ring, receipt, now), receipt)

"""Erasing a subject's accesses: the rows go with their salts, the leaves stay and say nothing any more."""

from __future__ import annotations

import os
from datetime import datetime

from app.audit import store
from app.audit.encoding import encode_erasure_order
from app.audit.model import to_us
from app.audit.signing import RingSigner
from app.database import Connection
from app.identifiers import new_id
from codes import KeyRing

_SALT_BYTES = 16


async def erase_accesses(db: Connection, ring: KeyRing, subject_no: int, now: datetime) -> int:
    """Deletes all that was recorded of a subject's accesses, inside a transaction; answers with how many there were.

    The subject must have ended, so that none follows. What says why they are gone is signed and becomes an entry of the
    log: nobody can pass off a deletion as an erasure with the database alone, nor erase one access of many. Doing it
    again does no harm and takes what a scan under way had added.
    """
    signer = RingSigner(ring, now)
    erasure_id = new_id()
    signature = signer.sign(encode_erasure_order(subject_no, erasure_id, to_us(now)))
    await store.insert_erasure(
        db, subject_no, erasure_id, salt=os.urandom(_SALT_BYTES), kid=signer.kid, signature=signature, now=now
    )
    await store.delete_marks(db, subject_no)
    return await store.delete_accesses(db, subject_no)

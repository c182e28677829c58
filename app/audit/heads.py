"""Heads: made and signed over a batch's leaves, checked, and handed on to whoever keeps a copy."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from app.audit import store
from app.audit.encoding import encode_head
from app.audit.model import Head, to_us
from app.audit.signing import Signer, Verifier
from app.database import Executor


def sign_head(
    signer: Signer,
    *,
    batch_no: int,
    until_at: datetime,
    leaf_count: int,
    root: bytes,
    previous_head: bytes,
    now: datetime,
) -> Head:
    """The head of a new batch."""
    until_us, created_us = to_us(until_at), to_us(now)
    message = encode_head(
        batch_no=batch_no,
        until_us=until_us,
        created_us=created_us,
        leaf_count=leaf_count,
        root=root,
        previous_head=previous_head,
    )
    return Head(
        batch_no=batch_no,
        until_us=until_us,
        created_us=created_us,
        leaf_count=leaf_count,
        root=root,
        previous_head=previous_head,
        head=sha256(message).digest(),
        kid=signer.kid,
        signature=signer.sign(message),
    )


def encode(head: Head) -> bytes:
    """What was signed of it."""
    return encode_head(
        batch_no=head.batch_no,
        until_us=head.until_us,
        created_us=head.created_us,
        leaf_count=head.leaf_count,
        root=head.root,
        previous_head=head.previous_head,
    )


def is_whole(head: Head) -> bool:
    """Whether its columns are those that its hash was made of."""
    return sha256(encode(head)).digest() == head.head


def is_signed(head: Head, verifier: Verifier) -> bool:
    """Whether this deployment made it just so."""
    return is_whole(head) and verifier.verify(head.kid, encode(head), head.signature)


async def heads_since(db: Executor, batch_no: int, *, limit: int = 1000) -> list[Head]:
    """The heads after this one, oldest first: what a witness or a peer that has it is still to be told."""
    return await store.list_heads(db, batch_no, limit=limit)

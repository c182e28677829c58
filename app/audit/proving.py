"""Receipts: that an access is in the log, for the one it looked at; checked without asking this deployment again."""

from __future__ import annotations

import asyncio
from uuid import UUID

from app.audit import store
from app.audit.encoding import commit_to, encode_access, encode_leaf
from app.audit.heads import is_whole
from app.audit.merkle import find_path, follow_path
from app.audit.model import LeafKind, Proof
from app.database import Pool, Record
from app.errors import NotFoundError


async def prove_inclusion(pool: Pool, subject_no: int, access_id: UUID) -> Proof:
    """Raises NotFoundError where the access has no leaf: it is unknown, or its batch is still to come."""
    leaf = await store.get_leaf(pool, subject_no, access_id)
    heads = await store.list_heads(pool, leaf["batch_no"] - 1, limit=1) if leaf else []
    if leaf is None or not heads:
        raise NotFoundError
    access = await store.get_access(pool, subject_no, access_id)
    rows = await store.list_leaves(pool, leaf["batch_no"])
    return Proof(
        subject_no=subject_no,
        access_id=access_id,
        opening=encode_access(access) if access else None,
        commitment=leaf["commitment"],
        position=leaf["position"],
        path=await asyncio.to_thread(_find_path, rows, leaf["position"]),  # a full batch takes part of a second
        head=heads[0],
    )


def _find_path(rows: list[Record], position: int) -> list[bytes]:
    return find_path([encode_leaf(*row) for row in rows], position)


def check_inclusion(proof: Proof) -> bool:
    """Whether what it opens is under the head. Whose head it is, its signature says (`is_signed`)."""
    if proof.opening is not None and commit_to(proof.opening) != proof.commitment:
        return False
    leaf = encode_leaf(LeafKind.ACCESS.value, proof.subject_no, proof.access_id, proof.commitment)
    root = follow_path(leaf, proof.position, proof.head.leaf_count, proof.path)
    return root == proof.head.root and is_whole(proof.head)

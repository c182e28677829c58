"""The deployment's account of itself: accesses chained so that tampering shows, and what officers did.

accesses ──► commitment each ──► Merkle tree a minute ──► head, chained and signed ──► access_batches
└──► witness file, peers
"""

from __future__ import annotations

from app.audit.acts import record_act
from app.audit.committing import commit_batch

__all__ = ["commit_batch", "record_act"]

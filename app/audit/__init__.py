"""The chained access log: each look at a person is committed to, so that none can be changed or taken away unseen.

    accesses ──► committing ──► leaves, heads (PostgreSQL)     checking: all of it computed again and compared
    (a scan's)   each minute └► witness (a file that grows)    proving:  one access is under a signed head
                                                               erasing:  rows go, leaves stay, a signed entry says why
docs/audit.md tells an auditor what this proves and what it cannot.
"""

from __future__ import annotations

from app.audit.acts import list_acts, record_act
from app.audit.checking import WITNESS, verify_deployment, verify_log
from app.audit.committing import commit_batch
from app.audit.erasing import erase_accesses
from app.audit.heads import heads_since, is_signed
from app.audit.model import Act, Finding, FindingKind, Head, Proof
from app.audit.proving import check_inclusion, prove_inclusion
from app.audit.report import Report
from app.audit.signing import RingSigner, Signer, Verifier

__all__ = [
    "WITNESS",
    "Act",
    "Finding",
    "FindingKind",
    "Head",
    "Proof",
    "Report",
    "RingSigner",
    "Signer",
    "Verifier",
    "check_inclusion",
    "commit_batch",
    "erase_accesses",
    "heads_since",
    "is_signed",
    "list_acts",
    "prove_inclusion",
    "record_act",
    "verify_deployment",
    "verify_log",
]

"""The proof beside a receipt, as text: that the log holds the access under a head which the same province signed.

With it, whoever has a trust list sees for themself that the receipt is no statement made up afterwards: the head is
chained to those before and after it, and witnesses elsewhere keep them.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec

from app.audit import Head, Proof, check_inclusion, is_signed
from app.audit.signing import Verifier
from app.wallet.errors import ReceiptInvalidError
from app.wallet.receipt_format import Receipt
from codes import KeyUse, TrustList, base64url
from codes.signatures import verifies

Number = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
Octets = Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9_-]*$", max_length=128)]
"""Bytes in base64url."""


class HeadText(msgspec.Struct, frozen=True):
    """A signed head of the log; docs/audit.md says what is signed."""

    batch_no: Number
    until_us: Number
    created_us: Number
    leaf_count: Number
    root: Octets
    previous_head: Octets
    head: Octets
    kid: Octets
    signature: Octets


class ProofText(msgspec.Struct, frozen=True):
    """Where the access's commitment is in its batch's tree, and the hashes that lead from there to the head."""

    subject_no: Annotated[str, msgspec.Meta(pattern="^[0-9]{1,19}$")]
    """As text: it may have more digits than JSON's readers keep."""
    access_id: UUID
    commitment: Octets
    position: Number
    path: Annotated[list[Octets], msgspec.Meta(max_length=64)]
    head: HeadText


class _Listed(Verifier):
    """A province's federation keys, as a trust list names them."""

    def __init__(self, trust: TrustList, province: str) -> None:
        self._trust = trust
        self._province = province

    def verify(self, kid: bytes, message: bytes, signature: bytes) -> bool:
        keys = self._trust.find(KeyUse.FEDERATION, kid)
        return any(verifies(key.public_key, message, signature) for key in keys if key.province == self._province)


def write_proof(proof: Proof) -> ProofText:
    """Without what the commitment is the hash of."""
    head = proof.head
    return ProofText(
        subject_no=str(proof.subject_no),
        access_id=proof.access_id,
        commitment=base64url.encode(proof.commitment),
        position=proof.position,
        path=[base64url.encode(step) for step in proof.path],
        head=HeadText(
            batch_no=head.batch_no,
            until_us=head.until_us,
            created_us=head.created_us,
            leaf_count=head.leaf_count,
            root=base64url.encode(head.root),
            previous_head=base64url.encode(head.previous_head),
            head=base64url.encode(head.head),
            kid=base64url.encode(head.kid),
            signature=base64url.encode(head.signature),
        ),
    )


class _Answer(msgspec.Struct, frozen=True):
    """What getReceipt answers, of which this is a part."""

    proof: msgspec.Raw


def take_proof(answer: bytes) -> bytes:
    """The proof in an answer of getReceipt's, as it was kept; raises ReceiptInvalidError where there is none."""
    try:
        return bytes(msgspec.json.decode(answer, type=_Answer).proof)
    except (ValueError, msgspec.MsgspecError, RecursionError):
        raise ReceiptInvalidError("This is not the proof of a receipt.") from None


def check_proof(receipt: Receipt, text: str | bytes, trust: TrustList) -> Proof:
    """That the log has the very look that a good receipt states; raises ReceiptInvalidError."""
    proof = _read_proof(text)
    if proof.access_id != receipt.access_id or base64url.encode(proof.commitment) != receipt.commitment:
        raise ReceiptInvalidError("The proof is of another look than the receipt.")
    if not check_inclusion(proof):
        raise ReceiptInvalidError("The proof does not lead to its head.")
    if not is_signed(proof.head, _Listed(trust, receipt.iss)):
        raise ReceiptInvalidError("No federation key of that province signed the head.")
    return proof


def _read_proof(text: str | bytes) -> Proof:
    try:
        read = msgspec.json.decode(text, type=ProofText)
        head = read.head
        return Proof(
            subject_no=int(read.subject_no),
            access_id=read.access_id,
            opening=None,
            commitment=base64url.decode(read.commitment),
            position=read.position,
            path=[base64url.decode(step) for step in read.path],
            head=Head(
                head.batch_no,
                head.until_us,
                head.created_us,
                head.leaf_count,
                *map(base64url.decode, (head.root, head.previous_head, head.head, head.kid, head.signature)),
            ),
        )
    except (ValueError, msgspec.MsgspecError, RecursionError):
        raise ReceiptInvalidError("This is not the proof of a receipt.") from None

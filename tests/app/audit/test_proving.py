"""A receipt is enough to check that an access is under a signed head, without the deployment."""

from __future__ import annotations

from uuid import UUID

import cbor2
import msgspec
import pytest

from app.audit import Proof, RingSigner, check_inclusion, is_signed, prove_inclusion
from app.errors import NotFoundError
from app.identifiers import new_id
from tests.app.audit.harness import START, Chain

_SIZES = (1, 2, 3, 5, 8)


async def _prove_all(chain: Chain) -> list[Proof]:
    await chain.fill(*_SIZES)
    rows = await chain.pool.fetch("SELECT subject_no, access_id FROM accesses")
    return [await prove_inclusion(chain.pool, row["subject_no"], row["access_id"]) for row in rows]


async def test_every_access_has_its_receipt(chain: Chain) -> None:
    proofs = await _prove_all(chain)
    assert len(proofs) == sum(_SIZES)
    signer = RingSigner(chain.ring, START)
    for proof in proofs:
        assert check_inclusion(proof)
        assert is_signed(proof.head, signer)
        assert proof.opening is not None
        assert proof.access_id in [UUID(bytes=part) for part in cbor2.loads(proof.opening) if _is_id(part)]


def _is_id(part: object) -> bool:
    return isinstance(part, bytes) and len(part) == 16


async def test_a_receipt_is_good_for_nothing_else(chain: Chain) -> None:
    proofs = await _prove_all(chain)
    proof = max(proofs, key=lambda one: one.head.leaf_count)
    head = proof.head
    other = next(one for one in proofs if one.head != head)
    assert proof.opening is not None
    for changed in (
        {"opening": proof.opening[:-1] + bytes([proof.opening[-1] ^ 1])},
        {"commitment": other.commitment},
        {"subject_no": proof.subject_no + 1},
        {"access_id": other.access_id},
        {"position": proof.position ^ 1},
        {"position": -1},
        {"position": head.leaf_count},
        {"path": proof.path[:-1]},
        {"path": [*proof.path, bytes(32)]},
        {"path": [bytes(32), *proof.path[1:]]},
        {"head": other.head},
        {"head": msgspec.structs.replace(head, leaf_count=head.leaf_count * 2)},
        {"head": msgspec.structs.replace(head, batch_no=head.batch_no + 1)},
    ):
        assert not check_inclusion(msgspec.structs.replace(proof, **changed)), changed


async def test_a_receipt_outlives_the_erasure(chain: Chain) -> None:
    (one,) = await chain.scan(1, subject_no=7)
    await chain.fill(3)
    before = await prove_inclusion(chain.pool, 7, one)
    await chain.erase(7)
    after = await prove_inclusion(chain.pool, 7, one)
    assert after.opening is None
    assert check_inclusion(before)
    assert check_inclusion(after)
    assert before.commitment == after.commitment


async def test_there_is_no_receipt_before_the_batch_nor_for_another(chain: Chain) -> None:
    (one,) = await chain.scan(1, subject_no=7)
    for subject_no, access_id in ((7, one), (7, new_id())):
        with pytest.raises(NotFoundError):
            await prove_inclusion(chain.pool, subject_no, access_id)
    await chain.commit()
    assert check_inclusion(await prove_inclusion(chain.pool, 7, one))
    with pytest.raises(NotFoundError):
        await prove_inclusion(chain.pool, 8, one)

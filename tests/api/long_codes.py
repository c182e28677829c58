"""Codes of a deployment's own ring that live long, made as a phone and a window make them, with their rows."""

from __future__ import annotations

import os
import struct
from datetime import datetime, timedelta
from uuid import UUID

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from api.services import now
from app.identifiers import new_id
from codes import KeyUse, Kind, StatusReference, base45, certify_phone_key, mint_paper
from codes.keys import jwk_of
from tests.api.harness import Api, Session

LIFE = timedelta(hours=12)


class Phone:
    """One key in a phone's keystore."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.jwk = jwk_of(self.key.public_key())

    def show(self, certificate: bytes, made_at: datetime, nonce: bytes | None = None) -> str:
        """A code under the certificate, as docs/codes.md has its bytes."""
        protected = b"\xa2\x01\x26\x0d" + certificate
        payload = b"\xa2\x06\x1a" + struct.pack(">I", int(made_at.timestamp())) + b"\x07\x48" + (nonce or os.urandom(8))
        header = b"\x58" + bytes([len(protected)]) + protected
        signed = b"\x84\x6aSignature1" + header + b"\x40" + b"\x51" + payload
        r, s = decode_dss_signature(self.key.sign(signed, ec.ECDSA(hashes.SHA256())))
        signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
        return "SX2:" + base45.encode(b"\xd2\x84" + header + b"\xa0\x51" + payload + b"\x58\x40" + signature)


async def subject_no_of(api: Api, resident_id: UUID) -> int:
    """A resident's own subject."""
    found: int = await api.services.pool.fetchval(
        "SELECT subject_no FROM residents WHERE resident_id = $1", resident_id
    )
    return found


async def certify(
    api: Api, phone: Phone, subject_no: int, *, kind: Kind = Kind.PERSONAL, issued_at: datetime | None = None
) -> bytes:
    """A certificate of the deployment's, and the row of its batch."""
    ring, issued = api.services.ring, issued_at or now()
    status = StatusReference(7, int.from_bytes(os.urandom(3)))
    made = certify_phone_key(
        ring.current(KeyUse.CERTIFICATE, issued),
        issuer=ring.province,
        subject_no=subject_no,
        kind=kind,
        public_key=phone.jwk,
        status=status,
        now=issued,
        lifetime=LIFE,
    )
    await api.services.pool.execute(
        "INSERT INTO certificate_batches (subject_no, batch_id, session_id, list_no, places, issued_at, expires_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7)",
        subject_no,
        new_id(),
        new_id(),
        status.list_no,
        [status.index],
        issued,
        made.expires_at,
    )
    return made.certificate


async def show_offline(api: Api, session: Session) -> str:
    """A code that the resident's phone makes this second."""
    phone = Phone()
    certificate = await certify(api, phone, await subject_no_of(api, session.person.resident_id))
    return phone.show(certificate, now())


async def print_paper(api: Api, session: Session, *, issued_at: datetime | None = None) -> str:
    """A paper code of the resident's own."""
    ring, issued = api.services.ring, issued_at or now()
    status = StatusReference(8, int.from_bytes(os.urandom(3)))
    subject_no = await subject_no_of(api, session.person.resident_id)
    epoch = ring.current(KeyUse.PAPER, issued)
    paper = mint_paper(
        epoch, issuer=ring.province, subject_no=subject_no, kind=Kind.PERSONAL, status=status, now=issued
    )
    await api.services.pool.execute(
        "INSERT INTO paper_codes (subject_no, paper_id, list_no, place, issued_at, expires_at, issued_by, issued_as) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, 'self')",
        subject_no,
        new_id(),
        status.list_no,
        status.index,
        paper.issued_at,
        paper.expires_at,
        session.person.resident_id,
    )
    return paper.text

"""A scanner without a network: it keeps a journal as docs/journal.md has it, and sends it when it can."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from api.services import now
from app.identifiers import new_id
from tests.api.devices import Device, send
from tests.api.harness import Api, Gate

BEGINNING = "A" * 43
Entry = dict[str, Any]


def write_time(moment: datetime) -> str:
    """UTC with milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def write_signed(scanner_id: UUID, entry: Entry) -> bytes:
    """Worked out here by itself, from the page."""
    parts = [
        "suixing/journal/1", scanner_id, entry["sequence"], entry["previous"], entry["id"], entry["scanned_at"],
        entry["outcome"], entry["code"],
    ]  # fmt: skip
    return "\n".join(map(str, parts)).encode()


def sign(device: Device, signed: bytes) -> str:
    """r and s, or what Ed25519 makes, in base64url."""
    if device.algorithm != "ES256":
        return _encode(device.private_key.sign(signed))
    r, s = decode_dss_signature(device.private_key.sign(signed, ec.ECDSA(hashes.SHA256())))
    return _encode(r.to_bytes(32) + s.to_bytes(32))


class Offline:
    """A gate's scanner with a key of its own, and what it has written down."""

    def __init__(self, api: Api, gate: Gate, device: Device) -> None:
        self.api = api
        self.gate = gate
        self.device = device
        self.entries: list[Entry] = []
        self._previous = BEGINNING

    @classmethod
    async def enrol(cls, api: Api, gate: Gate, algorithm: str = "ES256") -> Offline:
        """The gate's scanner, once it is bound to a device."""
        device = Device(algorithm)
        assert (await device.register(api, gate.credential)).status_code == 200
        api.services.scanners._known.clear()
        return cls(api, gate, device)

    def scan(self, code: str, at: datetime | None = None, outcome: str = "accepted") -> Entry:
        """Writes an entry behind the last one."""
        entry: Entry = {
            "id": str(new_id()),
            "sequence": len(self.entries) + 1,
            "previous": self._previous,
            "code": code,
            "scanned_at": write_time(at or now()),
            "outcome": outcome,
        }
        self.entries.append(self.seal(entry))
        self._previous = _encode(hashlib.sha256(write_signed(self.gate.scanner_id, entry)).digest())
        return self.entries[-1]

    def seal(self, entry: Entry) -> Entry:
        """The entry with its signature."""
        return entry | {"signature": sign(self.device, write_signed(self.gate.scanner_id, entry))}

    async def send(self, *entries: Entry, sent_at: datetime | None = None) -> list[Entry]:
        """What the server says of these entries; of all there are, where none is named."""
        response = await self.try_to_send(entries or self.entries, sent_at=sent_at)
        assert response.status_code == 200, response.text
        items: list[Entry] = response.json()["items"]
        return items

    async def try_to_send(self, entries: Sequence[Entry], *, sent_at: datetime | None = None) -> httpx.Response:
        body = {"sent_at": write_time(sent_at or now()), "scans": list(entries)}
        path, credential = "/v1/scans/batch", self.gate.credential
        proof = self.device.prove("POST", path, credential)
        return await send(self.api, "POST", path, credential, proof, json=body)


def results_of(items: Sequence[Entry]) -> list[str]:
    """Each item's result, with its slug where it has one."""
    return [f"{one['result']} {one['slug']}" if "slug" in one else one["result"] for one in items]


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


HOUR = timedelta(hours=1)

"""What the stand-ins of the identity authorities remember: small files that all server processes share."""

from __future__ import annotations

import hashlib
import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal, TypeAlias
from uuid import UUID

import msgspec

from app.identity.model import AgeBand
from codes.keys import Epoch, EpochFile, create_epoch
from codes.model import KeyUse

_KEPT = timedelta(days=1)
_KEY_LIFE = timedelta(days=3650)
Outcome: TypeAlias = Literal["pass", "fail"]


class FaceFile(msgspec.Struct, frozen=True):
    """A face check that the stand-in was asked for."""

    name: str
    id_number: str
    return_url: str | None
    started_at: datetime
    outcome: Outcome | None = None


class CredentialFile(msgspec.Struct, frozen=True):
    """A network credential that the stand-in has given to somebody's phone."""

    sequence: str
    number: str
    age_band: AgeBand
    masked_name: str | None
    issued_at: datetime


def certify_id_of(check_id: UUID) -> str:
    """What the stand-in calls a check: it follows from our own name of it, and so needs no list."""
    return hashlib.sha256(f"certify {check_id.hex}".encode()).hexdigest()[:32]


class IdentityFiles:
    """A folder of face checks and credentials, for this user alone; what is a day old is thrown away."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def save_face(self, certify_id: str, face: FaceFile) -> None:
        self._sweep(face.started_at)
        self._write(self._path("face", certify_id), msgspec.json.encode(face))

    def get_face(self, certify_id: str) -> FaceFile | None:
        content = self._read(self._path("face", certify_id))
        return msgspec.json.decode(content, type=FaceFile) if content else None

    def complete_face(self, certify_id: str, outcome: Outcome) -> FaceFile | None:
        """The check as it ended; None where there is none. It ends once: what came first stays."""
        face = self.get_face(certify_id)
        if face is None or face.outcome is not None:
            return face
        ended = msgspec.structs.replace(face, outcome=outcome)
        self._write(self._path("face", certify_id), msgspec.json.encode(ended))
        return ended

    def save_credential(self, credential: str, content: CredentialFile) -> None:
        self._sweep(content.issued_at)
        self._write(self._path("credential", credential), msgspec.json.encode(content))

    def take_credential(self, credential: str) -> CredentialFile | None:
        """The credential, which is gone then: of two who would take it, one gets it."""
        path = self._path("credential", credential)
        taken = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            path.rename(taken)
        except FileNotFoundError:
            return None
        content = msgspec.json.decode(taken.read_bytes(), type=CredentialFile)
        taken.unlink()
        return content

    def signing_key(self, now: datetime) -> Epoch:
        """The stand-in authority's own, made when it is first asked for."""
        path = self._folder / "signing-key.json"
        if not path.exists():
            life = {"lead": timedelta(0), "life": _KEY_LIFE}
            made = create_epoch(KeyUse.FEDERATION, now=now, development=True, **life)
            draft = self._draft(path, msgspec.json.encode(made))
            try:
                os.link(draft, path)
            except FileExistsError:
                pass  # another process was first
            finally:
                draft.unlink()
        return Epoch(msgspec.json.decode(path.read_bytes(), type=EpochFile))

    def _path(self, kind: str, name: str) -> Path:
        """By a hash, since whoever asks may name anything."""
        return self._folder / f"{kind}-{hashlib.sha256(name.encode()).hexdigest()[:40]}.json"

    def _sweep(self, now: datetime) -> None:
        oldest = (now - _KEPT).timestamp()
        for path in [*self._folder.glob("face-*.json"), *self._folder.glob("credential-*.json")]:
            if path.stat().st_mtime < oldest:
                path.unlink(missing_ok=True)

    def _write(self, path: Path, content: bytes) -> None:
        self._draft(path, content).replace(path)

    def _draft(self, path: Path, content: bytes) -> Path:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
        draft.touch(mode=0o600)
        draft.write_bytes(content)
        return draft

    @staticmethod
    def _read(path: Path) -> bytes | None:
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None

"""Strict stand-ins of registries of licences: they answer as docs/registries.md defines it, refuse what that refuses.

They know plainly invented licences, and those that a test or a developer writes into their folder.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from app.development.licence_book import KEY, REGISTRIES_PATH, REQUESTER, BookEntry, invent_book, invent_registries
from app.development.mishaps import Answer, Fallible
from app.licences.registries import RegistryEntry
from app.licences.registry import LONGEST_PURPOSE, PAGE, FileTold, sign
from app.settings import Settings

_CLOCK_SKEW_MILLISECONDS = 300_000
_FILE_LIFE = timedelta(minutes=10)
_FILE_NO_LENGTH = 32


class _Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    purpose: str = ""
    holder_code_type: str = ""
    holder_code: str = ""
    holder_name: str = ""
    type_codes: list[str] = []
    identifier: str = ""
    file_no: str = ""
    after: str = ""


class _Said(msgspec.Struct, frozen=True):
    code: str
    message: str = ""
    data: object = None


class _Waiting(msgspec.Struct, frozen=True):
    """A file that was announced and not taken yet."""

    content: bytes
    until: datetime


class LicenceFiles:
    """The registers: a small file for each holder, which all processes share, over those of the demo."""

    def __init__(self, settings: Settings) -> None:
        self._folder = settings.data / "licence-registries"
        self._invented = invent_book(settings.province)

    def list_of(self, holder_code: str) -> list[BookEntry] | None:
        """None of a holder whom no registry knows."""
        try:
            return msgspec.json.decode(self._path(holder_code).read_bytes(), type=list[BookEntry])
        except FileNotFoundError:
            return self._invented.get(holder_code)

    def put(self, entry: BookEntry) -> None:
        """Writes a licence in, in the place of the one with its identifier."""
        told = entry.licence
        others = [one for one in self.list_of(told.czztdm) or [] if one.licence.zzbs != told.zzbs]
        self.write(told.czztdm, [*others, entry])

    def write(self, holder_code: str, entries: list[BookEntry]) -> None:
        """Says all that a holder has."""
        self._write(self._path(holder_code), msgspec.json.encode(entries))

    def find(self, identifier: str) -> BookEntry | None:
        return next((one for one in self._walk() if one.licence.zzbs == identifier), None)

    def announce(self, content: bytes, until: datetime) -> FileTold:
        """A file's number, good once and until then."""
        number = secrets.token_hex(_FILE_NO_LENGTH // 2)
        self._write(self._folder / "files" / number, msgspec.json.encode(_Waiting(content, until)))
        return FileTold(wjbh=number, sha256=hashlib.sha256(content).hexdigest())

    def take(self, number: str, now: datetime) -> bytes | None:
        """None where it was taken, or was never announced, or is too old."""
        if len(number) != _FILE_NO_LENGTH or not number.isalnum():
            return None
        path = self._folder / "files" / number
        taken = path.with_name(f"{number}.{os.getpid()}.taken")
        try:
            path.rename(taken)  # of two who ask at once, one has it
            waiting = msgspec.json.decode(taken.read_bytes(), type=_Waiting)
            taken.unlink()
        except FileNotFoundError:
            return None
        return waiting.content if waiting.until > now else None

    def _walk(self) -> Iterator[BookEntry]:
        written = {path.stem for path in self._folder.glob("*.json")}
        for path in self._folder.glob("*.json"):
            yield from msgspec.json.decode(path.read_bytes(), type=list[BookEntry])
        for code, entries in self._invented.items():
            if _name(code) not in written:
                yield from entries

    def _path(self, holder_code: str) -> Path:
        return self._folder / f"{_name(holder_code)}.json"

    def _write(self, path: Path, content: bytes) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_bytes(content)
        draft.replace(path)


def _name(holder_code: str) -> str:
    """Files are not called by ID numbers."""
    return hashlib.sha256(holder_code.encode()).hexdigest()[:32]


class LicenceRegistriesStandIn(Fallible):
    """Whoever serves HTTP passes requests to `handle` and sends what it answers."""

    def __init__(self, settings: Settings, url: str, now: Callable[[], datetime]) -> None:
        super().__init__()
        self.files = LicenceFiles(settings)
        self._registries: dict[str, RegistryEntry] = {one.id: one for one in invent_registries(url)}
        self._now = now
        self.purposes: list[str] = []
        """What it was asked for, in the order of asking."""

    def recover(self) -> None:
        """No mishap is to come any more."""
        self._mishaps.clear()

    def handle(self, method: str, path: str, _query: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answers a request given by its raw path, and headers by their names in lower case."""
        mishap = self._take_mishap()
        judged = self._judge(method, path, headers, body)
        answer = _say(_Said(mishap.code), mishap.status) if mishap.code else judged
        return mishap.befall(answer)

    def _judge(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        registry_id, _, operation = path.partition(f"{REGISTRIES_PATH}/")[2].partition("/")
        registry = self._registries.get(registry_id)
        if method != "POST" or registry is None or operation not in {"query", "verify", "download"}:
            return Answer(404, {}, b"")
        if not self._is_signed(operation, headers, body):
            return _say(_Said("401", "the signature is wrong"))
        try:
            asked = msgspec.json.decode(body, type=_Question, strict=True)
        except msgspec.MsgspecError:
            return _say(_Said("400", "the question cannot be read"))
        if not 0 < len(asked.purpose) <= LONGEST_PURPOSE:
            return _say(_Said("400", "the purpose is missing or too long"))
        self.purposes.append(asked.purpose)
        if operation == "query":
            return self._query(registry, asked)
        return self._verify(registry, asked) if operation == "verify" else self._download(asked)

    def _query(self, registry: RegistryEntry, asked: _Question) -> Answer:
        codes = set(registry.types.values())
        if asked.holder_code_type not in {"001", "111"} or not asked.holder_code:
            return _say(_Said("400", "the holder is missing"))
        if not asked.type_codes or not codes.issuperset(asked.type_codes):
            return _say(_Said("400", "a kind is not served here"))
        entries = self.files.list_of(asked.holder_code)
        if entries is None:
            return _say(_Said("404", "no such holder"))
        found = [one for one in entries if one.licence.zzlxdm in asked.type_codes]
        if asked.after and not asked.after.isdecimal():
            return _say(_Said("400", "there is no such page"))
        begin = int(asked.after or 0)
        page, rest = found[begin : begin + PAGE], found[begin + PAGE :]
        until = self._now() + _FILE_LIFE
        licences = [
            msgspec.structs.replace(
                one.licence,
                files={name: self.files.announce(content, until) for name, content in one.pictures.items()},
            )
            for one in page
        ]
        return _say(_Said("200", data={"licences": licences, "next": str(begin + PAGE) if rest else None}))

    def _verify(self, registry: RegistryEntry, asked: _Question) -> Answer:
        entry = self.files.find(asked.identifier)
        if entry is None or entry.licence.zzlxdm not in registry.types.values():
            return _say(_Said("404", "no such licence"))
        return _say(_Said("200", data=entry.licence))

    def _download(self, asked: _Question) -> Answer:
        content = self.files.take(asked.file_no, self._now())
        if content is None:
            return _say(_Said("404", "no such file, or it was taken"))
        return _say(_Said("200", data={"content": base64.b64encode(content).decode()}))

    def _is_signed(self, operation: str, headers: Mapping[str, str], body: bytes) -> bool:
        moment = headers.get("x-registry-time", "")
        if not (moment.isascii() and moment.isdigit()):
            return False
        is_fresh = abs(int(moment) - self._now().timestamp() * 1000) <= _CLOCK_SKEW_MILLISECONDS
        is_known = headers.get("x-registry-requester") == REQUESTER
        given = headers.get("x-registry-signature", "").encode()
        right = sign(KEY, operation, REQUESTER, moment, body).encode()
        return is_fresh and is_known and hmac.compare_digest(given, right)


def _say(said: _Said, status: int = 200) -> Answer:
    return Answer(status, {"content-type": "application/json"}, msgspec.json.encode(said))

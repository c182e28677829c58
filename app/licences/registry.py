"""A registry of licences (证照库): what a holder has, what has become of one licence, and pictures of it.

What the provinces' sharing platforms answer to a server is told to those whom they have admitted, not to the public. So
this is a small interface of our own, in their manner: each question says what for (使用事由, 200 characters at most),
licences bear the names of GB/T 36903 (ZZMC, ZZBS, CZZT …), a file is taken once, within ten minutes. docs/registries.md
defines it, and an adapter is expected in front of what a province really has.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Annotated, Any, Protocol, TypeVar

import msgspec
import structlog

from app.identity.calling import Line, sign_text, to_milliseconds
from app.licences.images import MOST_BYTES
from app.licences.model import HolderKind
from app.platforms.errors import ProviderRefusedError

log = structlog.get_logger()

LONGEST_PURPOSE = 200
LARGEST_FILE = MOST_BYTES
PAGE = 200
"""Licences in one answer; whoever has more is told of page by page."""
MOST_LICENCES = 10_000
"""Of one holder at one registry, as a haulier with all their vehicles has them."""
_LARGEST_ANSWER = 2 * 2**20
_LARGEST_FILE_ANSWER = LARGEST_FILE * 4 // 3 + 4096
"""A file comes in base64, in an envelope."""
_OK = 200
_UNKNOWN = "404"
_BUSY = {"429", "500", "503"}
_LONGEST_REASON = 16

_Short = Annotated[str, msgspec.Meta(max_length=200)]
_Text = Annotated[str, msgspec.Meta(max_length=4000)]
_T = TypeVar("_T")

HOLDER_CODES = {HolderKind.RESIDENT: "111", HolderKind.COMPANY: "001"}
"""CZZTDMLX: what a holder's code is. A resident is asked about by the ID number, a company by its credit code."""


class HolderCode(msgspec.Struct, frozen=True):
    """Whom a registry is asked about."""

    kind: HolderKind
    code: str
    name: str

    @property
    def code_type(self) -> str:
        return HOLDER_CODES[self.kind]

    def __repr__(self) -> str:
        """Without code and name, wherever this may be printed."""
        return f"HolderCode({self.kind})"


class FileTold(msgspec.Struct, frozen=True, rename="upper"):
    """A picture that belongs to a licence: taken once by its number, within ten minutes; known again by its digest."""

    wjbh: _Short
    """文件编号."""
    sha256: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]


class LicenceTold(msgspec.Struct, frozen=True, rename="upper"):
    """One licence, by the names of GB/T 36903."""

    zzmc: _Short
    zzlxdm: _Short
    zzbh: _Short
    zzbs: _Short
    zzbfjg: _Short
    zzbfjgdm: _Short
    czzt: _Short
    czztdm: _Short
    czztdmlx: _Short
    standing_code: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{2}$")] = msgspec.field(name="ZZZTDM")
    """How it stands: 10, or 01 to 09."""
    bgsj: datetime
    """变更时间: since when it has stood so, and said what it says."""
    zzbfrq: _Short = ""
    zzyxqqsrq: _Short = ""
    zzyxqjzrq: _Short = ""
    kz: dict[_Short, _Text] = {}
    """Fields of the kind's own, whose names begin with KZ_."""
    files: dict[_Short, FileTold] = {}

    def __repr__(self) -> str:
        """Without anything of it, wherever this may be printed."""
        return "LicenceTold()"


class Answer(msgspec.Struct, frozen=True):
    """What a registry has of a holder."""

    licences: list[LicenceTold]
    unreadable: int
    """Licences that are not as the interface has them: the others are taken, and none is held to be gone."""


class LicenceRegistry(Protocol):
    """Whoever knows what licences a holder has. Call none of it inside a transaction.

    Each raises ProviderUnavailableError or ProviderRefusedError where it fails.
    """

    async def close(self) -> None:
        """Closes the connections."""
        ...

    async def query(self, holder: HolderCode, type_codes: list[str], *, purpose: str, now: datetime) -> Answer:
        """What the holder has of these kinds; nothing where the registry does not know them."""
        ...

    async def verify(self, identifier: str, *, purpose: str, now: datetime) -> LicenceTold | None:
        """What has become of one licence; None where there is none."""
        ...

    async def download(self, file_no: str, *, purpose: str, now: datetime) -> bytes:
        """A picture, by the number that an answer gave it; nothing where it is there no more."""
        ...


class _Envelope(msgspec.Struct, frozen=True):
    code: str
    message: str = ""
    data: msgspec.Raw = msgspec.Raw()


class _Found(msgspec.Struct, frozen=True):
    licences: Annotated[list[msgspec.Raw], msgspec.Meta(max_length=PAGE)]
    next: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    """Where the next page begins; None on the last."""


class _File(msgspec.Struct, frozen=True):
    content: bytes


def sign(key: str, operation: str, requester: str, moment: str, body: bytes) -> str:
    """Of what is asked or told, by whom, when and in which words: a signature serves for nothing else."""
    return sign_text(key, f"{operation}\n{requester}\n{moment}\n{hashlib.sha256(body).hexdigest()}")


class RegistryClient:
    """A client of one registry, holding its connections open."""

    def __init__(self, registry_id: str, url: str, requester: str, key: str, *, timeout: float) -> None:
        self._url = url.rstrip("/")
        self._requester = requester
        self._key = key
        self._registry_id = registry_id
        name, who = f"licence-registry:{registry_id}", "The registry of licences"
        self._line = Line(name, url, timeout=timeout, who=who, most_bytes=_LARGEST_ANSWER)
        self._files = Line(name, url, timeout=timeout, who=who, most_bytes=_LARGEST_FILE_ANSWER)

    async def close(self) -> None:
        await self._line.close()
        await self._files.close()

    async def query(self, holder: HolderCode, type_codes: list[str], *, purpose: str, now: datetime) -> Answer:
        question = {
            "holder_code_type": holder.code_type,
            "holder_code": holder.code,
            "holder_name": holder.name,
            "type_codes": type_codes,
        }
        raws = [raw async for raw in self._turn_pages(question, purpose, now)]
        read = [one for raw in raws if (one := _read_licence(raw)) is not None]
        if any((one.czztdmlx, one.czztdm) != (holder.code_type, holder.code) for one in read):
            raise self._line.fail("of-another-holder")
        return Answer(read, len(raws) - len(read))

    async def _turn_pages(self, question: dict[str, Any], purpose: str, now: datetime) -> AsyncGenerator[msgspec.Raw]:
        """Each by what the one before said; an end that never comes is a fault of the registry's."""
        after: str | None = None
        for _ in range(MOST_LICENCES // PAGE):
            more = {} if after is None else {"after": after}
            data = await self._ask(self._line, "query", question | more, purpose, now)
            if data is None:
                return
            found = self._read(data, _Found)
            for raw in found.licences:
                yield raw
            if found.next is None:
                return
            after = found.next
        raise self._line.fail("too-many")

    async def verify(self, identifier: str, *, purpose: str, now: datetime) -> LicenceTold | None:
        data = await self._ask(self._line, "verify", {"identifier": identifier}, purpose, now)
        told = None if data is None else self._read(data, LicenceTold)
        if told is not None and told.zzbs != identifier:
            raise self._line.fail("of-another-licence")
        return told

    async def download(self, file_no: str, *, purpose: str, now: datetime) -> bytes:
        data = await self._ask(self._files, "download", {"file_no": file_no}, purpose, now)
        # That one picture is not there says nothing of the registry: what it has of everybody else is asked on.
        return b"" if data is None else self._read(data, _File).content

    async def _ask(
        self, line: Line, operation: str, question: dict[str, Any], purpose: str, now: datetime
    ) -> msgspec.Raw | None:
        """None where the registry knows nothing of what was asked about."""
        body = msgspec.json.encode({**question, "purpose": purpose[:LONGEST_PURPOSE]})
        reply = await line.post(f"{self._url}/{operation}", self._headers(operation, body, now), body)
        if reply.status != _OK:
            raise self._refused(str(reply.status))
        envelope = self._read(msgspec.Raw(reply.body), _Envelope)
        if envelope.code == _UNKNOWN:
            return None
        if envelope.code in _BUSY:
            raise line.fail(envelope.code)
        if envelope.code != str(_OK):
            raise self._refused(envelope.code)
        if not bytes(envelope.data):
            raise line.fail("incomplete")
        return envelope.data

    def _headers(self, operation: str, body: bytes, now: datetime) -> dict[str, str]:
        moment = to_milliseconds(now)
        return {
            "content-type": "application/json",
            "x-registry-requester": self._requester,
            "x-registry-time": moment,
            "x-registry-signature": sign(self._key, operation, self._requester, moment, body),
        }

    def _read(self, data: msgspec.Raw, kind: type[_T]) -> _T:
        try:
            return msgspec.json.decode(data, type=kind)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            raise self._line.fail("unreadable") from None

    def _refused(self, code: str) -> ProviderRefusedError:
        log.error("licences.registry-refused", registry=self._registry_id, code=code[:_LONGEST_REASON])
        return ProviderRefusedError("The registry of licences declines this server's request.", code=code)


def _read_licence(raw: msgspec.Raw) -> LicenceTold | None:
    try:
        told = msgspec.json.decode(raw, type=LicenceTold)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return told if told.bgsj.tzinfo is not None else None

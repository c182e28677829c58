"""A strict stand-in of the enterprise registry: it answers as docs/enterprises.md defines it, and refuses what that
refuses. It knows plainly invented companies, and those that a test or a developer writes into its folder.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

import msgspec

from app.demo import InventedCompany, invent_companies
from app.development.mishaps import Answer, Fallible
from app.enterprises.credit_codes import read_credit_code
from app.enterprises.model import CompanyState, RegistryAnswer
from app.enterprises.registry import LONGEST_PURPOSE, Envelope, Question, RegistryAccess, sign
from app.errors import InvalidError
from app.identity.names import compare_form
from app.settings import Settings

REGISTRY_PATH = "/v1/development/enterprise-registry"
_SECRET = "development-only"  # noqa: S105  of the stand-in, which production never loads
_CLOCK_SKEW_MILLISECONDS = 300_000


class Registered(msgspec.Struct, frozen=True):
    """One entry of the register."""

    unified_social_credit_code: str
    name: str
    representative_name: str
    representative_id_number: str
    state: CompanyState = CompanyState.ACTIVE


class RegistryFiles:
    """The register: a small file for each company, which all processes share, over those of the demo."""

    def __init__(self, settings: Settings) -> None:
        self._folder = settings.data / "enterprise-registry"
        self._invented = {one.unified_social_credit_code: _enter(one) for one in invent_companies(settings.province)}

    def get(self, code: str) -> Registered | None:
        try:
            return msgspec.json.decode(self._path(code).read_bytes(), type=Registered)
        except FileNotFoundError:
            return self._invented.get(code)

    def put(self, entry: Registered) -> None:
        """Writes a company in, or what has become of it; raises InvalidError for a code that cannot be."""
        path = self._path(read_credit_code(entry.unified_social_credit_code).text)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_bytes(msgspec.json.encode(entry))
        draft.replace(path)

    def list_invented(self) -> list[Registered]:
        """The demo's companies, as they are now."""
        return [self.get(code) or entry for code, entry in self._invented.items()]

    def _path(self, code: str) -> Path:
        return self._folder / f"{code}.json"


def _enter(one: InventedCompany) -> Registered:
    person = one.representative
    return Registered(one.unified_social_credit_code, one.name, person.name, person.id_number)


def stand_in_registry_access(url: str) -> RegistryAccess:
    """Speaks to the stand-in of the server at `url`."""
    return RegistryAccess(
        url=f"{url}{REGISTRY_PATH}", requester="development", service="s_310000000000_0001", secret=_SECRET
    )


class EnterpriseRegistryStandIn(Fallible):
    """Whoever serves HTTP passes requests to `handle` and sends what it answers."""

    def __init__(self, settings: Settings, url: str, now: Callable[[], datetime]) -> None:
        super().__init__()
        self.files = RegistryFiles(settings)
        self._access = stand_in_registry_access(url)
        self._now = now
        self.purposes: list[str] = []
        """What it was asked for, in the order of asking."""

    def handle(self, method: str, path: str, _query: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answers a request given by its raw path, and headers by their names in lower case."""
        mishap = self._take_mishap()
        judged = self._judge(method, path, headers, body)
        answer = _say(Envelope(mishap.code), mishap.status) if mishap.code else judged
        return mishap.befall(answer)

    def _judge(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        if method != "POST" or not path.endswith(REGISTRY_PATH):
            return Answer(404, {}, b"")
        if not self._is_signed(headers):
            return _say(Envelope("401", "the signature is wrong"))
        try:
            asked = msgspec.json.decode(body, type=Question, strict=True)
        except msgspec.MsgspecError:
            return _say(Envelope("400", "the question cannot be read"))
        if not 0 < len(asked.purpose) <= LONGEST_PURPOSE:
            return _say(Envelope("400", "the purpose is missing or too long"))
        self.purposes.append(asked.purpose)
        try:
            code = read_credit_code(asked.unified_social_credit_code).text
        except InvalidError:
            return _say(Envelope("400", "this is no unified social credit code"))
        entry = self.files.get(code)
        return _say(Envelope("200", data=_answer(entry, asked)) if entry else Envelope("404", "no such entity"))

    def _is_signed(self, headers: Mapping[str, str]) -> bool:
        moment = headers.get("gjgxjhpt_rtime", "")
        if not (moment.isascii() and moment.isdigit()):
            return False
        is_fresh = abs(int(moment) - self._now().timestamp() * 1000) <= _CLOCK_SKEW_MILLISECONDS
        names = headers.get("gjgxjhpt_rid"), headers.get("gjgxjhpt_sid")
        is_known = names == (self._access.requester, self._access.service)
        given = headers.get("gjgxjhpt_sign", "").encode()
        return is_fresh and is_known and hmac.compare_digest(given, sign(self._access, moment).encode())


def _answer(entry: Registered, asked: Question) -> RegistryAnswer:
    """By name and number both: a namesake is somebody else."""
    is_named = compare_form(entry.representative_name) == compare_form(asked.representative_name)
    return RegistryAnswer(
        unified_social_credit_code=entry.unified_social_credit_code,
        name=entry.name,
        state=entry.state,
        representative_matches=is_named and entry.representative_id_number == asked.representative_id_number,
    )


def _say(envelope: Envelope, status: int = 200) -> Answer:
    return Answer(status, {"content-type": "application/json"}, msgspec.json.encode(envelope))

"""The enterprise registry: whether a person, by name and ID number, is the legal representative of an entity.

What the nation's registries answer to a server is told to those whom they have admitted, not to the public. So this is
a small interface of our own, in the manner of the national data sharing platform, whose gateways know a caller by the
headers `gjgxjhpt_rid`, `_sid`, `_rtime` and `_sign`; docs/enterprises.md defines it, and an adapter is expected in
front of what a province really has. The answer is of the entity alone, and yes or no of the person.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

import msgspec
import structlog

from app.enterprises.credit_codes import CreditCode
from app.enterprises.errors import EnterpriseUnknownError
from app.enterprises.model import RegistryAnswer
from app.identity.calling import Line, sign_text, to_milliseconds
from app.platforms.errors import ProviderRefusedError

log = structlog.get_logger()

LONGEST_PURPOSE = 200
_OK = 200
_UNKNOWN = "404"
_BUSY = {"429", "500", "503"}
_LONGEST_NAME = 200


class EnterpriseRegistry(Protocol):
    """Whoever knows which person represents which entity. Call none of it inside a transaction."""

    async def close(self) -> None:
        """Closes the connections."""
        ...

    async def ask(self, code: CreditCode, *, name: str, id_number: str, purpose: str, now: datetime) -> RegistryAnswer:
        """Raises EnterpriseUnknownError, and ProviderUnavailableError or ProviderRefusedError where it fails."""
        ...


class RegistryAccess(msgspec.Struct, frozen=True):
    """Where the registry is, and as whom to speak to it."""

    url: str
    requester: str
    service: str
    secret: str

    def __repr__(self) -> str:
        """Without the secret, wherever this may be printed."""
        return f"RegistryAccess({self.url})"


class Question(msgspec.Struct, frozen=True):
    """What the registry is asked."""

    unified_social_credit_code: str
    representative_name: str
    representative_id_number: str
    purpose: str

    def __repr__(self) -> str:
        """Without name and number, wherever this may be printed."""
        return f"Question({self.unified_social_credit_code})"


class Envelope(msgspec.Struct, frozen=True):
    """How the registry answers: with a code of its own, since gateways of this kind answer 200 to everything."""

    code: str
    message: str = ""
    data: RegistryAnswer | None = None


def sign(access: RegistryAccess, moment: str) -> str:
    """The gateways' signature: of service, requester and the time in milliseconds."""
    return sign_text(access.secret, f"{access.service}{access.requester}{moment}")


class RegistryClient:
    """A client of the registry, holding its connections open."""

    def __init__(self, access: RegistryAccess, *, timeout: float = 5.0) -> None:
        self._access = access
        self._line = Line("enterprise-registry", access.url, timeout=timeout, who="The enterprise registry")

    async def close(self) -> None:
        await self._line.close()

    async def ask(self, code: CreditCode, *, name: str, id_number: str, purpose: str, now: datetime) -> RegistryAnswer:
        question = Question(code.text, name, id_number, purpose[:LONGEST_PURPOSE])
        reply = await self._line.post(self._access.url, self._headers(now), msgspec.json.encode(question))
        if reply.status != _OK:
            raise self._refused(str(reply.status))
        try:
            envelope = msgspec.json.decode(reply.body, type=Envelope)
        except msgspec.MsgspecError:
            raise self._line.fail("unreadable") from None
        if envelope.code == _UNKNOWN:
            raise EnterpriseUnknownError
        if envelope.code in _BUSY:
            raise self._line.fail(envelope.code)
        if envelope.code != str(_OK):
            raise self._refused(envelope.code)
        return self._judge(envelope.data, code)

    def _headers(self, now: datetime) -> dict[str, str]:
        moment = to_milliseconds(now)
        return {
            "content-type": "application/json",
            "gjgxjhpt_rid": self._access.requester,
            "gjgxjhpt_sid": self._access.service,
            "gjgxjhpt_rtime": moment,
            "gjgxjhpt_sign": sign(self._access, moment),
        }

    def _judge(self, answer: RegistryAnswer | None, code: CreditCode) -> RegistryAnswer:
        if answer is None or not 0 < len(answer.name.strip()) <= _LONGEST_NAME:
            raise self._line.fail("incomplete")
        if answer.unified_social_credit_code != code.text:
            raise self._line.fail("of-another-question")
        return answer

    def _refused(self, code: str) -> ProviderRefusedError:
        log.error("enterprises.registry-refused", code=code[:16])
        return ProviderRefusedError("The enterprise registry declines this server's request.", code=code)

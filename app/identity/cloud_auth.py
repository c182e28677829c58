"""Face checks and the carrier's three factors through Alibaba Cloud's ID Verification, version 2019-03-07.

Operations InitFaceVerify, DescribeFaceVerify and Mobile3MetaDetailVerify. What their codes mean:
https://help.aliyun.com/zh/id-verification/financial-grade-id-verification/error-code and
https://help.aliyun.com/zh/id-verification/information-verification/developer-reference/rmzw1b9yiux29e5g
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NoReturn
from urllib.parse import urlsplit
from uuid import uuid4

import msgspec
import structlog

from app.errors import TooManyRequestsError
from app.identity.calling import Line
from app.identity.errors import EvidenceNotOfferedError, IdentityNotConfirmedError
from app.identity.model import FaceOutcome, StartedFace
from app.identity.numbers import BEIJING
from app.platforms.errors import ProviderRefusedError
from push import acs3

log = structlog.get_logger()

VERSION = "2019-03-07"
FORM = "application/x-www-form-urlencoded"
_PRODUCT = "ID_PRO"
_LIVENESS = "MULTI_ACTION"
_MAINLAND = re.compile(r"\+86(1[3-9]\d{9})")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_CODE_SHAPE = re.compile(r"[0-9]{3}|[A-Za-z]+(?:[._][A-Za-z]+)*")  # no longer digits: no number can pass for a code

_OK = "200"
_UNFINISHED = frozenset({"403", "424"})
_UNKNOWN_CHECK = "406"
_DEVICE_UNFIT = frozenset({"414", "415", "416"})
_TRIED_TOO_OFTEN = "418"
_NOT_CONFIRMED = frozenset({"401", "417", "427"})
"""A name or number that it cannot take, nothing on record to compare with, and its own doubts about the person."""
_FAULTY = frozenset({"500", "InternalError", "InternalFailure", "ServiceUnavailable"})
_CONSISTENT = "1"


class CloudAuthAccess(msgspec.Struct, frozen=True):
    """Where the service is, and as whom to speak to it."""

    url: str
    access_key_id: str
    access_key_secret: str
    scene_id: str

    def __repr__(self) -> str:
        """Without the secret, wherever this may be printed."""
        return f"CloudAuthAccess({self.url})"


class _Result(msgspec.Struct, rename="pascal"):
    certify_id: str = ""
    certify_url: str = ""
    passed: str = ""
    biz_code: str = ""


class _Answer(msgspec.Struct, rename="pascal"):
    """What matters of any answer; pictures and scores are left where they are."""

    code: str = ""
    result_object: _Result | None = None


class CloudAuth:
    """A client of the service, holding its connections open."""

    def __init__(self, access: CloudAuthAccess, *, timeout: float = 5.0) -> None:
        parts = urlsplit(access.url)
        self._access = access
        self._path = parts.path or "/"
        self._endpoint = f"{parts.scheme}://{parts.netloc}{self._path}"
        self._host = parts.hostname or ""
        if parts.port not in {None, _DEFAULT_PORTS.get(parts.scheme)}:
            self._host = f"{self._host}:{parts.port}"
        self._line = Line("cloudauth", access.url, timeout=timeout)

    async def close(self) -> None:
        await self._line.close()

    async def start_face(
        self, *, order: str, name: str, id_number: str, device: str, return_url: str | None, now: datetime
    ) -> StartedFace:
        """Begins a face check; `order` is our own name of it, 32 letters and digits."""
        query = {
            "SceneId": self._access.scene_id,
            "OuterOrderNo": order,
            "ProductCode": _PRODUCT,
            "CertType": "IDENTITY_CARD",  # of residence permits too
            "CertName": name,
            "CertNo": id_number,
            "MetaInfo": device,
        }
        if return_url is not None:
            query["ReturnUrl"] = return_url
        answer = await self._ask("InitFaceVerify", query, {"Model": _LIVENESS}, now)
        if answer.code in _DEVICE_UNFIT:
            raise EvidenceNotOfferedError("This phone cannot be used for a face check.")
        if answer.code != _OK:
            self._refuse(answer.code, now)
        result = answer.result_object
        if result is None or not result.certify_id:
            raise self._line.fail("no-certify-id")
        return StartedFace(result.certify_id, result.certify_url or None)

    async def describe_face(self, certify_id: str, now: datetime) -> FaceOutcome:
        """How a face check ended, where it has."""
        query = {"SceneId": self._access.scene_id, "CertifyId": certify_id}
        answer = await self._ask("DescribeFaceVerify", query, {}, now)
        if answer.code in _UNFINISHED:
            return FaceOutcome.PENDING
        if answer.code == _UNKNOWN_CHECK:
            return FaceOutcome.GONE
        if answer.code != _OK:
            self._refuse(answer.code, now)
        if answer.result_object is None or answer.result_object.passed not in {"T", "F"}:
            raise self._line.fail("no-outcome")
        return FaceOutcome.PASSED if answer.result_object.passed == "T" else FaceOutcome.FAILED

    async def match_carrier(self, *, name: str, id_number: str, phone: str, now: datetime) -> bool:
        """Whether the carrier has this phone under this name and number. Where it has no record, it has not."""
        mainland = _MAINLAND.fullmatch(phone)
        if mainland is None:
            raise EvidenceNotOfferedError("Only the mainland's carriers can be asked.")
        form = {"ParamType": "normal", "IdentifyNum": id_number, "UserName": name, "Mobile": mainland[1]}
        answer = await self._ask("Mobile3MetaDetailVerify", {}, form, now)
        if answer.code != _OK:
            self._refuse(answer.code, now)
        if answer.result_object is None or not answer.result_object.biz_code:
            raise self._line.fail("no-outcome")
        return answer.result_object.biz_code == _CONSISTENT

    async def _ask(self, action: str, query: Mapping[str, str], form: Mapping[str, str], now: datetime) -> _Answer:
        written = acs3.write_query(query)
        body = acs3.write_query(form).encode()
        address = f"{self._endpoint}?{written}" if written else self._endpoint
        reply = await self._line.post(address, self._sign(action, written, body, now), body)
        try:
            answer = msgspec.json.decode(reply.body, type=_Answer)
        except msgspec.DecodeError:
            raise self._line.fail("not-json") from None
        if answer.code in _FAULTY or answer.code.startswith("Throttling"):
            raise self._line.fail(answer.code)
        return answer

    def _sign(self, action: str, query: str, body: bytes, now: datetime) -> dict[str, str]:
        headers = acs3.write_headers(
            action=action, version=VERSION, host=self._host, body=body, at=now, nonce=uuid4().hex
        )
        headers["content-type"] = FORM
        signature = acs3.sign("POST", self._path, query, headers, secret=self._access.access_key_secret)
        sent = {name: value for name, value in headers.items() if name != "host"}
        authorization = acs3.authorize(self._access.access_key_id, headers, signature)
        return {**sent, "accept": "application/json", "authorization": authorization}

    def _refuse(self, code: str, now: datetime) -> NoReturn:
        """What the person could mend is said as theirs; all else is a fault of the deployment's account or settings."""
        if code in _NOT_CONFIRMED:
            raise IdentityNotConfirmedError
        if code == _TRIED_TOO_OFTEN:
            raise TooManyRequestsError(_seconds_of_the_day_left(now), "Too many face checks today.")
        shown = code if _CODE_SHAPE.fullmatch(code) else "no-code"
        log.error("identity.provider-refused", provider="cloudauth", code=shown)
        raise ProviderRefusedError("The identity authority declines this server's request.", code=shown)


def _seconds_of_the_day_left(now: datetime) -> int:
    local = now.astimezone(BEIJING)
    midnight = (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return int((midnight - local).total_seconds()) + 1

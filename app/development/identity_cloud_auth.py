"""A strict stand-in of Alibaba Cloud's ID Verification: face checks that somebody presses through, and the carriers.

Parameters and codes: https://help.aliyun.com/zh/id-verification/financial-grade-id-verification/error-code and
https://help.aliyun.com/zh/id-verification/information-verification/developer-reference/rmzw1b9yiux29e5g
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID, uuid4

import msgspec

from app.development.acs_door import AcsDoor, AcsRefusedError, read_pairs, refuse
from app.development.identity_files import FaceFile, IdentityFiles, certify_id_of
from app.development.identity_register import IdentityRegister
from app.development.mishaps import Answer, Fallible
from app.errors import InvalidError
from app.identity.cloud_auth import FORM, VERSION, CloudAuthAccess
from app.identity.names import compare_form
from app.identity.numbers import NumberKind, read_id_number

_ACTIONS = frozenset({"InitFaceVerify", "DescribeFaceVerify", "Mobile3MetaDetailVerify"})
_ORDER = re.compile(r"[0-9a-f]{32}")
_NAME = re.compile(r"[^A-Za-z0-9\s]{1,50}")
_MOBILE = re.compile(r"1[3-9]\d{9}")
_VIRTUAL = ("162", "165", "167", "170", "171")
"""Of operators without a network of their own, whose lists are not asked."""


class CloudAuthStandIn(Fallible):
    """Answers as the service does; whoever serves HTTP passes requests to `handle` and sends what it answers."""

    def __init__(
        self,
        access: CloudAuthAccess,
        files: IdentityFiles,
        register: IdentityRegister,
        *,
        page_url: Callable[[UUID], str],
        now: Callable[[], datetime],
    ) -> None:
        super().__init__()
        self._scene_id = access.scene_id
        self._door = AcsDoor(
            actions=_ACTIONS,
            version=VERSION,
            access_key_id=access.access_key_id,
            access_key_secret=access.access_key_secret,
            now=now,
        )
        self._files = files
        self._register = register
        self._page_url = page_url
        self._now = now

    def handle(self, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answers a request given by its raw path and query, and headers by their names in lower case."""
        mishap = self._take_mishap()
        try:
            parameters = self._door.open(method, path, query, headers, body)
            if mishap.code is not None:
                refuse(mishap.status, mishap.code)
            form = self._read_form(headers, body)
            answer = _write_answer(200, "200", self._act(headers["x-acs-action"], parameters, form))
        except AcsRefusedError as refused:
            answer = _write_answer(refused.status, refused.code, None)
        return mishap.befall(answer)

    @staticmethod
    def _read_form(headers: Mapping[str, str], body: bytes) -> dict[str, str]:
        if body and headers.get("content-type") != FORM:
            refuse(400, "UnsupportedMediaType")
        return read_pairs(body.decode("latin-1"))

    def _act(self, action: str, query: Mapping[str, str], form: Mapping[str, str]) -> Mapping[str, str]:
        if action == "InitFaceVerify":
            return self._start(query, form)
        if action == "DescribeFaceVerify":
            return self._describe(query)
        return self._match_carrier(form)

    def _start(self, query: Mapping[str, str], form: Mapping[str, str]) -> Mapping[str, str]:
        self._require_scene(query)
        names = ("OuterOrderNo", "ProductCode", "CertType", "CertName", "CertNo", "MetaInfo")
        order, product, kind, name, number, device = _require(query, *names)
        (model,) = _require(form, "Model")
        fits = product == "ID_PRO" and kind == "IDENTITY_CARD" and model in {"LIVENESS", "MULTI_ACTION"}
        if not fits or not _ORDER.fullmatch(order) or not device.startswith("{"):
            refuse(200, "401")
        self._require_card(name, number)
        check_id = UUID(hex=order)
        certify_id = certify_id_of(check_id)
        if self._files.get_face(certify_id) is not None:
            refuse(200, "401")  # an order's number names one check
        face = FaceFile(name, number, query.get("ReturnUrl"), self._now())
        self._files.save_face(certify_id, face)
        return {"CertifyId": certify_id, "CertifyUrl": self._page_url(check_id)}

    def _describe(self, query: Mapping[str, str]) -> Mapping[str, str]:
        self._require_scene(query)
        (certify_id,) = _require(query, "CertifyId")
        face = self._files.get_face(certify_id)
        if face is None:
            refuse(200, "406")
        if face.outcome is None:
            refuse(200, "424")
        if face.outcome == "fail":
            return {"Passed": "F", "SubCode": "204", "MaterialInfo": "{}"}
        if not self._register.knows(face.name, face.id_number, self._now()):
            return {"Passed": "F", "SubCode": "201", "MaterialInfo": "{}"}
        return {"Passed": "T", "SubCode": "200", "MaterialInfo": "{}"}

    def _match_carrier(self, form: Mapping[str, str]) -> Mapping[str, str]:
        kind, number, name, mobile = _require(form, "ParamType", "IdentifyNum", "UserName", "Mobile")
        if kind != "normal" or not _MOBILE.fullmatch(mobile):
            refuse(200, "401")
        self._require_card(name, number)
        if mobile.startswith(_VIRTUAL):
            return {"BizCode": "3", "SubCode": "301"}
        sub_code = self._compare(name, number, f"+86{mobile}")
        return {"BizCode": "1" if sub_code == "101" else "2", "SubCode": sub_code, "IspName": "CMCC"}

    def _compare(self, name: str, number: str, phone: str) -> str:
        """101 where all three belong together; 201 neither, 202 the name alone, 203 the number alone fits the phone."""
        holder, named = self._register.by_phone(phone), self._register.by_number(number)
        if holder is None:
            known = named is None and self._register.knows(name, number, self._now())
            return "101" if known else "201"
        fits_name = compare_form(holder.name) == compare_form(name)
        if holder.id_number == number:
            return "101" if fits_name else "203"
        return "202" if fits_name else "201"

    def _require_scene(self, query: Mapping[str, str]) -> None:
        (scene,) = _require(query, "SceneId")
        if scene != self._scene_id:
            refuse(200, "404")

    def _require_card(self, name: str, number: str) -> None:
        """ID cards and residence permits alone, under names without Latin letters, as the real service has it."""
        try:
            kind = read_id_number(number, self._now()).kind
        except InvalidError:
            refuse(200, "401")
        if kind is NumberKind.FOREIGNER or not _NAME.fullmatch(name):
            refuse(200, "401")


def _require(parameters: Mapping[str, str], *names: str) -> list[str]:
    if not all(parameters.get(name) for name in names):
        refuse(200, "400")
    return [parameters[name] for name in names]


def _write_answer(status: int, code: str, result: Mapping[str, str] | None) -> Answer:
    body: dict[str, object] = {
        "RequestId": str(uuid4()).upper(),
        "Code": code,
        "Message": "success" if code == "200" else f"Refused: {code}.",
    }
    if result is not None:
        body["ResultObject"] = result
    return Answer(status, {"content-type": "application/json;charset=utf-8"}, msgspec.json.encode(body))

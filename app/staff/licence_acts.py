"""Dangerous acts about licences: a kind changed or taken away for everybody, and a purpose let ask for more."""

from __future__ import annotations

from datetime import datetime

import msgspec

from app.database import Connection
from app.errors import ForbiddenError, InvalidError
from app.licences.changing import (
    Changer,
    decode_type,
    let_ask,
    put_type,
    require_askable,
    require_puttable,
    require_withdrawable,
    withdraw_type,
)
from app.licences.type_rules import Asked
from app.people.model import ResidentCaller, Role
from app.staff.model import Proposal
from app.staff.registry import DangerousAct, Draft, Prepared

PUT_TYPE = "licence-type.put"
WITHDRAW_TYPE = "licence-type.withdraw"
LET_ASK = "purpose.licence"
_BETWEEN = ","
BETWEEN_BREAKS = "; "
"""What a change breaks stands in a proposal's details sentence by sentence, in English."""


def licence_acts() -> list[DangerousAct]:
    """Each says in its details what it would break, so that the second person knows what they let happen."""
    return [_put_type(), _withdraw_type(), _let_ask()]


def _put_type() -> DangerousAct:
    async def prepare(db: Connection, _caller: ResidentCaller, draft: Draft, _now: datetime) -> Prepared:
        if draft.licence_type is None:
            raise InvalidError("", "Say what the kind is to be.")
        breaks = await require_puttable(db, draft.licence_type)
        definition = msgspec.json.encode(draft.licence_type).decode()
        return Prepared(None, _details(draft.licence_type.id, breaks) | {"definition": definition})

    async def execute(db: Connection, proposal: Proposal, caller: ResidentCaller, now: datetime) -> None:
        kind = decode_type(proposal.details["definition"])
        _require_read(proposal, await put_type(db, _changer(caller), kind, force=True, now=now))

    return DangerousAct(PUT_TYPE, prepare, execute)


def _withdraw_type() -> DangerousAct:
    async def prepare(db: Connection, _caller: ResidentCaller, draft: Draft, _now: datetime) -> Prepared:
        if draft.type_id is None:
            raise InvalidError("", "Say which kind.")
        return Prepared(None, _details(draft.type_id, await require_withdrawable(db, draft.type_id)))

    async def execute(db: Connection, proposal: Proposal, caller: ResidentCaller, now: datetime) -> None:
        type_id = proposal.details["type_id"]
        _require_read(proposal, await withdraw_type(db, _changer(caller), type_id, force=True, now=now))

    return DangerousAct(WITHDRAW_TYPE, prepare, execute)


def _let_ask() -> DangerousAct:
    async def prepare(db: Connection, _caller: ResidentCaller, draft: Draft, _now: datetime) -> Prepared:
        if draft.asked is None:
            raise InvalidError("", "Say what the purpose is to ask.")
        await require_askable(db, draft.asked)
        return Prepared(None, _write_asked(draft.asked))

    async def execute(db: Connection, proposal: Proposal, caller: ResidentCaller, now: datetime) -> None:
        await let_ask(db, _changer(caller), _read_asked(proposal.details), now)

    return DangerousAct(LET_ASK, prepare, execute)


def _details(type_id: str, breaks: list[str]) -> dict[str, str]:
    return {"type_id": type_id} | ({"breaks": BETWEEN_BREAKS.join(breaks)} if breaks else {})


def _require_read(proposal: Proposal, broken: list[str]) -> None:
    """Both persons agreed to what they read: what the change breaks besides, since others were made, nobody did."""
    if set(broken) - set(proposal.details.get("breaks", "").split(BETWEEN_BREAKS)):
        raise ForbiddenError("By now it breaks more than was said when it was proposed: propose it anew.")


def _write_asked(asked: Asked) -> dict[str, str]:
    return {
        "purpose": asked.purpose,
        "type_id": asked.type_id,
        "fields": _BETWEEN.join(asked.fields),
        "kept_days": str(asked.kept_days),
    }


def _read_asked(details: dict[str, str]) -> Asked:
    fields = details["fields"].split(_BETWEEN)
    return Asked(details["purpose"], details["type_id"], fields, int(details["kept_days"]))


def _changer(caller: ResidentCaller) -> Changer:
    return Changer(caller.resident_id, Role.OPERATOR.value)

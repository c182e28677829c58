"""The dangerous act of letting a verifier elsewhere ask residents here."""

from __future__ import annotations

from datetime import datetime

import msgspec

from app.database import Connection
from app.errors import InvalidError
from app.people.model import ResidentCaller
from app.staff.model import Proposal
from app.staff.registry import DangerousAct, Draft, Prepared
from app.venues.naming import get_venue_names
from app.wallet.verifiers import VerifierSketch, check_sketch, register_verifier

REGISTER = "verifier.register"


def verifier_act(*, allows_loopback: bool) -> DangerousAct:
    """Its details are the whole verifier, so that the second person sees whom they let in, and in whose name."""

    async def prepare(db: Connection, _caller: ResidentCaller, draft: Draft, _now: datetime) -> Prepared:
        if draft.verifier is None:
            raise InvalidError("", "Say who the verifier is.")
        sketch = await check_sketch(db, draft.verifier, allows_loopback=allows_loopback)
        said = msgspec.json.encode(sketch).decode()
        names = await get_venue_names(db, [sketch.venue_id])
        shown = {"client_id": sketch.client_id, "name": sketch.name, "venue": names.get(sketch.venue_id, "")}
        return Prepared(None, {**shown, "verifier": said})

    async def execute(db: Connection, proposal: Proposal, _caller: ResidentCaller, now: datetime) -> None:
        sketch = msgspec.json.decode(proposal.details["verifier"], type=VerifierSketch)
        checked = await check_sketch(db, sketch, allows_loopback=allows_loopback)
        await register_verifier(db, checked, proposed_by=proposal.proposed_by, now=now)

    return DangerousAct(REGISTER, prepare, execute)

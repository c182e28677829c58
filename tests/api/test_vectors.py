"""Every vector through the API: a server with the vectors' keys and list, at each vector's time, answers as it says.

What verifies is spent, so each good vector finds a subject of its kind and nothing claimed before it.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from api import scans
from app.settings import Settings
from codes import TrustList, VerifiedCode, read_trust_list
from codes.errors import KeyRingError
from codes.handles import HandleKey
from tests.api.harness import Api, Gate, make_gate, make_person, running_api, scan, slug_of
from tests.codes.test_vectors import CASES, HELD, VECTORS
from tests.vectors.crafting import NOW, SUBJECT_NO
from tests.vectors.keys import HANDLE_KEY

_HOME = "31"
_PAPER = """
    INSERT INTO paper_codes (subject_no, paper_id, list_no, place, issued_at, expires_at, issued_by, issued_as)
    VALUES ($1, $2, $3, $4, $5, $6, $2, 'self') ON CONFLICT (subject_no, list_no, place) DO NOTHING"""
_BATCH = """
    INSERT INTO certificate_batches (subject_no, batch_id, session_id, list_no, places, issued_at, expires_at)
    VALUES ($1, $2, $2, $3, $4, $5, $6)"""
GOOD = [case for case in CASES if case.get("claims", {}).get("form", "licence") != "licence"]
LICENCES = [case for case in CASES if case.get("claims", {}).get("form") == "licence"]
NEGATIVE = [case for case in CASES if "refusal" in case]


class VectorRing:
    """Opens the vectors' handles, all sealed by one key, as the ring of their province would."""

    province = _HOME

    def open_handle(self, code: VerifiedCode) -> int:
        if code.issuer != self.province:
            raise KeyRingError("key-ring-foreign")
        return HandleKey(HANDLE_KEY).open(code.handle)


@pytest.fixture(scope="module")
def trust() -> TrustList:
    return read_trust_list(VECTORS["trust_list"], now=NOW, root_fingerprint=VECTORS["root_fingerprint"])


@pytest.fixture(scope="module")
async def vector_api(roomy: Settings, trust: TrustList) -> AsyncGenerator[Api]:
    """The application, with what was made from the vectors' keys in place of its own."""
    async with running_api(roomy) as running:
        own = running.services
        running.services = msgspec.structs.replace(
            own,
            trust=SimpleNamespace(current=trust),
            room=msgspec.structs.replace(own.room, ring=VectorRing()),
            scan_limit=SimpleNamespace(claim=lambda *_: None),  # which counts by a clock that never goes back
        )
        running.litestar.state.services = running.services
        yield running
        running.litestar.state.services = own


@pytest.fixture(scope="module")
async def vector_gate(vector_api: Api) -> Gate:
    """At a venue whose purpose learns of nobody, so that it takes codes of every form."""
    return await make_gate(vector_api, purpose="metro-gate")


@pytest.fixture(scope="module")
async def holder(vector_api: Api) -> None:
    """Whose number the vectors' handles have."""
    person = await make_person(vector_api)
    await vector_api.services.pool.execute(
        "INSERT INTO subjects (subject_no, kind, resident_id, codes_valid_from, created_at, binding_id, principal_id) "
        "VALUES ($1, 'personal', $2, $3, $3, $4, $2)",
        SUBJECT_NO,
        person.resident_id,
        NOW - timedelta(days=400),
        uuid4(),
    )


@pytest.fixture
def at_time_of(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Sets the clock by which scanCode decides to a case's time."""

    def set_clock(case: dict[str, Any]) -> None:
        monkeypatch.setattr(scans, "now", lambda: datetime.fromisoformat(case["at"]))

    return set_clock


@pytest.mark.parametrize("case", NEGATIVE, ids=[case["name"] for case in NEGATIVE])
async def test_each_refusal_is_the_apis(
    vector_api: Api, vector_gate: Gate, at_time_of: Any, case: dict[str, Any]
) -> None:
    at_time_of(case)
    refused = await scan(vector_api, vector_gate, case["text"])
    assert (refused.status_code, slug_of(refused)) == (422, case["refusal"])


@pytest.mark.parametrize("case", GOOD, ids=[case["name"] for case in GOOD])
async def test_each_good_code_is_spent(
    vector_api: Api, vector_gate: Gate, holder: None, at_time_of: Any, case: dict[str, Any]
) -> None:
    assert holder is None
    at_time_of(case)
    claims = case["claims"]
    if claims["issuer"] == _HOME:
        await _prepare(vector_api, claims)
    answered = await scan(vector_api, vector_gate, case["text"])
    if claims["issuer"] != _HOME:
        assert (answered.status_code, slug_of(answered)) == (422, "code-issuer-unknown")
        return
    assert answered.status_code == 201, answered.text
    assert (answered.json()["form"], answered.json()["province"]) == (claims["form"], _HOME)
    again = await scan(vector_api, vector_gate, case["text"])
    assert again.status_code == (201 if claims["form"] == "paper" else 409), again.text


@pytest.mark.parametrize("case", LICENCES, ids=[case["name"] for case in LICENCES])
async def test_no_licence_in_hand_is_taken_for_a_code(
    vector_api: Api, vector_gate: Gate, holder: None, at_time_of: Any, case: dict[str, Any]
) -> None:
    """Good as it is, and whoever's it is: what stands in it is asked for by itself."""
    assert holder is None
    at_time_of(case)
    claimed = await vector_api.services.pool.fetchval("SELECT count(*) FROM accesses")
    refused = await scan(vector_api, vector_gate, case["text"])
    assert (refused.status_code, slug_of(refused)) == (422, "code-form-refused")
    assert await vector_api.services.pool.fetchval("SELECT count(*) FROM accesses") == claimed


async def _prepare(api: Api, claims: dict[str, str]) -> None:
    """Nothing is claimed yet; and what a place in a status list stands for is there."""
    pool = api.services.pool
    await pool.execute("DELETE FROM accesses WHERE subject_no = $1", SUBJECT_NO)
    await pool.execute("UPDATE subjects SET kind = $2 WHERE subject_no = $1", SUBJECT_NO, claims["kind"])
    if "status" not in claims:
        return
    list_no, place = map(int, claims["status"].split(":"))
    issued_at, expires_at = NOW - timedelta(days=200), NOW + timedelta(days=200)
    if claims["form"] == "paper":
        await pool.execute(_PAPER, SUBJECT_NO, uuid4(), list_no, place, issued_at, expires_at)
    else:
        await pool.execute(_BATCH, SUBJECT_NO, uuid4(), list_no, [place], issued_at, expires_at)


def test_the_negative_catalogue_is_a_catalogue() -> None:
    """Sixty and more that say by their names what is wrong with them, of each prefix and with each refusal."""
    assert len(NEGATIVE) >= 60
    names = [case["name"] for case in NEGATIVE]
    assert len(set(names)) == len(names)
    for name, vectors in HELD.items():
        refused = [case for case in vectors["cases"] if "refusal" in case]
        assert len(refused) >= 30, name
        for case in refused:
            about, _, what = case["name"].partition(": ")
            assert about
            assert what, case["name"]

"""Consents: listed, given, taken back with effect at once; refusing what is not essential costs nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from app.people.model import Role
from app.rights.kinds import KINDS
from tests.api.harness import Api, Session, issue_code, log_in, make_gate, make_person, scan, slug_of, wait_refused

_OPTIONAL = [kind.kind for kind in KINDS.values() if not kind.is_essential]


async def list_consents(api: Api, session: Session, **more: Any) -> dict[str, dict[str, Any]]:
    response = await api.get("/v1/me/consents", by=session, **more)
    assert response.status_code == 200
    return {one["kind"]: one for one in response.json()["items"]}


async def test_they_say_what_for_and_on_what_law(api: Api, resident: Session) -> None:
    chinese = await list_consents(api, resident)
    english = await list_consents(api, resident, headers={"Accept-Language": "en"})
    assert chinese.keys() == KINDS.keys()
    for kind in chinese:
        assert chinese[kind]["title"] != english[kind]["title"]
        assert all(chinese[kind][field] for field in ("title", "purpose", "basis", "withdrawing"))
    assert {kind: one["state"] for kind, one in chinese.items()} == {
        "terms": "granted",
        "identity": "granted",
        "masked-name": "granted",
        "location": "never",
        "location-background": "never",
        "messages-wechat": "never",
        "messages-alipay": "never",
    }


async def test_a_switch_is_put_on_and_off_and_its_history_kept(api: Api, resident: Session) -> None:
    for _ in range(2):
        given = await api.call("PUT", "/v1/me/consents/location", by=resident, json={"version": 2})
        assert given.json()["state"] == "granted"
        again = await api.call("PUT", "/v1/me/consents/location", by=resident, json={"version": 2})
        assert again.json() == given.json()
        taken = await api.delete("/v1/me/consents/location", by=resident)
        assert (taken.status_code, taken.json()["state"]) == (200, "withdrawn")
    held = await api.services.pool.fetchval(
        "SELECT count(*) FROM consents WHERE resident_id = $1 AND withdrawn_at IS NOT NULL", resident.person.resident_id
    )
    assert held == 2


@pytest.mark.parametrize("version", [1, 3, 10_000])
async def test_other_words_than_those_in_force_are_refused(api: Api, resident: Session, version: int) -> None:
    response = await api.call("PUT", "/v1/me/consents/location", by=resident, json={"version": version})
    assert (slug_of(response), response.json()["errors"][0]["pointer"]) == ("invalid-request", "/version")


async def test_a_masked_name_is_withheld_from_the_next_scan_on(api: Api, resident: Session) -> None:
    gate = await make_gate(api)
    before = await scan(api, gate, await issue_code(api, resident))
    assert before.json()["holder"] == {"masked_name": "王**"}
    assert (await api.delete("/v1/me/consents/masked-name", by=resident)).status_code == 200
    after = await scan(api, gate, await issue_code(api, resident))
    assert after.json()["holder"].get("masked_name") is None
    latest, first = (await api.get("/v1/me/accesses", by=resident)).json()["items"]
    assert "masked_name" in first["fields"]
    assert "masked_name" not in latest["fields"]
    await api.call("PUT", "/v1/me/consents/masked-name", by=resident, json={"version": 1})
    again = await scan(api, gate, await issue_code(api, resident))
    assert again.json()["holder"] == {"masked_name": "王**"}


async def test_withdrawing_the_identity_erases_it_and_ends_what_rests_on_it(api: Api, resident: Session) -> None:
    pool, person = api.services.pool, resident.person
    gate, code = await make_gate(api), await issue_code(api, resident)
    assert (await api.delete("/v1/me/consents/identity", by=resident)).json()["state"] == "withdrawn"
    assert slug_of(await scan(api, gate, code)) == "code-revoked"
    row = await pool.fetchrow(
        "SELECT sealed_name, sealed_id_number, verified_at FROM residents WHERE resident_id = $1", person.resident_id
    )
    assert row is not None
    assert list(row.values()) == [None, None, None]
    assert not await pool.fetchval("SELECT count(*) FROM identity_lookups WHERE resident_id = $1", person.resident_id)
    assert slug_of(await wait_refused(api, resident)) == "unauthenticated"
    again = await log_in(api, person)
    assert again.assurance == "phone"
    refused = await api.post("/v1/codes", by=again, json={"kind": "personal"})
    assert slug_of(refused) == "identity-not-verified"
    stands = await list_consents(api, again)
    assert stands["identity"]["state"] == "withdrawn"


async def test_refusing_whatever_is_not_essential_blocks_nothing_basic(api: Api, resident: Session) -> None:
    """PIPL, article 16: logging in, codes, scans, accesses and messages work with every optional consent refused."""
    for kind in _OPTIONAL:
        if kind != "identity":
            assert (await api.delete(f"/v1/me/consents/{kind}", by=resident)).status_code == 200
    session = await log_in(api, resident.person)
    assert session.assurance == "verified"
    scanned = await scan(api, await make_gate(api), await issue_code(api, session))
    assert scanned.status_code == 201
    assert len((await api.get("/v1/me/accesses", by=session)).json()["items"]) == 1
    assert (await api.get("/v1/me/messages", by=session)).status_code == 200
    assert (await api.get("/v1/me/export", by=session)).status_code == 200


async def test_an_installation_that_nobody_let_in_sees_and_changes_none(api: Api, newcomer: Session) -> None:
    answers = [
        await api.get("/v1/me/consents", by=newcomer),
        await api.call("PUT", "/v1/me/consents/location", by=newcomer, json={"version": 2}),
        await api.delete("/v1/me/consents/identity", by=newcomer),
    ]
    assert {slug_of(answer) for answer in answers} == {"installation-not-approved"}


async def test_who_holds_a_role_keeps_the_identity(api: Api) -> None:
    manager = await log_in(api, await make_person(api, role=Role.MANAGER))
    assert slug_of(await api.delete("/v1/me/consents/identity", by=manager)) == "role-held"
    assert (await api.post("/v1/codes", by=manager, json={"kind": "personal"})).status_code == 201


async def test_a_kind_that_is_none_is_not_found(api: Api, resident: Session) -> None:
    assert slug_of(await api.delete("/v1/me/consents/horoscope", by=resident)) == "not-found"

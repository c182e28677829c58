"""Proving an identity: what each kind of evidence leads to, and what a claim takes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TypeAlias
from uuid import UUID, uuid4

import httpx
import pytest

from api.services import now
from app.database import transaction
from app.people.guardian_confirming import confirm
from app.people.guardian_model import ConfirmedBy
from tests.api.claimants import NAME, Town, Visitor, answer_of, invent_user, read_visitor
from tests.api.harness import invent_phone, make_gate, scan
from tests.harness.identity import invent_id_number

Prove: TypeAlias = Callable[[Town, Visitor, str, str], Awaitable[httpx.Response]]

PROVE: dict[str, Prove] = {
    "face": lambda town, by, number, _: town.prove_by_face(by, number),
    "network-credential": lambda town, by, _, phone: town.prove_by_credential(by, phone),
    "carrier": lambda town, by, number, _: town.prove_by_carrier(by, number),
}
each_kind = pytest.mark.parametrize("kind", PROVE)


@each_kind
async def test_an_identity_that_has_no_resident_becomes_the_callers(town: Town, kind: str) -> None:
    phone, number = invent_phone(), invent_id_number(age=30)
    visitor = await town.open(await town.otp(phone))
    response = await PROVE[kind](town, visitor, number, phone)
    assert response.status_code == 200, response.text
    assert response.headers["cache-control"] == "no-store"
    proven = read_visitor(response, visitor.installation_id)
    assert (proven.resident_id, proven.assurance) == (visitor.resident_id, "verified")
    assert (await town.api.get("/v1/me", by=visitor)).status_code == 401  # the session of before is over
    me = (await town.api.get("/v1/me", by=proven)).json()
    assert (me["identity_verified"], me["masked_name"]) == (True, None if kind == "network-credential" else "王**")
    assert "identity.proven" in await town.told(visitor.resident_id)


async def test_whoever_is_proven_shows_a_code(town: Town) -> None:
    visitor = await town.open(town.wechat(invent_user()))
    proven = read_visitor(await town.prove_by_face(visitor, invent_id_number(age=30)), visitor.installation_id)
    gate = await make_gate(town.api)
    code = await town.api.post("/v1/codes", by=proven, json={"kind": "personal"})
    scanned = await scan(town.api, gate, code.json()["code"])
    assert scanned.json()["holder"]["masked_name"] == "王**"


async def test_a_network_credential_leaves_neither_name_nor_number(town: Town) -> None:
    """None is asked for, and one that is given all the same is refused."""
    phone = invent_phone()
    visitor = await town.open(await town.otp(phone))
    number = invent_id_number(age=30)
    refused = await town.prove_by_credential(visitor, phone, name=NAME, id_number=number)
    assert answer_of(refused) == "invalid-request"
    assert number not in refused.text
    assert (await town.prove_by_credential(visitor, phone)).status_code == 200
    row = await town.api.services.pool.fetchrow(
        "SELECT sealed_name, sealed_id_number, verified_by FROM residents WHERE resident_id = $1", visitor.resident_id
    )
    assert row is not None
    assert tuple(row) == (None, None, "network-credential")


async def test_a_name_that_an_authority_masks_is_shown_masked(town: Town) -> None:
    known = town.authority.register.people[1]
    visitor = await town.open(await town.otp(invent_phone()))
    response = await town.prove_by_credential(visitor, known.phone)
    assert response.status_code == 200, response.text
    me = await town.api.get("/v1/me", by=read_visitor(response, visitor.installation_id))
    assert me.json()["masked_name"] == f"{known.name[0]}**"


async def test_other_sessions_end_when_the_identity_is_proven(town: Town) -> None:
    """Their tokens say that there is nothing to protect; one may be of whoever had the number before."""
    phone = invent_phone()
    first, second = [await town.open(await town.otp(phone)) for _ in range(2)]
    assert (await town.prove_by_face(first, invent_id_number(age=30))).status_code == 200
    refused = await town.api.post("/v1/sessions/refresh", json={"refresh_token": second.refresh_token})
    assert answer_of(refused) == "session-expired"
    again = await town.open(await town.otp(phone), second.installation_id)
    assert again.assurance == "phone"
    assert (await town.api.get("/v1/me", by=again)).json()["masked_name"] is None


async def test_what_the_authority_does_not_confirm_tells_nothing(town: Town) -> None:
    """The same answer whether the identity has a resident or not."""
    person, _ = await town.make_owner()
    visitor = await town.open(town.wechat(invent_user()))
    answers = [
        await town.prove_by_face(visitor, number, passes=False)
        for number in (person.id_number, invent_id_number(age=30))
    ]
    known, unknown = [{k: v for k, v in one.json().items() if k != "request_id"} for one in answers]
    assert known == unknown
    assert [answer_of(one) for one in answers] == ["identity-not-confirmed"] * 2
    assert await town.told(person.resident_id) == []
    assert await town.list_claims(visitor) == []


async def test_presence_lets_a_new_installation_of_ones_own_in(town: Town) -> None:
    person, _ = await town.make_owner()
    newcomer = await town.open(await town.otp(person.phone))
    assert newcomer.assurance == "phone"
    proven = read_visitor(await town.prove_by_face(newcomer, person.id_number), newcomer.installation_id)
    assert (proven.resident_id, proven.assurance) == (person.resident_id, "verified")
    assert (await town.told(person.resident_id))[-1] == "installation.proven"


async def test_a_carriers_word_leaves_a_trusted_installation_as_it_is(town: Town) -> None:
    person, owner = await town.make_owner()
    response = await town.prove_by_carrier(owner, person.id_number)
    assert response.status_code == 200, response.text
    assert read_visitor(response, owner.installation_id).is_verified


async def test_one_account_is_one_persons(town: Town) -> None:
    """Whoever is present as another than the account's owner is refused, whether or not that other has a resident."""
    person, owner = await town.make_owner()
    other, _ = await town.make_owner()
    newcomer = await town.open(await town.otp(person.phone))
    for by in (owner, newcomer):
        for number in (other.id_number, invent_id_number(age=30)):
            assert answer_of(await town.prove_by_face(by, number)) == "identity-differs"
    assert await town.list_claims(newcomer) == []


async def test_a_carrier_vouches_for_the_phone_that_opened_the_session(town: Town) -> None:
    visitor = await town.open(town.wechat(invent_user()))
    number = invent_id_number(age=30)
    refused = await town.prove_by_carrier(visitor, number)
    assert (answer_of(refused), refused.json()["errors"][0]["pointer"]) == ("invalid-request", "/evidence/kind")
    phone = invent_phone()
    assert (await town.link(visitor, await town.otp(phone))).status_code == 201
    assert answer_of(await town.prove_by_carrier(visitor, number)) == "invalid-request"
    by_phone = await town.open(await town.otp(phone))
    assert (await town.prove_by_carrier(by_phone, number)).status_code == 200


async def test_a_claim_by_presence_waits_a_day_and_everyone_is_told(town: Town) -> None:
    person, owner = await town.make_owner()
    user = invent_user()
    claimant = await town.open(town.wechat(user))
    opened = await town.prove_by_face(claimant, person.id_number)
    assert opened.status_code == 202
    body = opened.json()
    assert body.keys() == {"claim_id", "due_at", "expires_at"}
    assert timedelta(hours=23.9) < datetime.fromisoformat(body["due_at"]) - now() <= timedelta(hours=24)
    claim_id = UUID(body["claim_id"])
    assert sorted(await town.told(person.resident_id)) == ["claim.maturing", "text claim.maturing"]
    assert answer_of(await town.decide(claimant, claim_id, "complete")) == "claim-not-ready"
    [mine], [on_me] = await town.list_claims(claimant), await town.list_claims(owner)
    assert (mine["on_me"], mine["state"], mine["ready"]) == (False, "open", False)
    assert (on_me["on_me"], on_me["id"], on_me["evidence"]) == (True, str(claim_id), "face")
    await town.let_a_day_pass(claim_id)
    assert (await town.list_claims(claimant))[0]["ready"] is True
    let_in = await town.complete(claimant, claim_id)
    assert (let_in.resident_id, let_in.assurance) == (person.resident_id, "verified")
    assert (await town.open(town.wechat(user))).resident_id == person.resident_id
    assert (await town.told(person.resident_id)).count("claim.completed") == 1
    assert answer_of(await town.decide(let_in, claim_id, "complete")) == "not-found"


async def test_an_approval_lets_the_claimant_in_at_once(town: Town) -> None:
    person, owner = await town.make_owner()
    claimant = await town.open(town.wechat(invent_user()))
    claim_id = await town.claim(claimant, person.id_number)
    assert answer_of(await town.decide(owner, claim_id, "approve")) == "204"
    assert "claim.approved" in await town.told(claimant.resident_id)
    assert (await town.complete(claimant, claim_id)).is_verified


async def test_nothing_of_the_merged_account_is_lost(town: Town) -> None:
    """Its logins, its phone, its messages and what is under way are the resident's."""
    person, owner = await town.make_owner()
    phone, user = invent_phone(), invent_user()
    claimant = await town.open(await town.otp(phone))
    await town.link(claimant, town.wechat(user))
    await town.link(claimant, town.alipay(user))
    claim_id = await town.claim(claimant, person.id_number)
    before = set(await town.told(claimant.resident_id))
    await town.decide(owner, claim_id, "approve")
    let_in = await town.complete(claimant, claim_id)
    kinds = [login["kind"] for login in await town.list_logins(let_in)]
    assert sorted(kinds) == ["alipay", "phone", "phone", "wechat"]
    for grant in (town.wechat(user), town.alipay(user), await town.otp(phone), await town.otp(person.phone)):
        assert (await town.open(grant)).resident_id == person.resident_id
    assert before <= set(await town.told(person.resident_id))
    assert await town.told(claimant.resident_id) == []
    refused = await town.api.post("/v1/sessions/refresh", json={"refresh_token": claimant.refresh_token})
    assert answer_of(refused) == "session-expired"
    assert (await town.api.get("/v1/me", by=claimant)).status_code == 401


async def test_better_evidence_ripens_the_claim_under_way(town: Town) -> None:
    person, _ = await town.make_owner()
    claimant = await town.open(await town.otp(invent_phone()))
    weak = (await town.prove_by_carrier(claimant, person.id_number)).json()
    strong = (await town.prove_by_face(claimant, person.id_number)).json()
    again = (await town.prove_by_carrier(claimant, person.id_number)).json()
    assert weak["due_at"] is None
    assert strong["due_at"] is not None
    assert weak["claim_id"] == strong["claim_id"] == again["claim_id"]
    assert again["due_at"] == strong["due_at"]


async def test_a_claim_is_completed_where_it_was_opened(town: Town) -> None:
    person, owner = await town.make_owner()
    user = invent_user()
    claimant = await town.open(town.wechat(user))
    claim_id = await town.claim(claimant, person.id_number)
    await town.decide(owner, claim_id, "approve")
    elsewhere = await town.open(town.wechat(user))
    assert answer_of(await town.decide(elsewhere, claim_id, "complete")) == "not-found"
    assert (await town.complete(claimant, claim_id)).is_verified


async def test_a_claim_ends_when_nobody_completes_it(town: Town) -> None:
    person, owner = await town.make_owner()
    claimant = await town.open(town.wechat(invent_user()))
    claim_id = await town.claim(claimant, person.id_number)
    await town.api.services.pool.execute(
        "UPDATE identity_claims SET expires_at = $2 WHERE claim_id = $1", claim_id, now()
    )
    assert (await town.list_claims(claimant))[0]["state"] == "expired"
    for by, act in ((claimant, "complete"), (owner, "approve"), (owner, "deny")):
        assert answer_of(await town.decide(by, claim_id, act)) == "claim-ended"
    assert await town.claim(claimant, person.id_number) != claim_id


async def test_only_the_two_know_of_a_claim(town: Town) -> None:
    person, owner = await town.make_owner()
    _, stranger = await town.make_owner()
    claimant = await town.open(town.wechat(invent_user()))
    claim_id = await town.claim(claimant, person.id_number)
    newcomer = await town.open(await town.otp(person.phone))
    assert await town.list_claims(stranger) == []
    assert await town.list_claims(newcomer) == []
    assert [answer_of(await town.decide(stranger, claim_id, act)) for act in ("approve", "deny", "complete")] == [
        "not-found"
    ] * 3
    assert answer_of(await town.decide(newcomer, claim_id, "approve")) == "installation-not-approved"
    assert answer_of(await town.decide(claimant, claim_id, "approve")) == "identity-not-verified"
    assert answer_of(await town.decide(owner, claim_id, "complete")) == "not-found"
    assert answer_of(await town.decide(owner, uuid4(), "approve")) == "not-found"


async def test_an_approval_that_is_repeated_changes_nothing_and_can_be_taken_back(town: Town) -> None:
    person, owner = await town.make_owner()
    claimant = await town.open(town.wechat(invent_user()))
    claim_id = await town.claim(claimant, person.id_number)
    assert [answer_of(await town.decide(owner, claim_id, "approve")) for _ in range(2)] == ["204"] * 2
    assert (await town.told(person.resident_id)).count("claim.approved") == 1
    assert answer_of(await town.decide(owner, claim_id, "deny")) == "204"
    assert answer_of(await town.decide(claimant, claim_id, "complete")) == "claim-ended"


async def test_a_child_proves_an_identity_with_consent_alone(town: Town) -> None:
    number = invent_id_number(age=8)
    child = await town.open(town.wechat(invent_user()))
    assert answer_of(await town.prove_by_face(child, number, name="王小宝")) == "guardian-consent-required"
    _, guardian = await town.make_owner()
    consent = {"name": "王小宝", "id_number": number, "relation": "parent"}
    given = await town.api.post("/v1/me/guardian-consents", by=guardian, json=consent)
    assert given.status_code == 201
    assert answer_of(await town.prove_by_face(child, number, name="王小宝")) == "guardian-consent-required"
    async with transaction(town.api.services.pool) as db:
        await confirm(db, guardian.resident_id, UUID(given.json()["id"]), ConfirmedBy.WINDOW, now())
    assert (await town.prove_by_face(child, number, name="王小宝")).status_code == 200


async def test_of_two_who_prove_one_new_identity_at_once_one_is_verified(town: Town) -> None:
    number = invent_id_number(age=30)
    visitors = [await town.open(town.wechat(invent_user())) for _ in range(3)]
    answers = await asyncio.gather(*(town.prove_by_face(visitor, number) for visitor in visitors))
    assert sorted(one.status_code for one in answers) == [200, 202, 202]
    assert (
        await town.api.services.pool.fetchval(
            "SELECT count(*) FROM residents WHERE verified_at IS NOT NULL AND resident_id = ANY($1::uuid[])",
            [visitor.resident_id for visitor in visitors],
        )
        == 1
    )


async def test_codes_end_with_no_news_of_ended_sessions(town: Town) -> None:
    """A process that is cut off from PostgreSQL must not go on issuing for sessions that are locked elsewhere."""
    _, owner = await town.make_owner()
    body = {"kind": "personal"}
    assert (await town.api.post("/v1/codes", by=owner, json=body)).status_code == 201
    ended = town.api.services.ended
    ended._asked_at = now() - timedelta(seconds=6)
    refused = await town.api.post("/v1/codes", by=owner, json=body)
    assert (refused.status_code, answer_of(refused)) == (503, "unavailable")
    assert int(refused.headers["retry-after"]) >= 1
    await ended.catch_up()
    assert (await town.api.post("/v1/codes", by=owner, json=body)).status_code == 201
    metrics = (await town.api.get("/metrics")).text
    age = next(line for line in metrics.splitlines() if line.startswith("suixing_endings_age_seconds "))
    assert 0 <= float(age.split()[1]) < 5

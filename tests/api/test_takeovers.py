"""Whoever would come into somebody else's account: by a recycled number, a swapped SIM card, what has leaked of a
person, a stolen account or phone, or by being faster.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from uuid import UUID

import pytest

from app.people.endings import EndedSessions
from tests.api.claimants import Town, Visitor, answer_of, invent_user, read_visitor
from tests.api.harness import Person, invent_phone
from tests.harness.identity import invent_id_number


async def lock(town: Town, by: Visitor) -> None:
    assert (await town.api.post("/v1/me/lock", by=by)).status_code == 204


async def is_trusted(town: Town, resident_id: UUID, installation_id: UUID) -> bool:
    query = "SELECT trusted_at IS NOT NULL FROM installations WHERE resident_id = $1 AND installation_id = $2"
    return bool(await town.api.services.pool.fetchval(query, resident_id, installation_id))


async def sees_nothing(town: Town, by: Visitor) -> bool:
    """Neither name, phone, messages, accesses nor logins; and shows no code."""
    me = (await town.api.get("/v1/me", by=by)).json()
    refused = [
        await town.api.get("/v1/me/messages", by=by),
        await town.api.get("/v1/me/accesses", by=by),
        await town.api.get("/v1/me/logins", by=by),
        await town.api.post("/v1/codes", by=by, json={"kind": "personal"}),
    ]
    shown = (me["masked_name"], me["masked_phone"], me["assurance"])
    return shown == (None, None, "phone") and {answer_of(one) for one in refused} == {"installation-not-approved"}


async def open_stolen(town: Town) -> tuple[Person, Visitor, Visitor]:
    """An owner, and somebody else who reads the texts of the owner's phone: (who, owner, thief)."""
    person, owner = await town.make_owner()
    thief = await town.open(await town.otp(person.phone))
    assert thief.resident_id == owner.resident_id
    return person, owner, thief


async def test_a_recycled_number_opens_nothing_of_who_had_it(town: Town) -> None:
    person, _, next_owner = await open_stolen(town)
    assert await sees_nothing(town, next_owner)
    assert answer_of(await town.prove_by_face(next_owner, invent_id_number(age=30))) == "identity-differs"
    assert await sees_nothing(town, next_owner)
    assert "installation.new" in await town.told(person.resident_id)


async def test_who_had_a_number_before_keeps_no_login_of_its_next_owner(town: Town) -> None:
    """They never proved who they are, and linked their own account to the number that was theirs."""
    phone, before = invent_phone(), town.wechat(invent_user())
    earlier = await town.open(await town.otp(phone))
    assert (await town.link(earlier, before)).status_code == 201
    owner = await town.open(await town.otp(phone))
    assert owner.resident_id == earlier.resident_id
    proven = await town.prove_by_face(owner, invent_id_number(age=30))
    assert proven.status_code == 200, proven.text
    assert [one["kind"] for one in await town.list_logins(read_visitor(proven, owner.installation_id))] == ["phone"]
    assert "login.unlinked" in await town.told(owner.resident_id)


async def test_a_swapped_sim_with_the_leaked_name_and_number_gets_no_further_than_a_claim(town: Town) -> None:
    """The text, the carrier's word, name and ID number: all that a swapped SIM card and a leak give."""
    person, owner, thief = await open_stolen(town)
    claim = await town.prove_by_carrier(thief, person.id_number)
    assert (claim.status_code, claim.json()["due_at"]) == (202, None)
    claim_id = UUID(claim.json()["claim_id"])
    await town.let_a_day_pass(claim_id)
    assert answer_of(await town.decide(thief, claim_id, "complete")) == "claim-not-ready"
    assert answer_of(await town.decide(thief, claim_id, "approve")) == "installation-not-approved"
    assert await sees_nothing(town, thief)
    assert "claim.opened" in await town.told(person.resident_id)
    assert answer_of(await town.decide(owner, claim_id, "deny")) == "204"
    assert answer_of(await town.decide(thief, claim_id, "complete")) == "claim-ended"
    again = await town.prove_by_carrier(thief, person.id_number)
    assert answer_of(again) == "too-many-requests"
    assert int(again.headers["retry-after"]) > 29 * 86400
    assert not await is_trusted(town, person.resident_id, thief.installation_id)


async def test_a_carriers_word_claims_no_others_identity_without_approval(town: Town) -> None:
    """From an account of the thief's own, with a phone that the carrier says is the victim's."""
    person, owner = await town.make_owner()
    thief = await town.open(await town.otp(invent_phone()))
    claim_id = UUID((await town.prove_by_carrier(thief, person.id_number)).json()["claim_id"])
    await town.let_a_day_pass(claim_id)
    assert answer_of(await town.decide(thief, claim_id, "complete")) == "claim-not-ready"
    assert (await town.list_claims(owner))[0]["due_at"] is None
    assert answer_of(await town.decide(owner, claim_id, "approve")) == "204"
    assert (await town.complete(thief, claim_id)).is_verified


async def test_a_leaked_name_and_number_prove_nothing(town: Town) -> None:
    """Another's face, another's check, and a phone that is not the person's."""
    person, owner = await town.make_owner()
    thief = await town.open(await town.otp(invent_phone()))
    assert answer_of(await town.prove_by_face(thief, person.id_number, passes=False)) == "identity-not-confirmed"
    body = {"kind": "face", "name": person.name, "id_number": invent_id_number(age=30), "device": "{}"}
    own = (await town.api.post("/v1/me/identity/checks", by=thief, json=body)).json()
    town.authority.files.complete_face(own["certify_id"], "pass")
    evidence = {"kind": "face", "check_id": own["check_id"]}
    told = {"name": person.name, "id_number": person.id_number}
    assert answer_of(await town.prove(thief, evidence, **told)) == "identity-not-confirmed"
    theirs = (await town.api.post("/v1/me/identity/checks", by=owner, json=body | told)).json()
    town.authority.files.complete_face(theirs["certify_id"], "pass")
    stolen = {"kind": "face", "check_id": theirs["check_id"]}
    assert answer_of(await town.prove(thief, stolen, **told)) == "evidence-expired"
    known = town.authority.register.people[2]
    by_carrier = await town.prove_by_carrier(thief, known.id_number, name=known.name)
    assert answer_of(by_carrier) == "identity-not-confirmed"
    assert await town.told(person.resident_id) == []


async def test_a_stolen_wechat_account_opens_nothing(town: Town) -> None:
    person, owner = await town.make_owner()
    user = invent_user()
    await town.link(owner, town.wechat(user))
    thief = await town.open(town.wechat(user))
    assert thief.resident_id == owner.resident_id
    assert await sees_nothing(town, thief)
    assert answer_of(await town.prove_by_carrier(thief, person.id_number)) == "invalid-request"  # no phone of theirs
    assert answer_of(await town.link(thief, town.wechat(invent_user()))) == "installation-not-approved"
    change = await town.api.post("/v1/me/phone", by=thief, json=await town.otp(invent_phone()))
    assert answer_of(change) == "installation-not-approved"
    assert "installation.new" in await town.told(person.resident_id)


async def test_a_stolen_trusted_phone_is_worth_nothing_after_the_lock(town: Town) -> None:
    """The owner comes in on another phone and locks; presence, and nothing less, opens the account again."""
    person, stolen, owner = await open_stolen(town)
    accomplice = await town.open(town.wechat(invent_user()))
    claim_id = await town.claim(accomplice, person.id_number)
    await town.decide(stolen, claim_id, "approve")
    await lock(town, owner)
    assert answer_of(await town.decide(accomplice, claim_id, "complete")) == "claim-ended"
    assert answer_of(await town.decide(stolen, claim_id, "approve")) in {"unauthenticated", "session-expired"}
    for by in (stolen, owner):
        refused = await town.api.post("/v1/sessions/refresh", json={"refresh_token": by.refresh_token})
        assert answer_of(refused) == "session-expired"
    owner = await town.open(await town.otp(person.phone), owner.installation_id)
    assert answer_of(await town.prove_by_carrier(owner, person.id_number)) == "presence-required"
    back = read_visitor(await town.prove_by_face(owner, person.id_number), owner.installation_id)
    assert back.is_verified
    assert not await is_trusted(town, person.resident_id, stolen.installation_id)
    await town.let_a_day_pass(claim_id)
    assert answer_of(await town.decide(accomplice, claim_id, "complete")) == "claim-ended"
    again = await town.prove_by_carrier(back, person.id_number)
    assert again.status_code == 200  # on an installation that is trusted it changes nothing


async def test_whoever_locked_and_lost_the_number_comes_back_by_presence(town: Town) -> None:
    """A claim that was opened after the lock ripens: it is the owner's own way back."""
    person, owner = await town.make_owner()
    await lock(town, owner)
    claimant = await town.open(town.wechat(invent_user()))
    claim_id = await town.claim(claimant, person.id_number)
    await town.api.services.pool.execute(
        "UPDATE residents SET locked_at = locked_at - interval '25 hours' WHERE resident_id = $1", person.resident_id
    )
    await town.let_a_day_pass(claim_id)
    back = await town.complete(claimant, claim_id)
    assert (back.resident_id, back.is_verified) == (person.resident_id, True)
    locked = "SELECT locked_at FROM residents WHERE resident_id = $1"
    assert await town.api.services.pool.fetchval(locked, person.resident_id) is None


async def test_a_locked_account_without_an_identity_asks_for_presence_too(town: Town) -> None:
    phone, number = invent_phone(), invent_id_number(age=30)
    visitor = await town.open(await town.otp(phone))
    await lock(town, visitor)
    again = await town.open(await town.otp(phone))
    assert answer_of(await town.prove_by_carrier(again, number)) == "presence-required"
    assert (await town.prove_by_face(again, number)).status_code == 200


async def test_two_claims_at_once_leave_one_resident(town: Town) -> None:
    person, _ = await town.make_owner()
    claimants = [await town.open(town.wechat(invent_user())) for _ in range(2)]
    claims = [await town.claim(claimant, person.id_number) for claimant in claimants]
    for claim_id in claims:
        await town.let_a_day_pass(claim_id)
    pairs = zip(claimants, claims, strict=True)
    answers = await asyncio.gather(*(town.decide(by, claim_id, "complete") for by, claim_id in pairs))
    assert [answer_of(one) for one in answers] == ["200", "200"]
    assert {one.json()["resident_id"] for one in answers} == {str(person.resident_id)}
    living = "SELECT count(*) FROM residents WHERE resident_id = ANY($1::uuid[]) AND merged_into IS NULL"
    ids = [person.resident_id, *(claimant.resident_id for claimant in claimants)]
    assert await town.api.services.pool.fetchval(living, ids) == 1


async def test_a_claim_that_is_completed_twice_at_once_is_completed_once(town: Town) -> None:
    person, owner = await town.make_owner()
    claimant = await town.open(town.wechat(invent_user()))
    claim_id = await town.claim(claimant, person.id_number)
    await town.decide(owner, claim_id, "approve")
    answers = await asyncio.gather(*(town.decide(claimant, claim_id, "complete") for _ in range(4)))
    assert Counter(one.status_code for one in answers)[200] == 1
    assert (await town.told(person.resident_id)).count("claim.completed") == 1


@pytest.mark.parametrize("round_", range(4))
async def test_a_denial_and_a_completion_at_once_do_not_both_happen(town: Town, round_: int) -> None:
    person, owner = await town.make_owner()
    claimant = await town.open(town.wechat(invent_user()))
    claim_id = await town.claim(claimant, person.id_number)
    await town.let_a_day_pass(claim_id)
    acts = [(claimant, "complete"), (owner, "deny")]
    ordered = acts if round_ % 2 else acts[::-1]
    answers = await asyncio.gather(*(town.decide(by, claim_id, act) for by, act in ordered))
    outcome = {act: answer_of(answer) for (_, act), answer in zip(ordered, answers, strict=True)}
    assert outcome in (
        {"complete": "200", "deny": "claim-ended"},
        {"complete": "claim-ended", "deny": "204"},
    )
    trusted = await is_trusted(town, person.resident_id, claimant.installation_id)
    assert trusted is (outcome["complete"] == "200")


@pytest.mark.parametrize("round_", range(4))
async def test_no_claim_outlives_a_lock_at_the_same_moment(town: Town, round_: int) -> None:
    person, owner = await town.make_owner()
    claimant = await town.open(town.wechat(invent_user()))
    claim_id = await town.claim(claimant, person.id_number)
    await town.let_a_day_pass(claim_id)
    acts = [town.decide(claimant, claim_id, "complete"), town.api.post("/v1/me/lock", by=owner)]
    answers = await asyncio.gather(*(acts if round_ % 2 else acts[::-1]))
    assert {answer_of(one) for one in answers} in ({"200", "204"}, {"claim-ended", "204"})
    assert not await is_trusted(town, person.resident_id, claimant.installation_id)
    assert answer_of(await town.decide(claimant, claim_id, "complete")) in {"claim-ended", "unauthenticated"}


async def test_a_crowd_of_claims_is_held_off(town: Town) -> None:
    """Each is told to the resident, who must be able to read what is."""
    person, _ = await town.make_owner()
    claimants = [await town.open(town.wechat(invent_user())) for _ in range(6)]
    answers = [await town.prove_by_face(claimant, person.id_number) for claimant in claimants]
    assert [answer_of(one) for one in answers] == ["202"] * 5 + ["too-many-requests"]
    assert (await town.told(person.resident_id)).count("claim.maturing") == 5


async def test_who_was_denied_may_come_in_by_presence_on_the_residents_own_login(town: Town) -> None:
    """Denying holds off who claims from without; it locks nobody out of their own account."""
    person, owner = await town.make_owner()
    claimant = await town.open(town.wechat(invent_user()))
    claim_id = await town.claim(claimant, person.id_number)
    await town.decide(owner, claim_id, "deny")
    assert answer_of(await town.prove_by_face(claimant, person.id_number)) == "too-many-requests"
    on_own = await town.open(await town.otp(person.phone))
    assert (await town.prove_by_face(on_own, person.id_number)).status_code == 200


async def test_a_stolen_login_does_not_end_the_owners_way_back_by_locking_again(town: Town) -> None:
    """The owner has lost the number; whoever has it now locks the account each day."""
    person, _, thief = await open_stolen(town)
    await lock(town, thief)
    owner = await town.open(town.wechat(invent_user()))
    claim_id = await town.claim(owner, person.id_number)
    for _ in range(2):
        await lock(town, await town.open(await town.otp(person.phone)))
    await town.api.services.pool.execute(
        "UPDATE residents SET locked_at = locked_at - interval '25 hours' WHERE resident_id = $1", person.resident_id
    )
    await town.let_a_day_pass(claim_id)
    assert (await town.complete(owner, claim_id)).is_verified


async def test_a_stolen_login_does_not_use_up_the_proofs_by_which_the_owner_comes_back(town: Town) -> None:
    person, owner = await town.make_owner()
    user = invent_user()
    await town.link(owner, town.wechat(user))
    thief = await town.open(town.wechat(user))
    await lock(town, thief)
    thief = await town.open(town.wechat(user))
    started = [
        await town.api.post("/v1/me/identity/checks", by=thief, json={"kind": "network-credential"}) for _ in range(11)
    ]
    assert [answer_of(one) for one in started] == ["201"] * 10 + ["too-many-requests"]
    owner = await town.open(await town.otp(person.phone), owner.installation_id)
    back = read_visitor(await town.prove_by_face(owner, person.id_number), owner.installation_id)
    assert back.is_verified


async def test_an_account_that_became_a_part_of_another_proves_and_claims_nothing(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, owner = await town.make_owner()
    claimant = await town.open(town.wechat(invent_user()))
    claim_id = await town.claim(claimant, person.id_number)
    await town.decide(owner, claim_id, "approve")
    await town.complete(claimant, claim_id)
    monkeypatch.setattr(EndedSessions, "__contains__", lambda *_: False)  # as a process that has not heard of it yet
    acts = [
        await town.api.get("/v1/me/logins", by=claimant),
        await town.link(claimant, town.wechat(invent_user())),
        await town.prove_by_carrier(claimant, invent_id_number(age=30)),
        await town.api.post("/v1/me/identity/checks", by=claimant, json={"kind": "network-credential"}),
        await town.decide(claimant, claim_id, "complete"),
    ]
    assert {answer_of(one) for one in acts} == {"session-expired"}

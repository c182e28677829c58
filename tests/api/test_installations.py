"""A phone number proves little: what a new installation of a verified resident may see, and how it is let in."""

from __future__ import annotations

from uuid import UUID, uuid4

from app.people.model import Role
from tests.api.harness import Api, Session, issue_code, log_in, make_gate, make_person, refresh, scan, slug_of
from tests.api.telling import list_messages, list_topics


async def approve(api: Api, by: Session, installation_id: object) -> str:
    """204, or the refusal's slug."""
    response = await api.post(f"/v1/me/installations/{installation_id}/approve", by=by)
    return slug_of(response) if response.content else str(response.status_code)


async def test_a_trusted_installation_is_verified(api: Api, resident: Session) -> None:
    me = await api.get("/v1/me", by=resident)
    assert me.headers["cache-control"] == "no-store"
    assert me.json() == {
        "resident_id": str(resident.person.resident_id),
        "assurance": "verified",
        "identity_verified": True,
        "masked_name": "王**",
        "masked_phone": f"{resident.person.phone[3:6]}****{resident.person.phone[-4:]}",
        "roles": [],
    }


async def test_a_newcomer_sees_nothing_of_a_verified_resident(api: Api, resident: Session, newcomer: Session) -> None:
    """The number may have been recycled, and the newcomer be its next owner."""
    gate = await make_gate(api)
    accepted = await scan(api, gate, await issue_code(api, resident))
    me = (await api.get("/v1/me", by=newcomer)).json()
    assert (me["assurance"], me["masked_name"], me["masked_phone"]) == ("phone", None, None)
    refused = [
        await api.post("/v1/codes", by=newcomer, json={"kind": "personal"}),
        await api.get("/v1/me/messages", by=newcomer),
        await api.get("/v1/me/messages/stream", by=newcomer),
        await api.post("/v1/me/messages/read", by=newcomer, json={"ids": [str(uuid4())]}),
        await api.get("/v1/me/accesses", by=newcomer),
        await api.post(f"/v1/me/accesses/{accepted.json()['scan_id']}/dispute", by=newcomer, json={}),
    ]
    assert [(response.status_code, slug_of(response)) for response in refused] == [
        (403, "installation-not-approved")
    ] * len(refused)


async def test_an_unverified_resident_sees_their_own_and_shows_no_code(api: Api, unverified: Session) -> None:
    me = (await api.get("/v1/me", by=unverified)).json()
    assert (me["assurance"], me["identity_verified"], me["masked_name"]) == ("phone", False, None)
    assert me["masked_phone"].endswith(unverified.person.phone[-4:])
    assert (await api.get("/v1/me/messages", by=unverified)).status_code == 200
    refused = await api.post("/v1/codes", by=unverified, json={"kind": "personal"})
    assert (refused.status_code, slug_of(refused)) == (403, "identity-not-verified")


async def test_approval_lets_a_newcomer_in_at_its_next_refresh(api: Api, resident: Session, newcomer: Session) -> None:
    assert await approve(api, resident, newcomer.installation_id) == "204"
    still = await api.post("/v1/codes", by=newcomer, json={"kind": "personal"})
    assert slug_of(still) == "installation-not-approved"
    let_in = await refresh(api, newcomer)
    assert let_in.assurance == "verified"
    assert await issue_code(api, let_in)


async def test_an_approval_lasts(api: Api, resident: Session, newcomer: Session) -> None:
    await approve(api, resident, newcomer.installation_id)
    assert (await log_in(api, resident.person, newcomer.installation_id)).assurance == "verified"


async def test_the_old_ones_are_told_of_a_newcomer_and_of_its_approval(
    api: Api, resident: Session, newcomer: Session
) -> None:
    await approve(api, resident, newcomer.installation_id)
    assert await list_topics(api, resident, 2) == ["installation.approved", "installation.new"]


async def test_who_may_approve_is_told_whom_and_no_other_installation(
    api: Api, resident: Session, newcomer: Session
) -> None:
    [message] = await list_messages(api, resident, 1)
    assert await approve(api, resident, message["data"]["installation_id"]) == "204"
    assert (await refresh(api, newcomer)).assurance == "verified"
    told = {message["topic"]: message["data"] for message in await list_messages(api, resident, 2)}
    assert told["installation.new"] == message["data"]
    assert told["installation.approved"].keys() == {"at"}


async def test_a_stolen_phone_tells_nobody_how_to_pass_for_the_owners_next_one(
    api: Api, resident: Session, newcomer: Session
) -> None:
    """The thief has the phone and its SIM card, and reads on it of the phone from which the owner locks the account."""
    [message] = await list_messages(api, resident, 1)
    await api.post("/v1/me/lock", by=newcomer)
    await api.services.pool.execute(  # the owner proves presence there
        "UPDATE installations SET trusted_at = now() WHERE resident_id = $1 AND installation_id = $2",
        resident.person.resident_id,
        newcomer.installation_id,
    )
    thief = await log_in(api, resident.person, UUID(message["data"]["installation_id"]))
    assert thief.assurance == "phone"
    rows = await api.services.pool.fetch(
        "SELECT data::text FROM outbox WHERE routing_key IN (SELECT subject_no FROM residents WHERE resident_id = $1)",
        resident.person.resident_id,
    )
    assert str(newcomer.installation_id) not in str(rows)


async def test_who_may_not_approve_learns_no_installation(api: Api, unverified: Session) -> None:
    """Of two on one number, the one that proves who they are is trusted: the other must not know its id before."""
    second = await log_in(api, unverified.person, uuid4())
    [message] = await list_messages(api, unverified, 1)
    assert (message["topic"], message["data"].keys()) == ("installation.new", {"at"})
    assert str(second.installation_id) not in str(message)


async def test_an_approval_that_is_repeated_is_told_once(api: Api, resident: Session, newcomer: Session) -> None:
    assert [await approve(api, resident, newcomer.installation_id) for _ in range(3)] == ["204"] * 3
    told = await api.services.pool.fetchval(
        "SELECT count(*) FROM outbox WHERE recipient = $1 AND topic = 'installation.approved'",
        resident.person.resident_id,
    )
    assert told == 1


async def test_a_newcomer_cannot_let_itself_or_another_in(api: Api, newcomer: Session) -> None:
    assert await approve(api, newcomer, newcomer.installation_id) == "installation-not-approved"
    third = await log_in(api, newcomer.person, uuid4())
    assert await approve(api, newcomer, third.installation_id) == "installation-not-approved"
    assert (await refresh(api, third)).assurance == "phone"


async def test_an_unverified_resident_lets_nobody_in(api: Api, unverified: Session) -> None:
    assert await approve(api, unverified, unverified.installation_id) == "identity-not-verified"


async def test_only_an_installation_of_ones_own_can_be_let_in(api: Api, resident: Session, unverified: Session) -> None:
    assert await approve(api, resident, unverified.installation_id) == "not-found"
    assert await approve(api, resident, uuid4()) == "not-found"
    assert await approve(api, resident, "no-uuid") == "not-found"


async def test_one_installation_of_two_people_is_trusted_for_one(api: Api, resident: Session) -> None:
    """A shared phone: trust is a resident's with an installation, not the installation's."""
    guest = await make_person(api)
    assert (await log_in(api, guest, resident.installation_id)).assurance == "phone"
    assert (await refresh(api, resident)).assurance == "verified"


async def test_roles_count_on_a_trusted_installation_alone(api: Api) -> None:
    officer = await make_person(api, role=Role.OPERATOR)
    trusted = await log_in(api, officer)
    newcomer = await log_in(api, officer, uuid4())
    assert (await api.get("/v1/me", by=trusted)).json()["roles"] == ["operator"]
    assert (await api.get("/v1/me", by=newcomer)).json()["roles"] == []
    assert slug_of(await api.get("/v1/venues", by=newcomer)) == "forbidden"
    await approve(api, trusted, newcomer.installation_id)
    assert (await api.get("/v1/venues", by=await refresh(api, newcomer))).status_code == 200


async def test_roles_of_the_unverified_count_for_nothing(api: Api) -> None:
    officer = await log_in(api, await make_person(api, verified=False, role=Role.MANAGER))
    assert slug_of(await api.get("/v1/venues", by=officer)) == "forbidden"


async def test_a_role_that_was_taken_is_gone_at_the_next_refresh(api: Api) -> None:
    officer = await log_in(api, await make_person(api, role=Role.MANAGER))
    await api.services.pool.execute("DELETE FROM roles WHERE resident_id = $1", officer.person.resident_id)
    assert slug_of(await api.get("/v1/venues", by=await refresh(api, officer))) == "forbidden"

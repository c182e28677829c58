"""Credentials of licences: for a phone's keys, shown once, refused for each reason, ended with what they rest on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

import httpx
import msgspec
import pytest

from api.services import now
from app.credentials.revoking import Follower
from app.credentials.settling import end_signed
from app.database import Record
from app.licences.model import Standing
from app.licences.types import forget_types, read_types
from app.recognition.withdrawing import WithdrawnKey
from app.wallet.credentials import AUTHORITY
from codes import KeyUse, base64url
from codes.sd_jwt import CredentialStatus
from codes.sd_jwt_issuing import issue_credential
from codes.sd_jwt_presenting import HolderKey, present
from tests.api.asking import CARD, FIELDS, Hotel, make_hotel
from tests.api.harness import Api, Session, log_in, make_person, slug_of
from tests.codes.oracles import ask_node
from tests.harness.licences import hold_licence

ASKED = ["name", "id_number", "photo"]


@pytest.fixture
async def hotel(api: Api, resident: Session) -> Hotel:
    return await make_hotel(api, resident)


async def issue(
    hotel: Hotel, *keys: HolderKey, licence_id: UUID | None = None, by: Session | None = None
) -> httpx.Response:
    path = f"/v1/wallet/licences/{licence_id or hotel.licence_id}/credentials"
    body = {"public_keys": [dict(key.jwk) for key in keys]}
    return await hotel.api.post(path, by=by or hotel.guest, json=body)


async def take(hotel: Hotel) -> tuple[HolderKey, str]:
    """A key of the guest's phone, and its credential."""
    key = HolderKey.create()
    response = await issue(hotel, key)
    assert response.status_code == 201, response.text
    return key, response.json()["credentials"][0]["credential"]


def show(asked: dict[str, Any], key: HolderKey, credential: str, **changed: Any) -> str:
    said: dict[str, Any] = {"nonce": asked["nonce"], "audience": asked["audience"], "now": now(), **changed}
    return present(credential, said.pop("fields", ASKED), holder=key, **said)


async def opened(hotel: Hotel) -> dict[str, Any]:
    asked = await hotel.asked()
    await hotel.open(asked)
    return asked


async def grant(hotel: Hotel, asked: dict[str, Any], text: str) -> httpx.Response:
    return await hotel.grant(asked, vp_token={"licence": text})


async def test_a_phone_signs_what_it_shows(hotel: Hotel) -> None:
    asked = await opened(hotel)
    text = show(asked, *await take(hotel))
    assert (await grant(hotel, asked, text)).status_code == 200
    [item] = (await hotel.fetch(asked)).json()["items"]
    assert item["credential"] == text
    assert item["fields"] == {field: FIELDS[field] for field in ASKED}


async def test_each_key_has_a_credential_of_its_own(hotel: Hotel) -> None:
    made = (await issue(hotel, HolderKey.create(), HolderKey.create())).json()["credentials"]
    statuses = [json.loads(base64url.decode(one["credential"].split(".")[1]))["status"] for one in made]
    assert statuses[0] != statuses[1]


async def test_keys_that_link_showings_are_refused(hotel: Hotel) -> None:
    key = HolderKey.create()
    assert slug_of(await issue(hotel, key, key)) == "public-key-refused"


async def test_a_session_may_have_so_many_alone(hotel: Hotel) -> None:
    most = hotel.api.services.settings.credentials_per_session
    for _ in range(most // 32):
        assert (await issue(hotel, *(HolderKey.create() for _ in range(32)))).status_code == 201
    assert slug_of(await issue(hotel, HolderKey.create())) == "too-many-requests"


async def test_somebody_elses_licence_has_no_credentials_for_me(hotel: Hotel) -> None:
    other = await log_in(hotel.api, await make_person(hotel.api))
    assert slug_of(await issue(hotel, HolderKey.create(), by=other)) == "not-found"


async def revoke_licence(hotel: Hotel) -> None:
    services = hotel.api.services
    holder = hotel.guest.person.resident_id
    await hold_licence(services.pool, services.vault, holder, CARD, standing=Standing.REVOKED, changed_at=now())


async def renew_licence(hotel: Hotel) -> None:
    """Under its number, with another address than before: the phone's credentials say the old one."""
    services = hotel.api.services
    said: Any = {**FIELDS, "address": "a new address"}
    holder = hotel.guest.person.resident_id
    await hold_licence(services.pool, services.vault, holder, CARD, changed_at=now(), **said)


async def test_a_licence_that_is_not_good_has_none(hotel: Hotel) -> None:
    await revoke_licence(hotel)
    assert slug_of(await issue(hotel, HolderKey.create())) == "licence-not-good"


def change_signature(text: str) -> str:
    issued, *rest = text.split("~")
    head, body, signature = issued.split(".")
    flipped = bytearray(base64url.decode(signature))
    flipped[5] ^= 1
    return "~".join((f"{head}.{body}.{base64url.encode(bytes(flipped))}", *rest))


def change_disclosure(text: str) -> str:
    issued, first, *rest = text.split("~")
    salt, name, _ = json.loads(base64url.decode(first))
    return "~".join((issued, base64url.encode(json.dumps([salt, name, "else"]).encode()), *rest))


@pytest.mark.parametrize(
    ("spoil", "slug"),
    [
        (lambda _text: "no~such.thing", "presentation-malformed"),
        (change_signature, "presentation-signature-invalid"),
        (change_disclosure, "presentation-altered"),
        (lambda text: text.rpartition("~")[0] + "~", "holder-binding-missing"),
        (lambda text: text[:-8] + "AAAAAAAA", "holder-binding-invalid"),
    ],
)
async def test_what_was_spoiled_is_refused(hotel: Hotel, spoil: Callable[[str], str], slug: str) -> None:
    asked = await opened(hotel)
    response = await grant(hotel, asked, spoil(show(asked, *await take(hotel))))
    assert slug_of(response) == slug
    assert (await hotel.open(asked)).json()["state"] == "pending", "nothing of it was kept"


async def test_what_answers_something_else_is_refused(hotel: Hotel) -> None:
    before, asked = await hotel.asked(), await opened(hotel)
    key, credential = await take(hotel)
    for changed, slug in (
        ({"nonce": before["nonce"]}, "nonce-wrong"),
        ({"audience": "x509_hash:another"}, "audience-wrong"),
        ({"now": now() - timedelta(minutes=20)}, "holder-binding-invalid"),
        ({"fields": ["name", "id_number", "photo", "address"]}, "fields-not-allowed"),
        ({"fields": ["photo"]}, "presentation-malformed"),
    ):
        assert slug_of(await grant(hotel, asked, show(asked, key, credential, **changed))) == slug
    assert (await grant(hotel, asked, show(asked, key, credential))).status_code == 200, "it was shown to nobody before"


async def test_a_credential_is_shown_once(hotel: Hotel) -> None:
    key, credential = await take(hotel)
    first, second = await opened(hotel), await opened(hotel)
    assert (await grant(hotel, first, show(first, key, credential))).status_code == 200
    assert slug_of(await grant(hotel, second, show(second, key, credential))) == "presentation-replayed"


async def test_another_persons_credential_answers_nothing_of_mine(hotel: Hotel) -> None:
    other = await make_hotel(hotel.api, await log_in(hotel.api, await make_person(hotel.api)))
    asked = await opened(hotel)
    assert slug_of(await grant(hotel, asked, show(asked, *await take(other)))) == "presentation-revoked"


def forge(hotel: Hotel, key: HolderKey, **changed: Any) -> str:
    """A credential that this deployment's key signed, but not by issuing it."""
    services = hotel.api.services
    url = services.settings.url
    said: dict[str, Any] = {
        "issuer": url,
        "vct": f"{url}/v1/licence-types/{CARD}/vct",
        "fields": FIELDS,
        "holder_key": key.jwk,
        "status": CredentialStatus(f"{url}/v1/status-lists/1", 1),
        "now": now(),
        "expires_at": now() + timedelta(hours=2),
        "plain": {AUTHORITY: "11310000000000000X"},
        **changed,
    }
    return issue_credential(services.ring.current(KeyUse.LICENCE, now()), **said)


async def test_what_was_issued_elsewhere_is_refused(hotel: Hotel) -> None:
    asked, key = await opened(hotel), HolderKey.create()
    url = hotel.api.services.settings.url
    for changed, slug in (
        ({"issuer": "https://elsewhere.example"}, "presentation-issuer-unknown"),
        ({"vct": f"{url}/v1/licence-types/driving-licence/vct"}, "presentation-malformed"),
        ({"plain": {}}, "presentation-issuer-untrusted"),
        ({}, "presentation-revoked"),
        ({"status": None}, "presentation-revoked"),
        ({"status": CredentialStatus("https://elsewhere.example/v1/status-lists/1", 1)}, "presentation-revoked"),
        ({"now": now() + timedelta(hours=2), "expires_at": now() + timedelta(hours=4)}, "presentation-not-yet-valid"),
    ):
        text = show(asked, key, forge(hotel, key, **changed))
        assert slug_of(await grant(hotel, asked, text)) == slug, changed


async def test_a_kind_names_who_may_issue_it(hotel: Hotel) -> None:
    """Issued by this deployment, of an authority that the kind does not trust by now."""
    pool = hotel.api.services.pool
    asked = await opened(hotel)
    text = show(asked, *await take(hotel))
    kind = msgspec.structs.replace((await read_types(pool))[CARD], issuers=["99999"])
    definition = msgspec.to_builtins(kind)
    try:
        await pool.execute(
            "INSERT INTO licence_types (type_id, definition, changed_at) VALUES ($1, $2, $3)", CARD, definition, now()
        )
        assert slug_of(await grant(hotel, asked, text)) == "presentation-issuer-untrusted"
    finally:
        await pool.execute("DELETE FROM licence_types WHERE type_id = $1", CARD)
        forget_types()


async def end_session(hotel: Hotel) -> None:
    sessions = (await hotel.api.get("/v1/me/sessions", by=hotel.guest)).json()["items"]
    [current] = [one for one in sessions if one["current"]]
    assert (await hotel.api.delete(f"/v1/me/sessions/{current['id']}", by=hotel.guest)).status_code == 204


async def withdraw_kind(hotel: Hotel) -> None:
    """Operators take away a kind: what is of it is in no wallet any more."""
    pool = hotel.api.services.pool
    kind = (await read_types(pool))[CARD]
    await pool.execute(
        "INSERT INTO licence_types (type_id, definition, changed_at, withdrawn_at) VALUES ($1, $2, $3, $3)",
        CARD,
        msgspec.to_builtins(kind),
        now(),
    )
    forget_types()


async def lock(hotel: Hotel) -> None:
    assert (await hotel.api.post("/v1/me/lock", by=hotel.guest)).status_code == 204


async def withdraw_key(hotel: Hotel) -> None:
    services = hotel.api.services
    key = WithdrawnKey(services.ring.current(KeyUse.LICENCE, now()).kid, KeyUse.LICENCE, now())
    await end_signed(services.pool, key, now(), page=2)


@pytest.mark.parametrize("end", [end_session, lock, revoke_licence, renew_licence, withdraw_key])
async def test_credentials_end_with_what_they_rest_on(hotel: Hotel, end: Callable[[Hotel], Any]) -> None:
    pool = hotel.api.services.pool
    key, _ = await take(hotel)
    follower = Follower(pool)
    await follower.follow(now())  # looks at everybody's; the next looks at what ended since
    await end(hotel)
    await follower.follow(now())
    row = await find_credential(hotel, key)
    assert row["revoked_at"] is not None
    assert row["listed_at"] is not None
    assert await pool.fetchval(
        "SELECT EXISTS (SELECT FROM status_revocations WHERE list_no = $1 AND place = $2)", row["list_no"], row["place"]
    )


async def find_credential(hotel: Hotel, key: HolderKey) -> Record:
    thumbprint = hashlib.sha256(json.dumps(dict(key.jwk), sort_keys=True, separators=(",", ":")).encode()).digest()
    row = await hotel.api.services.pool.fetchrow("SELECT * FROM licence_credentials WHERE thumbprint = $1", thumbprint)
    assert row is not None
    return row


async def test_all_that_a_withdrawn_key_signed_ends_page_by_page(hotel: Hotel) -> None:
    """And nothing that another key signed."""
    pool, keys = hotel.api.services.pool, [HolderKey.create() for _ in range(5)]
    assert (await issue(hotel, *keys)).status_code == 201
    by_another = await find_credential(hotel, keys[0])
    await pool.execute(
        "UPDATE licence_credentials SET kid = 'else' WHERE holder_id = $1 AND credential_id = $2",
        by_another["holder_id"],
        by_another["credential_id"],
    )
    await withdraw_key(hotel)
    ended = [(await find_credential(hotel, key))["revoked_at"] is not None for key in keys]
    assert ended == [False, True, True, True, True]


async def test_credentials_end_with_their_kind(hotel: Hotel) -> None:
    pool = hotel.api.services.pool
    key, _ = await take(hotel)
    try:
        await withdraw_kind(hotel)
        await Follower(pool).follow(now())  # it looks at everybody's at first, and then each hour
        assert (await find_credential(hotel, key))["revoked_at"] is not None
    finally:
        await pool.execute("DELETE FROM licence_types WHERE type_id = $1", CARD)
        forget_types()


async def test_only_what_says_the_old_ends_with_a_renewal(hotel: Hotel) -> None:
    """Handed out since then, a credential says the new, however old the clock says that the renewal is."""
    follower = Follower(hotel.api.services.pool)
    await follower.follow(now())
    old, _ = await take(hotel)
    await renew_licence(hotel)
    new, _ = await take(hotel)
    await follower.follow(now())
    assert (await find_credential(hotel, old))["revoked_at"] is not None
    assert (await find_credential(hotel, new))["revoked_at"] is None


async def test_what_is_good_stays_good(hotel: Hotel) -> None:
    """And what the registry dates anew, and says as before."""
    services = hotel.api.services
    asked = await opened(hotel)
    key, credential = await take(hotel)
    holder, said = hotel.guest.person.resident_id, cast("Any", FIELDS)
    await hold_licence(services.pool, services.vault, holder, CARD, changed_at=now(), **said)
    await Follower(services.pool).follow(now())
    assert (await grant(hotel, asked, show(asked, key, credential))).status_code == 200


async def test_a_credential_from_before_a_lock_is_good_for_nothing(hotel: Hotel) -> None:
    """Before any worker has seen the lock, and though another session answers."""
    asked = await opened(hotel)
    text = show(asked, *await take(hotel))
    await hotel.api.services.pool.execute(
        "UPDATE subjects SET codes_valid_from = $2 WHERE resident_id = $1 AND kind = 'personal'",
        hotel.guest.person.resident_id,
        now() + timedelta(seconds=1),
    )
    assert slug_of(await grant(hotel, asked, text)) == "code-revoked"


async def test_the_issuers_keys_are_published(hotel: Hotel) -> None:
    told = (await hotel.api.get("/.well-known/jwt-vc-issuer")).json()
    kid = hotel.api.services.ring.current(KeyUse.LICENCE, now()).kid.hex()
    assert told["issuer"] == hotel.api.services.settings.url
    assert kid in {key["kid"] for key in told["jwks"]["keys"]}
    assert all("d" not in key for key in told["jwks"]["keys"])


async def test_lists_of_licences_are_served(hotel: Hotel) -> None:
    """A foreign verifier finds the list that a credential names."""
    _, credential = await take(hotel)
    status = json.loads(base64url.decode(credential.split(".")[1]))["status"]["status_list"]
    number = int(status["uri"].rpartition("/")[2])
    use = await hotel.api.services.pool.fetchval("SELECT use FROM status_lists WHERE list_no = $1", number)
    assert use == "licence"


async def test_others_verify_what_a_venue_was_handed(hotel: Hotel) -> None:
    """npm's @sd-jwt, with the keys that the issuer publishes: made by the server, and by a phone."""
    keys = (await hotel.api.get("/.well-known/jwt-vc-issuer")).json()["jwks"]["keys"]
    questions: list[dict[str, Any]] = []
    phone = await take(hotel)
    for made in ("here", "by a phone"):
        asked = await opened(hotel)
        answer = hotel.grant(asked) if made == "here" else grant(hotel, asked, show(asked, *phone))
        assert (await answer).status_code == 200
        [item] = (await hotel.fetch(asked)).json()["items"]
        kid = json.loads(base64url.decode(item["credential"].split(".")[0]))["kid"]
        jwk = next(key for key in keys if key["kid"] == kid)
        at = int(now().timestamp())
        question = {"ask": "verify", "text": item["credential"], "jwk": jwk, "at": at, "nonce": asked["nonce"]}
        questions += [question, {**question, "nonce": "another"}]
    for good, bad in zip(*[iter(ask_node("ask_sd_jwt.mjs", questions))] * 2, strict=True):
        assert good["audience"] == asked["audience"]
        assert {name: good["claims"][name] for name in ASKED} == {name: FIELDS[name] for name in ASKED}
        assert "address" not in good["claims"], "what nobody asked for stays hidden"
        assert "refused" in bad

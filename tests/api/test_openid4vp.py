"""OpenID4VP 1.0: any wallet may answer a venue here; a registered verifier elsewhere may ask a resident here."""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import hashlib
import json
from collections.abc import AsyncGenerator
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from api.services import now
from app.people.model import Role
from app.settings import Settings
from codes import base64url
from codes.request_objects import TYPE, name_certificate
from codes.sd_jwt_presenting import HolderKey
from tests.api.asking import CARD, FIELDS, Hotel, make_hotel
from tests.api.harness import Api, log_in, make_person, running_api, slug_of
from tests.api.office import make_staff
from tests.api.test_licence_credentials import ASKED, end_session, lock, revoke_licence, show, take
from tests.api.verifying_elsewhere import Elsewhere, VerifierStandIn, make_elsewhere, register, sign_request
from tests.harness.answering import answering


@pytest.fixture(scope="module")
async def near(roomy: Settings) -> AsyncGenerator[Api]:
    """An application that may speak to verifiers on this machine."""
    async with running_api(dataclasses.replace(roomy, openid4vp_loopback=True)) as running:
        yield running


@pytest.fixture
async def hotel(near: Api) -> Hotel:
    return await make_hotel(near, await log_in(near, await make_person(near)))


@pytest.fixture
async def elsewhere(hotel: Hotel) -> AsyncGenerator[Elsewhere]:
    stand_in = VerifierStandIn()
    async with answering(stand_in) as server:
        yield await make_elsewhere(hotel, stand_in, server.url)


# A wallet elsewhere answers a venue here.


async def read_request(hotel: Hotel, asked: dict[str, Any]) -> dict[str, Any]:
    """As a wallet reads it: the certificate is the one of client_id, and signed the question."""
    response = await hotel.api.get(f"/v1/openid4vp/requests/{asked['id']}")
    assert response.headers["content-type"] == "application/oauth-authz-req+jwt"
    header = jwt.get_unverified_header(response.text)
    certificate = base64.b64decode(header["x5c"][0])
    key: Any = x509.load_der_x509_certificate(certificate).public_key()
    claims: dict[str, Any] = jwt.decode(response.text, key, algorithms=["ES256"], audience="https://self-issued.me/v2")
    assert header["typ"] == "oauth-authz-req+jwt"
    assert claims["client_id"] == "x509_hash:" + base64url.encode(hashlib.sha256(certificate).digest())
    return claims


async def post(hotel: Hotel, claims: dict[str, Any], token: Any, **changed: str) -> httpx.Response:
    form = {"vp_token": json.dumps(token), "state": claims["state"], **changed}
    return await hotel.api.post(claims["response_uri"], data={name: said for name, said in form.items() if said})


async def test_any_wallet_answers_an_open_question(hotel: Hotel) -> None:
    key, credential = await take(hotel)  # which could lie in any wallet
    asked = await hotel.asked()
    assert asked["openid4vp_link"].startswith("openid4vp://?client_id=x509_hash%3A")
    claims = await read_request(hotel, asked)
    assert (claims["response_type"], claims["response_mode"]) == ("vp_token", "direct_post")
    assert claims["client_metadata"]["client_name"] == "甲医院"
    [query] = claims["dcql_query"]["credentials"]
    assert query["meta"] == {"vct_values": [f"{hotel.api.services.settings.url}/v1/licence-types/{CARD}/vct"]}
    assert [claim["path"] for claim in query["claims"]] == [[field] for field in ASKED]
    text = show({"nonce": claims["nonce"], "audience": claims["client_id"]}, key, credential)
    waiting = asyncio.create_task(hotel.fetch(asked, wait=25))
    assert (await post(hotel, claims, {query["id"]: [text]})).json() == {}
    told = (await waiting).json()
    assert told["items"][0]["fields"] == {field: FIELDS[field] for field in ASKED}
    [access] = (await hotel.api.get("/v1/me/accesses", by=hotel.guest)).json()["items"]
    assert (access["form"], access["fields"]) == ("consent", ASKED), "its holder sees it, wherever the wallet is"
    assert slug_of(await post(hotel, claims, {query["id"]: [text]})) == "presentation-answered"
    assert slug_of(await hotel.api.get(f"/v1/openid4vp/requests/{asked['id']}")) == "presentation-answered"


async def test_an_address_has_so_many_tries_whichever_question_it_asks_after(hotel: Hotel) -> None:
    """Guessing leads nowhere, and takes nothing from others."""
    api = hotel.api
    address = api.services.vault.index("quota", "wallet-elsewhere:10.4.4.4").hex()
    two_minutes = 2 * api.services.settings.openid4vp_per_address
    api.services.wallet_limit.charge(address, now().timestamp(), two_minutes)
    form = {"state": "guessed", "error": "access_denied"}
    path = f"/v1/openid4vp/responses/{uuid4()}"
    assert slug_of(await api.get(f"/v1/openid4vp/requests/{uuid4()}", address="10.4.4.4")) == "too-many-requests"
    assert slug_of(await api.post(path, data=form, address="10.4.4.4")) == "too-many-requests"
    assert slug_of(await api.post(path, data=form, address="10.4.4.5")) == "not-found"


async def test_a_wallet_says_no(hotel: Hotel) -> None:
    asked = await hotel.asked()
    claims = await read_request(hotel, asked)
    assert (await post(hotel, claims, None, vp_token="", error="access_denied")).status_code == 200
    assert slug_of(await hotel.fetch(asked)) == "consent-refused"


async def test_a_wallet_that_cannot_answer_has_not_said_no(hotel: Hotel) -> None:
    asked = await hotel.asked()
    claims = await read_request(hotel, asked)
    guessed = await post(hotel, claims | {"state": "guessed"}, None, vp_token="", error="vp_formats_not_supported")
    assert slug_of(guessed) == "nonce-wrong"
    failed = await post(hotel, claims, None, vp_token="", error="vp_formats_not_supported")
    assert (failed.status_code, failed.json()) == (200, {})
    assert (await hotel.fetch(asked)).json()["state"] == "pending"
    assert (await post(hotel, claims, None, vp_token="", error="access_denied")).status_code == 200
    assert slug_of(await hotel.fetch(asked)) == "consent-refused"


async def test_a_wallets_answer_is_held_to_the_same(hotel: Hotel) -> None:
    key, credential = await take(hotel)
    claims = await read_request(hotel, await hotel.asked())
    said = {"nonce": claims["nonce"], "audience": claims["client_id"]}
    good = show(said, key, credential)
    for token, changed, slug in (
        ({"licence": [good]}, {"state": "guessed"}, "nonce-wrong"),
        ({"licence": [show(said | {"nonce": "stale"}, key, credential)]}, {}, "nonce-wrong"),
        ({"licence": [show(said | {"audience": "x509_hash:other"}, key, credential)]}, {}, "audience-wrong"),
        ({"licence": [show(said, key, credential, fields=[*ASKED, "address"])]}, {}, "fields-not-allowed"),
        ({"licence": [good, good]}, {}, "presentation-malformed"),
        ({"licence": good}, {}, "presentation-malformed"),
        ({"other": [good]}, {}, "presentation-malformed"),
        ({"licence": [good + "x"]}, {}, "holder-binding-invalid"),
        ([good], {}, "presentation-malformed"),
        ({"licence": [good]}, {"error": "access_denied"}, "invalid-request"),
    ):
        assert slug_of(await post(hotel, claims, token, **changed)) == slug, (token, changed)
    assert (await post(hotel, claims, {"licence": [good]})).status_code == 200, "none of those was an answer"


@pytest.mark.parametrize("body", [b"", b"vp_token", b"\xff=1", b"state=a&state=b&vp_token=c", b"a=1&" * 40])
async def test_a_body_that_is_no_form(hotel: Hotel, body: bytes) -> None:
    claims = await read_request(hotel, await hotel.asked())
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert slug_of(await hotel.api.post(claims["response_uri"], content=body, headers=headers)) == "invalid-request"


async def test_what_ended_elsewhere_answers_nothing(hotel: Hotel) -> None:
    for end in (revoke_licence, lock, end_session):
        one = await make_hotel(hotel.api, await log_in(hotel.api, await make_person(hotel.api)))
        key, credential = await take(one)
        claims = await read_request(one, await one.asked())
        await end(one)
        text = show({"nonce": claims["nonce"], "audience": claims["client_id"]}, key, credential)
        assert slug_of(await post(one, claims, {"licence": [text]})) == "presentation-revoked"


async def test_a_directed_question_is_for_no_other_wallet(hotel: Hotel) -> None:
    asked = await hotel.asked(scan_id=await hotel.scanned())
    assert slug_of(await hotel.api.get(f"/v1/openid4vp/requests/{asked['id']}")) == "not-found"


async def test_whoever_read_it_first_has_it(hotel: Hotel) -> None:
    asked = await hotel.asked()
    claims = await read_request(hotel, asked)
    await hotel.open(asked)
    assert slug_of(await post(hotel, claims, None, vp_token="", error="x")) == "presentation-answered"


# A verifier elsewhere asks a resident here.


async def test_a_verifier_elsewhere_is_answered(elsewhere: Elsewhere) -> None:
    request = elsewhere.ask()
    asked = (await elsewhere.receive(request=request, client_id=elsewhere.client_id)).json()
    assert asked["venue"]["name"] == "甲医院", "the venue that stands for it, not what it calls itself"
    assert asked["audience"] == elsewhere.client_id
    assert asked["queries"][0]["candidates"][0]["preview"] == {"name": FIELDS["name"], "photo": FIELDS["photo"]}
    answer = (await elsewhere.grant(asked)).json()
    assert (answer["state"], answer["delivery"]) == ("granted", "delivered")
    [posted] = elsewhere.stand_in.posted
    assert posted["state"] == ["their-state"]
    [text] = json.loads(posted["vp_token"][0])["card"]
    binding = json.loads(base64url.decode(text.rpartition("~")[2].split(".")[1]))
    assert (binding["aud"], binding["nonce"]) == (elsewhere.client_id, asked["nonce"])
    assert await elsewhere.hotel.api.services.pool.fetchval(
        "SELECT sealed_result IS NULL FROM presentations WHERE presentation_id = $1", asked["id"]
    )
    [access] = (await elsewhere.hotel.api.get("/v1/me/accesses", by=elsewhere.hotel.guest)).json()["items"]
    assert (access["form"], access["fields"]) == ("consent", ["name", "photo"])


async def test_a_question_is_fetched_where_its_verifier_is(elsewhere: Elsewhere) -> None:
    elsewhere.stand_in.laid_out = elsewhere.ask()
    response = await elsewhere.receive(request_uri=f"{elsewhere.url}/request", client_id=elsewhere.client_id)
    assert response.status_code == 201, response.text
    again = await elsewhere.receive(request_uri=f"{elsewhere.url}/request")
    assert again.json()["id"] == response.json()["id"], "the same question is asked once"
    other = await log_in(elsewhere.hotel.api, await make_person(elsewhere.hotel.api))
    assert slug_of(await elsewhere.receive(by=other, request_uri=f"{elsewhere.url}/r")) == "presentation-answered"


async def test_a_no_is_told_elsewhere_too(elsewhere: Elsewhere) -> None:
    asked = (await elsewhere.receive(request=elsewhere.ask())).json()
    assert (await elsewhere.hotel.answer(asked, grant=False)).json()["delivery"] == "delivered"
    assert elsewhere.stand_in.posted == [{"state": ["their-state"], "error": ["access_denied"]}]


async def test_an_answer_that_was_not_taken_is_sent_again_and_not_made_again(elsewhere: Elsewhere) -> None:
    asked = (await elsewhere.receive(request=elsewhere.ask())).json()
    elsewhere.stand_in.status = 503
    assert (await elsewhere.grant(asked)).json()["delivery"] == "waiting"
    path = f"/v1/me/presentations/{asked['id']}/deliveries"
    api, guest = elsewhere.hotel.api, elsewhere.hotel.guest
    assert slug_of(await api.post(path, by=guest)) == "answer-not-delivered"
    topics = await api.services.pool.fetch("SELECT topic FROM outbox WHERE recipient = $1", guest.person.resident_id)
    assert "presentation.not-delivered" in {row["topic"] for row in topics}
    elsewhere.stand_in.status = 200
    assert (await api.post(path, by=guest)).json()["delivery"] == "delivered"
    assert (await api.post(path, by=guest)).json()["delivery"] == "delivered", "twice is no fault, and sends nothing"
    posted = elsewhere.stand_in.posted
    assert len(posted) == 3
    assert posted[0] == posted[1] == posted[2]
    assert len((await api.get("/v1/me/accesses", by=guest)).json()["items"]) == 1


async def test_two_who_send_at_once_send_once(elsewhere: Elsewhere) -> None:
    asked = (await elsewhere.receive(request=elsewhere.ask())).json()
    elsewhere.stand_in.status = 503
    await elsewhere.grant(asked)
    elsewhere.stand_in.status, elsewhere.stand_in.delay = 200, 0.3
    path = f"/v1/me/presentations/{asked['id']}/deliveries"
    api, guest = elsewhere.hotel.api, elsewhere.hotel.guest
    answers = await asyncio.gather(*(api.post(path, by=guest) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {200}
    assert "delivered" in {answer.json()["delivery"] for answer in answers}
    assert len(elsewhere.stand_in.posted) == 2, "the one that was not taken, and this one"


async def test_a_redirect_leads_nowhere(elsewhere: Elsewhere) -> None:
    asked = (await elsewhere.receive(request=elsewhere.ask())).json()
    elsewhere.stand_in.status, elsewhere.stand_in.headers = 307, {"location": f"{elsewhere.url}/else"}
    assert (await elsewhere.grant(asked)).json()["delivery"] == "waiting"
    assert len(elsewhere.stand_in.posted) == 1


async def test_what_a_verifier_elsewhere_may_not(elsewhere: Elsewhere) -> None:
    stranger, query = HolderKey.create(), {"format": "dc+sd-jwt", "id": "a"}
    vct = f"{elsewhere.hotel.api.services.settings.url}/v1/licence-types/{CARD}/vct"
    card = {**query, "meta": {"vct_values": [vct]}}
    old = int(now().timestamp()) - 3600
    for request, slug in (
        ("no.request.object", "request-object-invalid"),
        (sign_request(stranger, {"client_id": elsewhere.client_id}), "request-object-invalid"),
        (sign_request(elsewhere.key, {"client_id": elsewhere.client_id}, typ="JWT"), "request-object-invalid"),
        (sign_request(elsewhere.key, {"client_id": elsewhere.client_id}, alg="none"), "request-object-invalid"),
        (elsewhere.ask(client_id="nobody-we-know"), "verifier-unknown"),
        (elsewhere.ask(client_id=None), "verifier-unknown"),
        (elsewhere.ask(aud="https://another.example"), "request-object-invalid"),
        (elsewhere.ask(iat=old), "request-object-invalid"),
        (elsewhere.ask(iat=None, exp=old), "request-object-invalid"),
        (elsewhere.ask(iat=None), "request-object-invalid"),
        (elsewhere.ask(nonce=None), "request-object-invalid"),
        (elsewhere.ask(nonce="short"), "request-object-invalid"),
        (elsewhere.ask(response_mode="direct_post.jwt"), "request-unsupported"),
        (elsewhere.ask(response_type="code"), "request-unsupported"),
        (elsewhere.ask(transaction_data=["x"]), "request-unsupported"),
        (elsewhere.ask(response_uri="https://another.example/x"), "response-address-refused"),
        (elsewhere.ask(response_uri=elsewhere.url.replace("127.0.0.1", "localhost")), "response-address-refused"),
        (elsewhere.ask(dcql_query={"credentials": []}), "request-object-invalid"),
        (elsewhere.ask(dcql_query={"credentials": [{**query, "format": "mso_mdoc"}]}), "request-unsupported"),
        (elsewhere.ask(dcql_query={"credentials": [query]}), "request-unsupported"),
        (
            elsewhere.ask(dcql_query={"credentials": [{**card, "claims": [{"path": ["n" * 65]}]}]}),
            "request-object-invalid",
        ),
        (elsewhere.ask(dcql_query={"credentials": [card]}), "request-unsupported"),
        (
            elsewhere.ask(dcql_query={"credentials": [{**card, "claims": [{"path": ["name"], "values": ["x"]}]}]}),
            "request-unsupported",
        ),
        (
            elsewhere.ask(dcql_query={"credentials": [{**card, "claims": [{"path": ["address"]}]}]}),
            "fields-not-allowed",
        ),
    ):
        assert slug_of(await elsewhere.receive(request=request)) == slug, request
    asked = await elsewhere.receive(request=elsewhere.ask(), client_id="somebody-else")
    assert slug_of(asked) == "request-object-invalid"
    assert slug_of(await elsewhere.receive()) == "invalid-request"
    assert (await elsewhere.hotel.api.get("/v1/me/presentations", by=elsewhere.hotel.guest)).json()["items"] == []


async def test_a_question_lies_where_a_verifier_is_alone(elsewhere: Elsewhere) -> None:
    for address, slug in (
        ("https://another.example/r", "verifier-unknown"),
        ("http://169.254.169.254/latest/meta-data", "response-address-refused"),
        (f"{elsewhere.url.replace('127.0.0.1', 'localhost')}/r", "verifier-unknown"),
        ("file:///etc/passwd", "response-address-refused"),
    ):
        assert slug_of(await elsewhere.receive(request_uri=address)) == slug
    elsewhere.stand_in.laid_out = "x" * 70_000
    too_long = await elsewhere.receive(request_uri=f"{elsewhere.url}/r")
    assert slug_of(too_long) == "request-object-invalid"


async def test_a_withdrawn_verifier_asks_nothing_more(elsewhere: Elsewhere) -> None:
    api = elsewhere.hotel.api
    operator = await make_staff(api, Role.OPERATOR)
    asked = (await elsewhere.receive(request=elsewhere.ask())).json()
    listed = (await api.get("/v1/desk/verifiers?limit=100", by=operator)).json()["items"]
    [mine] = [one for one in listed if one["client_id"] == elsewhere.client_id]
    assert mine["venue_name"] == "甲医院"
    path = f"/v1/desk/verifiers/{mine['id']}/withdraw"
    assert (await api.post(path, by=operator, json={"reason": "no longer"})).status_code == 204
    assert slug_of(await api.post(path, by=operator, json={"reason": "again"})) == "not-found"
    assert slug_of(await elsewhere.receive(request=elsewhere.ask())) == "verifier-unknown"
    assert slug_of(await elsewhere.grant(asked)) == "presentation-ended"


async def test_a_certificate_names_a_verifier(hotel: Hotel) -> None:
    """By x509_hash, as this deployment names itself: its own questions are read as anybody's."""
    stand_in, services = VerifierStandIn(), hotel.api.services
    async with answering(stand_in) as server:
        asked = await hotel.asked()
        claims = await read_request(hotel, asked)
        approved = await register(hotel, client_id=claims["client_id"], origins=[server.url])
        assert approved.status_code == 200, approved.text
        text = (await hotel.api.get(f"/v1/openid4vp/requests/{asked['id']}")).text
        answer = await hotel.api.post("/v1/me/presentations/openid4vp", by=hotel.guest, json={"request": text})
        assert slug_of(answer) == "response-address-refused", "signed well, and answered elsewhere than registered"
    await services.pool.execute("DELETE FROM verifiers WHERE client_id = $1", claims["client_id"])


@pytest.mark.parametrize(
    ("starts", "ends", "slug"),
    [(-2, -1, "request-object-invalid"), (1, 2, "request-object-invalid"), (-1, 1, None)],
    ids=["ended", "not-yet", "good"],
)
async def test_a_verifiers_certificate_is_good_at_the_time(
    elsewhere: Elsewhere, starts: int, ends: int, slug: str | None
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = certify(key, now() + timedelta(days=starts), now() + timedelta(days=ends))
    client_id = name_certificate(certificate)
    assert (await register(elsewhere.hotel, client_id=client_id, origins=[elsewhere.url])).status_code == 200
    claims = json.loads(base64url.decode(elsewhere.ask(client_id=client_id).split(".")[1]))
    asked = await elsewhere.receive(request=sign_with(key, certificate, claims))
    assert (slug_of(asked) if slug else asked.status_code) == (slug or 201)


def certify(key: ec.EllipticCurvePrivateKey, starts: datetime, ends: datetime) -> bytes:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "verifier.example")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    dated = builder.serial_number(1).not_valid_before(starts).not_valid_after(ends)
    return dated.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def sign_with(key: ec.EllipticCurvePrivateKey, certificate: bytes, claims: dict[str, Any]) -> str:
    """As a verifier whose client_id is its certificate's hash."""
    header = {"alg": "ES256", "typ": TYPE, "x5c": [base64.b64encode(certificate).decode()]}
    signed = ".".join(base64url.encode(json.dumps(part).encode()) for part in (header, claims))
    r, s = decode_dss_signature(key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{signed}.{base64url.encode(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


async def test_what_cannot_be_a_verifier(hotel: Hotel) -> None:
    key = dict(HolderKey.create().jwk)
    good = {"client_id": f"v-{uuid4()}", "origins": ["https://verifier.example"], "keys": [key]}
    wrong: tuple[dict[str, Any], ...] = (
        {"keys": []},
        {"client_id": "x509_hash:abc"},
        {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "A" * 43}]},
        {"origins": ["https://verifier.example/path"]},
        {"origins": ["http://verifier.example"]},
        {"origins": ["https://10.0.0.1"]},
        {"venue_id": str(uuid4())},
    )
    for changed in wrong:
        assert slug_of(await register(hotel, **{**good, **changed})) == "invalid-request", changed
    assert (await register(hotel, **good)).status_code == 200
    assert slug_of(await register(hotel, **good)) == "verifier-exists"

"""A scanner that has a key proves it with every request; where keys are required, one without does nothing else."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from api.services import now
from app.settings import Settings
from app.venues import scanners
from tests.api.devices import Device, send
from tests.api.harness import Api, Gate, Session, issue_code, make_gate, running_api, slug_of

_PATH = "/v1/scanner"


@pytest.fixture(scope="module")
async def strict(roomy: Settings) -> AsyncGenerator[Api]:
    """The application as it is in production in this respect: every scanner must have a key."""
    async with running_api(dataclasses.replace(roomy, scanner_proof="required")) as running:
        yield running


@pytest.fixture(params=["ES256", "EdDSA"])
def device(request: pytest.FixtureRequest) -> Device:
    return Device(request.param)


async def bind(api: Api) -> tuple[Gate, Device]:
    """A scanner with a key."""
    gate, device = await make_gate(api), Device()
    assert (await device.register(api, gate.credential)).status_code == 200
    return gate, device


async def test_from_enrolment_to_a_proven_scan(strict: Api, resident: Session, device: Device) -> None:
    gate = await make_gate(strict)
    for scheme in ("Bearer", "DPoP"):
        refused = await send(strict, "GET", _PATH, gate.credential, scheme=scheme)
        assert (refused.status_code, slug_of(refused)) == (401, "scanner-key-required")
        assert refused.headers["www-authenticate"].startswith("DPoP ")
    registered = await device.register(strict, gate.credential)
    assert (registered.status_code, registered.json()) == (200, {"key_thumbprint": device.thumbprint})
    seen = await device.call(strict, "GET", _PATH, gate.credential)
    assert seen.json()["key_thumbprint"] == device.thumbprint
    code = await issue_code(strict, resident)
    scanned = await device.call(strict, "POST", "/v1/scans", gate.credential, json={"code": code})
    assert scanned.status_code == 201, scanned.text


async def test_a_key_is_registered_once(strict: Api) -> None:
    gate, device = await bind(strict)
    for other in (device, Device()):
        again = await other.register(strict, gate.credential)
        assert (again.status_code, slug_of(again)) == (409, "scanner-key-registered")
    assert (await device.call(strict, "GET", _PATH, gate.credential)).status_code == 200


async def test_a_key_is_registered_by_whoever_has_it(strict: Api) -> None:
    gate, device, other = await make_gate(strict), Device(), Device()
    proof = device.prove("PUT", "/v1/scanner/key", gate.credential)
    refused = await send(strict, "PUT", "/v1/scanner/key", gate.credential, proof, json={"public_key": other.jwk})
    assert slug_of(refused) == "dpop-proof-invalid"
    unproven = await send(strict, "PUT", "/v1/scanner/key", gate.credential, json={"public_key": other.jwk})
    assert slug_of(unproven) == "dpop-proof-invalid"


async def test_a_key_is_registered_within_a_day(strict: Api) -> None:
    gate = await make_gate(strict)
    await strict.services.pool.execute(
        "UPDATE scanners SET created_at = created_at - interval '25 hours' WHERE scanner_id = $1", gate.scanner_id
    )
    late = await Device().register(strict, gate.credential)
    assert (late.status_code, slug_of(late)) == (409, "enrolment-over")


async def test_a_credential_of_before_the_renewal_binds_no_key(strict: Api) -> None:
    """It was renewed because it leaked: whoever has it is not let in by the day that the renewal opens."""
    gate = await make_gate(strict)
    renewed = await scanners.renew_scanner(
        strict.services.pool,
        venue_id=gate.venue_id,
        manager_id=gate.manager_id,
        scanner_id=gate.scanner_id,
        lifetime=86400,
        now=now(),
    )
    leaked = await Device().register(strict, gate.credential)
    assert (leaked.status_code, slug_of(leaked)) == (409, "enrolment-over")
    assert (await Device().register(strict, renewed.credential)).status_code == 200


@pytest.mark.parametrize(
    "jwk",
    [
        {"kty": "RSA", "n": "AQAB", "e": "AQAB", "crv": "", "x": ""},
        {"kty": "EC", "crv": "P-384", "x": "A" * 43, "y": "A" * 43},
        {"kty": "EC", "crv": "P-256", "x": "A" * 43},
        {"kty": "EC", "crv": "P-256", "x": "A" * 43, "y": "A" * 43},
        {"kty": "EC", "crv": "P-256", "x": "A" * 42, "y": "A" * 43},
        {"kty": "OKP", "crv": "X25519", "x": "A" * 43},
        {"kty": "OKP", "crv": "Ed25519", "x": "!" * 43},
        {**Device("EdDSA").jwk, "d": "A" * 43},
    ],
)
async def test_what_is_no_public_key_is_refused(api: Api, manager: Session, gate: Gate, jwk: dict[str, str]) -> None:
    response = await api.post(f"/v1/venues/{gate.venue_id}/scanners", by=manager, json={"public_key": jwk})
    assert (response.status_code, slug_of(response)) == (422, "invalid-request")
    assert response.json()["errors"][0]["pointer"] == "/public_key"


async def test_a_scanner_with_a_key_always_proves_it(api: Api) -> None:
    gate = await make_gate(api)
    assert (await api.get(_PATH, by=gate)).status_code == 200, "in development a bearer is enough"
    device = Device()
    assert (await device.register(api, gate.credential)).status_code == 200
    api.services.scanners._known.clear()
    for scheme in ("Bearer", "DPoP"):
        refused = await send(api, "GET", _PATH, gate.credential, scheme=scheme)
        assert (refused.status_code, slug_of(refused)) == (401, "dpop-proof-invalid")
    assert (await device.call(api, "GET", _PATH, gate.credential)).status_code == 200


async def test_a_proof_is_good_once(strict: Api) -> None:
    gate, device = await bind(strict)
    proof = device.prove("GET", _PATH, gate.credential)
    assert (await send(strict, "GET", _PATH, gate.credential, proof)).status_code == 200
    again = await send(strict, "GET", _PATH, gate.credential, proof)
    assert slug_of(again) == "dpop-proof-invalid"
    assert again.json()["detail"].startswith("jti")


@pytest.mark.parametrize(
    ("claim", "header", "changes"),
    [
        ("typ", {"typ": "JWT"}, {}),
        ("typ", {"typ": None}, {}),
        ("jwk", {"jwk": None}, {}),
        ("jwk", {"jwk": "x"}, {}),
        ("jwk", {"jwk": Device().jwk}, {}),
        ("crit", {"crit": ["b64"], "b64": False}, {}),
        ("htm", {}, {"htm": "POST"}),
        ("htm", {}, {"htm": None}),
        ("htu", {}, {"htu": "http://127.0.0.1:8000/v1/scans"}),
        ("htu", {}, {"htu": "https://127.0.0.1:8000/v1/scanner"}),
        ("htu", {}, {"htu": "http://127.0.0.1:8001/v1/scanner"}),
        ("htu", {}, {"htu": "http://evil.example/v1/scanner"}),
        ("htu", {}, {"htu": "http://[::1/v1/scanner"}),
        ("htu", {}, {"htu": None}),
        ("iat", {}, {"iat": int(time.time()) - 3600}),
        ("iat", {}, {"iat": int(time.time()) + 3600}),
        ("iat", {}, {"iat": 10**400}),
        ("iat", {}, {"iat": "1"}),
        ("iat", {}, {"iat": True}),
        ("iat", {}, {"iat": None}),
        ("ath", {}, {"ath": "A" * 43}),
        ("ath", {}, {"ath": None}),
        ("jti", {}, {"jti": None}),
        ("jti", {}, {"jti": ""}),
        ("jti", {}, {"jti": "x" * 200}),
        ("jti", {}, {"jti": 5}),
    ],
)
async def test_what_is_wrong_with_a_proof_is_said(
    strict: Api, claim: str, header: dict[str, Any], changes: dict[str, Any]
) -> None:
    gate, device = await bind(strict)
    refused = await send(
        strict, "GET", _PATH, gate.credential, device.prove("GET", _PATH, gate.credential, header=header, **changes)
    )
    assert (refused.status_code, slug_of(refused)) == (401, "dpop-proof-invalid")
    assert refused.json()["detail"].startswith(claim), refused.json()["detail"]
    assert 'error="invalid_dpop_proof"' in refused.headers["www-authenticate"]


async def test_another_key_or_algorithm_makes_no_proof(strict: Api) -> None:
    gate, device = await bind(strict)
    stranger, foreign = Device(), Device("EdDSA")
    proofs = {
        "signature": device.prove("GET", _PATH, gate.credential, key=stranger.private_key),
        "jwk": stranger.prove("GET", _PATH, gate.credential),
        "alg": foreign.prove("GET", _PATH, gate.credential),
    }
    for claim, proof in proofs.items():
        refused = await send(strict, "GET", _PATH, gate.credential, proof)
        assert slug_of(refused) == "dpop-proof-invalid"
        assert refused.json()["detail"].startswith(claim)
    good = device.prove("GET", _PATH, gate.credential)
    head, claims, signature = good.split(".")
    for altered in (
        f"{head}.{claims}.",
        f"{head}..{signature}",
        f"{head}.{claims}",
        good[:-4],
        f"{good}A",
        "",
        "a.b.c",
    ):
        assert slug_of(await send(strict, "GET", _PATH, gate.credential, altered)) == "dpop-proof-invalid"
    two = await send(strict, "GET", _PATH, gate.credential, good, device.prove("GET", _PATH, gate.credential))
    assert slug_of(two) == "dpop-proof-invalid"
    assert (await send(strict, "GET", _PATH, gate.credential, good)).status_code == 200


async def test_a_key_proves_no_other_scanner(strict: Api) -> None:
    gate, device = await bind(strict)
    other, _ = await bind(strict)
    proof = device.prove("GET", _PATH, other.credential)
    assert slug_of(await send(strict, "GET", _PATH, other.credential, proof)) == "dpop-proof-invalid"
    assert (await device.call(strict, "GET", _PATH, gate.credential)).status_code == 200


async def test_a_query_is_left_out_of_the_address(strict: Api) -> None:
    gate, device = await bind(strict)
    for proven in (_PATH, f"{_PATH}?a=b", f"{_PATH}?c#d"):
        proof = device.prove("GET", proven, gate.credential)
        assert (await send(strict, "GET", f"{_PATH}?x=y", gate.credential, proof)).status_code == 200


async def test_behind_a_proxy_the_address_is_the_public_one(roomy: Settings) -> None:
    public = "https://Suixing.example:443/base/"
    async with running_api(dataclasses.replace(roomy, public_url=public, scanner_proof="required")) as proxied:
        gate, device = await make_gate(proxied), Device()
        here = await device.register(proxied, gate.credential)
        assert here.json()["detail"].startswith("htu")
        proof = device.prove("PUT", "/v1/scanner/key", gate.credential, origin="https://suixing.example/base")
        bound = await send(proxied, "PUT", "/v1/scanner/key", gate.credential, proof, json={"public_key": device.jwk})
        assert bound.status_code == 200


async def test_an_office_worker_has_no_use_for_the_scheme(strict: Api, resident: Session) -> None:
    refused = await send(strict, "GET", "/v1/me", resident.credential, "x")
    assert (refused.status_code, slug_of(refused)) == (401, "unauthenticated")
    wrong = await send(strict, "GET", _PATH, resident.credential, "x")
    assert (wrong.status_code, slug_of(wrong)) == (403, "forbidden")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
_HEADER_TEXT = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=200)


@pytest.fixture(scope="module")
async def bound(strict: Api) -> tuple[Gate, Device]:
    return await bind(strict)


@examples(max_examples=60, suppress_health_check=list(HealthCheck))
@given(proof=_HEADER_TEXT)
async def test_any_text_is_refused_and_breaks_nothing(strict: Api, bound: tuple[Gate, Device], proof: str) -> None:
    refused = await send(strict, "GET", _PATH, bound[0].credential, proof)
    assert (refused.status_code, slug_of(refused)) == (401, "dpop-proof-invalid")


@examples(max_examples=80, suppress_health_check=list(HealthCheck))
@given(where=st.sampled_from(["htm", "htu", "iat", "ath", "jti", "typ", "jwk"]), value=_JSON)
async def test_any_claim_is_judged_and_breaks_nothing(
    strict: Api, bound: tuple[Gate, Device], where: str, value: Any
) -> None:
    gate, device = bound
    given_in = {"header": {where: value}} if where in {"typ", "jwk"} else {where: value}
    if where == "typ" and not isinstance(value, str | None):
        return  # the library that makes the proofs would not make this one
    proof = device.prove("GET", _PATH, gate.credential, **given_in)
    response = await send(strict, "GET", _PATH, gate.credential, proof)
    if where == "jti" and isinstance(value, str) and 1 <= len(value) <= 128:
        assert response.status_code == 200 or response.json()["detail"].startswith("jti")
    else:
        assert (response.status_code, slug_of(response)) == (401, "dpop-proof-invalid")


async def test_a_revoked_scanner_is_refused_within_five_seconds(strict: Api) -> None:
    gate, device = await bind(strict)
    revoke = "UPDATE scanners SET revoked_at = $2 WHERE scanner_id = $1"
    await strict.services.pool.execute(revoke, gate.scanner_id, now())
    deadline = time.monotonic() + 5
    while (refused := await device.call(strict, "GET", _PATH, gate.credential)).status_code == 200:
        assert time.monotonic() < deadline
    assert (refused.status_code, slug_of(refused)) == (401, "unauthenticated")

"""Issuing a code: without any store, in the form that the client wants, and not too often."""

from __future__ import annotations

import dataclasses
import io
from datetime import UTC, datetime, timedelta

import pytest
import zxingcpp
from PIL import Image

from api.services import now
from app.settings import Settings
from codes import read_trust_list, verify
from tests.api.harness import Api, Session, issue_code, running_api, slug_of

_QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
BODY = {"kind": "personal"}


async def test_a_code_and_its_times(api: Api, resident: Session) -> None:
    response = await api.post("/v1/codes", by=resident, json=BODY)
    assert response.status_code == 201
    assert response.headers["content-type"] == "application/json"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["vary"] == "Accept"
    issued = response.json()
    assert issued.keys() == {"code", "kind", "issued_at", "expires_at", "refresh_after"}
    assert issued["kind"] == "personal"
    times = [datetime.fromisoformat(issued[name]) for name in ("issued_at", "refresh_after", "expires_at")]
    assert timedelta(0) <= datetime.now(UTC) - times[0] < timedelta(seconds=60)
    assert times[2] - times[0] == timedelta(seconds=60)
    assert times[0] < times[1] < times[2]
    assert all(issued[name].endswith("Z") and "." not in issued[name] for name in ("issued_at", "expires_at"))


async def test_a_code_verifies_with_the_published_list_and_nothing_else(api: Api, resident: Session) -> None:
    listed = await api.get("/v1/trust-list")
    trust = read_trust_list(listed.text, root_fingerprint=api.services.ring.root_fingerprint, now=now())
    verified = verify(await issue_code(api, resident), trust, now())
    assert (verified.issuer, verified.kind) == ("31", "personal")


async def test_codes_of_one_resident_have_nothing_in_common(api: Api, resident: Session) -> None:
    trust = api.services.trust.current
    codes = [verify(await issue_code(api, resident), trust, now()) for _ in range(10)]
    assert len({code.cti for code in codes}) == 10
    assert len({code.handle for code in codes}) == 10
    assert len({api.services.ring.open_handle(code) for code in codes}) == 1


async def test_issuing_asks_no_store(roomy: Settings, resident: Session) -> None:
    """It goes on while PostgreSQL and Valkey are away."""
    async with running_api(roomy) as alone:
        await alone.services.valkey.aclose()
        alone.services.pool.terminate()
        assert slug_of(await alone.get("/v1/me", by=resident)) == "unavailable"
        for _ in range(3):
            assert await issue_code(alone, resident)


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("application/json", "application/json"),
        ("image/svg+xml", "image/svg+xml"),
        ("image/png", "image/png"),
        ("image/png, application/json;q=0.1", "image/png"),
        ("application/json, image/png;q=0.5", "application/json"),
        ("image/svg+xml;q=0.2, image/png;q=0.9", "image/png"),
        ("image/webp", "application/json"),
        ("image/*", "image/svg+xml"),
        ("image/avif,image/png,*/*;q=0.8", "image/png"),
        ("text/html", "application/json"),
        ("nonsense;;q=?", "application/json"),
    ],
)
async def test_the_client_says_in_which_form(api: Api, resident: Session, accept: str, media_type: str) -> None:
    response = await api.post("/v1/codes", by=resident, json=BODY, headers={"Accept": accept})
    assert response.status_code == 201
    assert response.headers["content-type"] == media_type
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["vary"] == "Accept"


@pytest.mark.parametrize("accept", ["image/png", "image/svg+xml"])
async def test_a_picture_has_its_times_in_headers(api: Api, resident: Session, accept: str) -> None:
    response = await api.post("/v1/codes", by=resident, json=BODY, headers={"Accept": accept})
    issued, refresh, expires = (
        datetime.fromisoformat(response.headers[f"x-code-{name}"])
        for name in ("issued-at", "refresh-after", "expires-at")
    )
    assert issued < refresh < expires == issued + timedelta(seconds=60)


async def test_a_picture_can_be_scanned(api: Api, resident: Session) -> None:
    response = await api.post("/v1/codes", by=resident, json=BODY, headers={"Accept": "image/png"})
    with Image.open(io.BytesIO(response.content)) as picture:
        [found] = zxingcpp.read_barcodes(picture.convert("L"), formats=_QR)
    assert verify(found.text, api.services.trust.current, now()).issuer == "31"


async def test_a_drawing_is_safe_to_show(api: Api, resident: Session) -> None:
    response = await api.post("/v1/codes", by=resident, json=BODY, headers={"Accept": "image/svg+xml"})
    assert response.text.startswith(("<svg", "<?xml"))
    assert "<script" not in response.text
    assert "SX1:" not in response.text


@pytest.mark.parametrize("body", [{}, {"kind": "enterprise"}, {"kind": None}, [], "personal", {"kind": 1}])
async def test_a_kind_that_is_not_issued(api: Api, resident: Session, body: object) -> None:
    assert slug_of(await api.post("/v1/codes", by=resident, json=body)) == "invalid-request"


async def test_a_session_is_limited_and_another_is_not(api: Api, resident: Session, roomy: Settings) -> None:
    async with running_api(dataclasses.replace(roomy, codes_burst=5)) as tight:
        for _ in range(5):
            await issue_code(tight, resident)
        refused = await tight.post("/v1/codes", by=resident, json=BODY)
        assert (refused.status_code, slug_of(refused)) == (429, "too-many-requests")
        assert refused.headers["retry-after"] == "1"
    assert await issue_code(api, resident)


async def test_thirty_at_once_and_no_more(api: Api, resident: Session) -> None:
    answers = [(await api.post("/v1/codes", by=resident, json=BODY)).status_code for _ in range(40)]
    assert 30 <= answers.count(201) <= 32
    assert answers[-1] == 429

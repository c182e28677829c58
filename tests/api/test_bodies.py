"""Bodies that are meant to hurt: nested, endless, or sent by a page that has no business here."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.api.harness import Api, Gate, invent_phone, slug_of

JSON = {"Content-Type": "application/json"}


async def ask_otp(api: Api, body: bytes) -> httpx.Response:
    return await api.post("/v1/otp", content=body, headers=JSON)


@pytest.mark.parametrize("opened", [b"[", b'{"x":'])
@pytest.mark.parametrize("times", [1100, 2500])
async def test_a_body_that_is_nested_deeply(api: Api, opened: bytes, times: int) -> None:
    response = await ask_otp(api, b'{"phone":"13800000000","x":' + opened * times)
    assert (response.status_code, slug_of(response)) == (422, "invalid-request")


async def test_a_scan_that_is_nested_as_deeply_as_a_body_may_be(api: Api, gate: Gate) -> None:
    response = await api.post("/v1/scans", by=gate, content=b'{"code":"","x":' + b"[" * 2_000_000, headers=JSON)
    assert (response.status_code, slug_of(response)) == (422, "invalid-request")


async def test_anyone_may_send_a_little(api: Api) -> None:
    """What is not declared is passed over, up to where it is too much."""
    padded = b'{"phone":"%b","x":"%b"}'
    phone = invent_phone().encode()
    assert (await ask_otp(api, padded % (phone, b"x" * 10_000))).status_code == 202
    refused = await ask_otp(api, padded % (phone, b"x" * 20_000))
    assert (refused.status_code, slug_of(refused)) == (422, "invalid-request")


@pytest.mark.parametrize(("site", "status"), [("cross-site", 422), ("same-origin", 202), ("none", 202)])
async def test_a_page_of_another_site_has_nobody_texted(api: Api, site: str, status: int) -> None:
    """A form's content type needs no preflight, so that any page could have its visitors' browsers ask."""
    headers: dict[str, str] = {"Content-Type": "text/plain", "Sec-Fetch-Site": site}
    body: dict[str, Any] = {"phone": invent_phone()}
    response = await api.post("/v1/otp", json=body, headers=headers)
    assert response.status_code == status, response.text


@pytest.mark.parametrize("pieces", [1, 3])
@pytest.mark.parametrize("is_announced", [True, False])
async def test_a_body_is_over_where_its_announced_length_has_come(api: Api, pieces: int, *, is_announced: bool) -> None:
    """A server that says afterwards that nothing more comes, as granian does, need not be asked; of others it is."""
    body = b'{"phone":"%b"}' % invent_phone().encode()
    step = len(body) // pieces
    parts = [body[at : at + step] for at in range(0, len(body), step)]
    events = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
    events.append({"type": "http.request", "body": b"", "more_body": False})
    answered: list[int] = []

    async def receive() -> Any:
        return events.pop(0)

    async def send(message: Any) -> None:
        answered.append(message.get("status", 0))

    await api.asgi(_post("/v1/otp", len(body) if is_announced else None), receive, send)
    assert answered[0] == 202
    assert len(events) == (1 if is_announced else 0)


def _post(path: str, length: int | None) -> Any:
    headers = [(b"host", b"127.0.0.1"), (b"content-type", b"application/json")]
    if length is not None:
        headers.append((b"content-length", str(length).encode()))
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": headers,
        "client": ("127.0.0.1", 5),
        "server": ("127.0.0.1", 8000),
    }

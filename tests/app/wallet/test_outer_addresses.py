"""An answer goes to the open internet alone, however an inner address is written."""

from __future__ import annotations

import asyncio
import ipaddress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.wallet import outer_addresses
from app.wallet.errors import NotDeliveredError, ResponseAddressRefusedError
from app.wallet.outer_addresses import is_outside, read_address, resolve
from app.wallet.postman import Postman

SPELLINGS = [
    "https://127.0.0.1/",
    "https://localhost/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://2130706433/",
    "https://0x7f.0.0.1/",
    "https://0177.0.0.1/",
    "https://127.1/",
    "https://metadata.0x7f000001/",
    "https://10.0.0.1.nip.1/",
    "https://169.254.169.254/latest/meta-data",
    "https://①②⑦.0.0.1/",
    "https://127.0.0.1\\@verifier.example/",
    "https://user@verifier.example/",
    "https://verifier.example:0/",
    "https://verifier.example:99999/",
    "https://verifier.example/#here",
    "https://verifier.example\n/",
    "https://[fe80::1%25eth0]/",
    "https:///nowhere",
    "https://-verifier.example/",
    "http://verifier.example/",
    "ftp://verifier.example/",
    "file:///etc/passwd",
    "//verifier.example/",
    "",
    "https://verifier.example/" + "x" * 2000,
]


@pytest.mark.parametrize("text", SPELLINGS)
def test_what_is_no_address_outside_is_not_even_resolved(text: str) -> None:
    with pytest.raises(ResponseAddressRefusedError):
        read_address(text)


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://verifier.example/answers?x=1", "https://verifier.example"),
        ("https://Verifier.Example:443/", "https://verifier.example"),
        ("https://verifier.example:8443/", "https://verifier.example:8443"),
        ("https://a1.verifier-2.example", "https://a1.verifier-2.example"),
    ],
)
def test_an_address_has_an_origin(text: str, origin: str) -> None:
    assert read_address(text).origin == origin


def test_this_machine_is_for_development_alone() -> None:
    assert read_address("http://127.0.0.1:9000/x", allows_loopback=True).origin == "http://127.0.0.1:9000"
    for text in ("http://10.0.0.1/", "http://verifier.example/", "https://10.0.0.1/"):
        with pytest.raises(ResponseAddressRefusedError):
            read_address(text, allows_loopback=True)


INNER = [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",  # noqa: S104  looked at, not bound
    "255.255.255.255", "240.0.0.1", "::", "::1", "fe80::1", "fc00::1", "fd00:ec2::254", "::ffff:10.0.0.1",
    "::ffff:169.254.169.254", "2002:a00:1::", "2002:7f00:1::", "64:ff9b::a00:1", "64:ff9b::7f00:1", "ff02::1",
    "2001:0:4136:e378:8000:63bf:f5ff:fffe", "fec0::1", "192.0.0.192",
]  # fmt: skip


def answer_with(monkeypatch: pytest.MonkeyPatch, *machines: str) -> None:
    """Has every name lead there."""

    async def getaddrinfo(*_: Any, **__: Any) -> list[Any]:
        return [(0, 0, 0, "", (machine, 443)) for machine in machines]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)


@pytest.mark.parametrize("machine", INNER)
async def test_a_name_that_leads_within_is_refused(machine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    address = read_address("https://verifier.example/")
    answer_with(monkeypatch, machine)
    with pytest.raises(ResponseAddressRefusedError):
        await resolve(address)
    answer_with(monkeypatch, "93.184.215.14", machine)
    with pytest.raises(ResponseAddressRefusedError):
        await resolve(address)


async def test_a_name_that_leads_outside_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    address = read_address("https://verifier.example/")
    for machine in ("93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"):
        answer_with(monkeypatch, machine)
        assert await resolve(address) == machine


async def test_the_connection_goes_to_the_machine_that_was_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that leads elsewhere by the time of the connection leads nobody anywhere."""
    asked: list[str] = []

    async def look(address: Any, *, allows_loopback: bool) -> str:
        asked.append(address.host)
        assert allows_loopback
        return "127.0.0.1"

    monkeypatch.setattr("app.wallet.postman.resolve", look)
    heard: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        address = outer_addresses.OuterAddress(
            f"http://verifier.example:{port}/request", "http", "verifier.example", port
        )
        assert await Postman(allows_loopback=True).read(address, 100) == "ok"
    assert asked == ["verifier.example"]
    assert f"host: verifier.example:{port}".encode() in heard[0].lower()


async def test_a_name_that_leads_nowhere() -> None:
    with pytest.raises(NotDeliveredError):
        await resolve(read_address("https://verifier.invalid/"))


@given(st.integers(0, 2**32 - 1))
def test_what_is_inner_is_inner_however_it_is_wrapped(number: int) -> None:
    plain = ipaddress.IPv4Address(number)
    wrapped = [
        ipaddress.IPv6Address((0xFFFF << 32) | number),
        ipaddress.IPv6Address((0x2002 << 112) | (number << 80)),
        ipaddress.IPv6Address((0x64FF9B << 96) | number),
    ]
    if not is_outside(plain):
        assert not any(is_outside(one) for one in wrapped)


@given(st.text(max_size=60))
def test_whatever_is_written_is_read_or_refused(text: str) -> None:
    try:
        address = read_address("https://" + text)
    except ResponseAddressRefusedError:
        return
    assert address.origin.startswith("https://")
    assert "." in address.host

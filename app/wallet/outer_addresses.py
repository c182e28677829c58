"""Addresses outside: what an answer may be sent to, and to which machine that leads.

Whoever names an address may mean to have this server ask a machine within. So a name is resolved here, every address
that it has must be one of the open internet, and the connection goes to the address that was looked at.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
from urllib.parse import urlsplit

import msgspec

from app.wallet.errors import NotDeliveredError, ResponseAddressRefusedError

LONGEST_ADDRESS = 2000
_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")
_LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost"})
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_KEPT_WITHIN = (ipaddress.ip_network("fec0::/10"), ipaddress.ip_network("192.0.0.0/24"))
"""Which `is_global` lets pass, at least in part: site-local addresses (RFC 3879), which some networks use on, and what
is for protocols between a host and its provider (RFC 6890).
"""
_IPV4_BITS = 0xFFFFFFFF
_PORTS = {"https": 443, "http": 80}
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class OuterAddress(msgspec.Struct, frozen=True):
    """An address as it was written, and its parts."""

    text: str
    scheme: str
    host: str
    port: int

    @property
    def origin(self) -> str:
        """As verifiers register it: without the port where it is the scheme's own."""
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}"


def read_address(text: str, *, allows_loopback: bool = False) -> OuterAddress:
    """Takes an address apart; raises ResponseAddressRefusedError for any that is not https to a plain host name.

    Numbers are no names, however they are written: what a resolver makes of `0x7f.1` is not left to chance.
    """
    if len(text) > LONGEST_ADDRESS or not text.isascii() or re.search(r"[\x00-\x20\x7f\\]", text):
        raise ResponseAddressRefusedError("The address cannot be read.")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise ResponseAddressRefusedError("The address cannot be read.") from None
    host = parts.hostname or ""
    is_loopback = allows_loopback and host in _LOOPBACK_NAMES
    if parts.scheme != "https" and not (is_loopback and parts.scheme == "http"):
        raise ResponseAddressRefusedError("The address must begin with https://.")
    if parts.username is not None or parts.password is not None or parts.fragment or port == 0:
        raise ResponseAddressRefusedError("The address has parts that it must not have.")
    if not is_loopback and (not _NAME.fullmatch(host) or "." not in host or host.rpartition(".")[2][0].isdigit()):
        raise ResponseAddressRefusedError("The address must have the name of a host.")
    return OuterAddress(text, parts.scheme, host, port or _PORTS[parts.scheme])


async def resolve(address: OuterAddress, *, allows_loopback: bool = False) -> str:
    """The one machine to connect to; raises ResponseAddressRefusedError unless every address of the name is outside,
    and NotDeliveredError for a name that leads nowhere.
    """
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    except OSError:
        raise NotDeliveredError("The name leads nowhere.") from None
    machines = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    for machine in machines:
        if not (is_outside(machine) or (allows_loopback and _unwrap(machine).is_loopback)):
            raise ResponseAddressRefusedError("The name leads to an inner address.")
    return str(machines[0])


def is_outside(machine: _Address) -> bool:
    """Whether an address belongs to the open internet, and so does every one that is wrapped in it."""
    inner = _unwrap(machine)
    return all(_is_open(one) for one in {machine, inner})


def _is_open(one: _Address) -> bool:
    is_kept = any(one in network for network in _KEPT_WITHIN if network.version == one.version)
    return one.is_global and not (is_kept or one.is_multicast or one.is_reserved)


def _unwrap(machine: _Address) -> _Address:
    """The IPv4 address that an IPv6 one stands for: mapped, by 6to4, by Teredo or by NAT64."""
    if not isinstance(machine, ipaddress.IPv6Address):
        return machine
    if machine in _NAT64:
        return ipaddress.IPv4Address(int(machine) & _IPV4_BITS)
    teredo = machine.teredo
    return machine.ipv4_mapped or machine.sixtofour or (teredo[1] if teredo else machine)

"""What is decided about people without asking anybody."""

from __future__ import annotations

import ipaddress
import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import phonenumbers
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.errors import InvalidError
from app.people.errors import IdentityNotVerifiedError, InstallationNotApprovedError
from app.people.model import Assurance, ResidentCaller, Standing
from app.people.rules import (
    assurance_of,
    codes_end_at,
    mask_name,
    mask_phone,
    network_of,
    normalise_phone,
    require_own_eyes,
    require_verified,
)

MOBILE = st.from_regex(r"1[38][0-9]{9}", fullmatch=True)
"""Of the mainland."""
CHINESE = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=6)
FOREIGN = [
    phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    for region in sorted(phonenumbers.SUPPORTED_REGIONS)
    if region != "CN"
    if (number := phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)) is not None
]
"""A mobile number of each country."""


@given(mobile=MOBILE, gap=st.sampled_from(["", " ", "-", " - "]), prefix=st.sampled_from(["", "+86", "0086", "+86 "]))
def test_a_mobile_has_one_form_however_it_is_written(mobile: str, gap: str, prefix: str) -> None:
    assert normalise_phone(f"{prefix}{mobile[:3]}{gap}{mobile[3:7]}{gap}{mobile[7:]}") == f"+86{mobile}"


@given(MOBILE)
def test_full_width_digits_are_digits(mobile: str) -> None:
    assert normalise_phone("".join(chr(ord(digit) + 0xFEE0) for digit in mobile)) == f"+86{mobile}"


@given(MOBILE)
def test_normalising_twice_is_normalising_once(mobile: str) -> None:
    once = normalise_phone(mobile)
    assert normalise_phone(once) == once


@given(st.text(max_size=64))
def test_any_text_is_a_mobile_number_or_refused(text: str) -> None:
    try:
        number = normalise_phone(text)
    except InvalidError as refusal:
        assert refusal.pointer == "/phone"  # noqa: PT017  either may come
    else:
        assert re.fullmatch(r"\+[1-9][0-9]{4,14}", number)


@pytest.mark.parametrize(
    "landline", ["021 6598 1234", "+86 10 6552 9988", "0571-85252345", "+44 20 7946 0018", "12345"]
)
def test_a_landline_is_refused(landline: str) -> None:
    with pytest.raises(InvalidError):
        normalise_phone(landline)


@given(MOBILE)
def test_four_digits_of_a_mobile_are_hidden(mobile: str) -> None:
    assert mask_phone(f"+86{mobile}") == f"{mobile[:3]}****{mobile[-4:]}"


@pytest.mark.parametrize("phone", FOREIGN)
def test_of_a_foreign_mobile_two_digits_are_shown(phone: str) -> None:
    country, _, shown = mask_phone(phone).partition(" ****")
    national = phone.removeprefix(country)
    assert phone.startswith(country)
    assert national.endswith(shown)
    assert len(shown) == 2


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("王小明", "王**"),
        ("李明", "李*"),
        ("欧阳兰", "欧阳*"),
        ("司马相如", "司马**"),
        ("欧阳", "欧*"),
        ("王", "王*"),
        ("阿卜杜拉·热合曼", "阿**"),
        ("John Smith", "J**"),
        ("", ""),
    ],
)
def test_a_name_is_its_surname_and_stars(name: str, masked: str) -> None:
    assert mask_name(name) == masked


@given(CHINESE | st.text(min_size=1, max_size=40))
def test_a_mask_never_shows_a_whole_name(name: str) -> None:
    assume("*" not in name)
    shown = mask_name(name).rstrip("*")
    assert len(shown) <= (2 if len(name) > 2 else 1)
    assert name.startswith(shown)
    assert mask_name(name) != name
    assert len(mask_name(name)) <= 4  # nor how long it is


@given(st.ip_addresses(v=4), st.integers(1, 65535))
def test_of_ipv4_each_address_is_somebody(address: ipaddress.IPv4Address, port: int) -> None:
    for written in (
        f"{address}",
        f" {address}",
        f"{address}:{port}",
        f"::ffff:{address}",
        f"[::ffff:{address}]:{port}",
    ):
        assert network_of(written) == str(address)


@given(st.ip_addresses(v=6), st.integers(0, 2**64 - 1), st.integers(1, 65535))
def test_of_ipv6_a_subscribers_network_is_somebody(address: ipaddress.IPv6Address, host: int, port: int) -> None:
    assume(address.ipv4_mapped is None)
    neighbour = ipaddress.IPv6Address((int(address) >> 64 << 64) | host)
    assume(neighbour.ipv4_mapped is None)
    assert network_of(str(address)) == network_of(str(neighbour)) == network_of(f"[{neighbour}]:{port}")
    stranger = ipaddress.IPv6Address(int(address) ^ (1 << 64))
    assert network_of(str(stranger)) != network_of(str(address))


@given(st.text())
def test_any_text_has_a_network_of_bounded_length(text: str) -> None:
    assert len(network_of(text)) <= 64


@pytest.mark.parametrize("verified", [True, False])
@pytest.mark.parametrize("trusted", [True, False])
def test_a_session_is_verified_where_resident_and_installation_are(*, verified: bool, trusted: bool) -> None:
    standing = Standing(uuid4(), 1, verified, trusted, frozenset())
    assert (assurance_of(standing) is Assurance.VERIFIED) == (verified and trusted)


def caller(assurance: Assurance, *, identity_verified: bool) -> ResidentCaller:
    return ResidentCaller(uuid4(), uuid4(), uuid4(), 1, assurance, identity_verified, frozenset())


def test_codes_are_for_the_verified_on_trusted_installations() -> None:
    require_verified(caller(Assurance.VERIFIED, identity_verified=True))
    with pytest.raises(InstallationNotApprovedError):
        require_verified(caller(Assurance.PHONE, identity_verified=True))
    with pytest.raises(IdentityNotVerifiedError):
        require_verified(caller(Assurance.PHONE, identity_verified=False))


def test_a_newcomer_alone_does_not_see_what_is_personal() -> None:
    require_own_eyes(caller(Assurance.VERIFIED, identity_verified=True))
    require_own_eyes(caller(Assurance.PHONE, identity_verified=False))
    with pytest.raises(InstallationNotApprovedError):
        require_own_eyes(caller(Assurance.PHONE, identity_verified=True))


@given(st.datetimes(datetime(2026, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)), st.floats(0, 5))  # noqa: DTZ001
def test_no_code_issued_until_everybody_knows_outlives_a_lock(locked_at: datetime, after: float) -> None:
    issued_at = (locked_at + timedelta(seconds=after)).replace(microsecond=0)
    assert issued_at < codes_end_at(locked_at) <= locked_at + timedelta(seconds=6)

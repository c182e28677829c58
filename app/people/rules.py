"""What is decided about people without asking anybody: phones, masks, assurance."""

from __future__ import annotations

import ipaddress
import re
from datetime import datetime, timedelta

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

from app.errors import InvalidError
from app.people.errors import IdentityNotVerifiedError, InstallationNotApprovedError
from app.people.model import Assurance, ResidentCaller, Role, Standing

_LONGEST_NUMBER = 32
_LONGEST_ADDRESS = 64
_PORT = re.compile(r"^(\[[^\]]*\]|[0-9.]+):[0-9]+$")
"""Some proxies write the port too, and it is another each time."""
_HOME_REGION = "CN"
_HOME_PREFIX = "+86"
_ENDINGS_KNOWN_WITHIN = timedelta(seconds=5)
"""Processes ask each second; a busy one may be late."""


def normalise_phone(text: str) -> str:
    """The number in E.164. Only mobile numbers can be texted: landlines are valid numbers too, and are refused."""
    try:
        number = phonenumbers.parse(text[:_LONGEST_NUMBER], _HOME_REGION)
    except NumberParseException:
        raise InvalidError("/phone", "This is not a phone number.") from None
    kinds = {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}
    if not phonenumbers.is_valid_number(number) or phonenumbers.number_type(number) not in kinds:
        raise InvalidError("/phone", "This is not a mobile number.")
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def region_of(phone: str) -> str:
    """The two letters (ISO 3166-1) of where an E.164 number is, or an empty text where that cannot be said."""
    return phonenumbers.region_code_for_number(phonenumbers.parse(phone)) or ""


def mask_phone(phone: str) -> str:
    """Three digits, four stars, four digits, as is common use; of a foreign number, which may be short, the country and
    two digits.
    """
    if phone.startswith(_HOME_PREFIX):
        return f"{phone[3:6]}****{phone[-4:]}"
    return f"+{phonenumbers.parse(phone).country_code} ****{phone[-2:]}"


_COMPOUND_SURNAMES = frozenset(
    [
        "欧阳",
        "太史",
        "端木",
        "上官",
        "司马",
        "东方",
        "独孤",
        "南宫",
        "万俟",
        "闻人",
        "夏侯",
        "诸葛",
        "尉迟",
        "公羊",
        "赫连",
        "澹台",
        "皇甫",
        "宗政",
        "濮阳",
        "公冶",
        "太叔",
        "申屠",
        "公孙",
        "慕容",
        "仲孙",
        "钟离",
        "长孙",
        "宇文",
        "司徒",
        "鲜于",
        "司空",
        "闾丘",
        "令狐",
        "百里",
        "呼延",
        "东郭",
        "西门",
    ]
)


def mask_name(name: str) -> str:
    """The surname, and one star or two for what follows: 王小明 is 王**; of other names, the first letter.

    A star stands even where nothing follows, so that no mask is a whole name.
    """
    if not name:
        return ""
    shown = 2 if name[:2] in _COMPOUND_SURNAMES and len(name) > 2 else 1  # noqa: PLR2004  two characters
    return name[:shown] + "*" * max(1, min(len(name) - shown, 2))


def network_of(address: str) -> str:
    """What one subscriber has of the address space: an IPv4 address, or the /64 of an IPv6 one."""
    bare = _PORT.sub(r"\1", address.strip()).strip("[]")
    try:
        parsed = ipaddress.ip_address(bare)
    except ValueError:  # a socket's path, or what a proxy wrote
        return address[:_LONGEST_ADDRESS]
    if parsed.version == 4:  # noqa: PLR2004  IPv4
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))


def assurance_of(standing: Standing) -> Assurance:
    """A session is verified where the resident is, and the installation has proven presence or was let in."""
    return Assurance.VERIFIED if standing.verified and standing.trusted else Assurance.PHONE


def roles_in_token(standing: Standing, *, second_factor_at: datetime | None, required: bool) -> frozenset[Role]:
    """What a token may bear: nothing without trust, and nothing without the second factor where one is enrolled, or
    asked of everybody.
    """
    if second_factor_at is None and (required or standing.has_factor):
        return frozenset()
    return held_roles(standing)


def held_roles(standing: Standing) -> frozenset[Role]:
    """What a trusted installation of a verified person would be let do."""
    return standing.roles if standing.verified and standing.trusted else frozenset()


def require_verified(caller: ResidentCaller) -> None:
    """Codes and licences are for verified residents on trusted installations alone."""
    if not caller.identity_verified:
        raise IdentityNotVerifiedError
    if not caller.is_verified:
        raise InstallationNotApprovedError


def require_own_eyes(caller: ResidentCaller) -> None:
    """What is personal is not shown to an installation that nobody let in."""
    if not caller.sees_personal_data:
        raise InstallationNotApprovedError


def codes_end_at(now: datetime) -> datetime:
    """From when codes are good again after all before were ended.

    Their `iat` has whole seconds, so from a whole one on; and not before every process knows of the ended sessions,
    since one that does not may issue another code meanwhile.
    """
    return now.replace(microsecond=0) + timedelta(seconds=1) + _ENDINGS_KNOWN_WITHIN

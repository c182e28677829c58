"""Everything an operator can set: read once from the environment, checked whole, and frozen."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import Field, dataclass, fields
from pathlib import Path
from typing import Any

from app.errors import SettingsError
from app.message_settings import MessageSettings
from app.outside_settings import OutsideSettings
from app.outside_settings import define_setting as _setting
from app.provinces import PROVINCES
from app.roaming_settings import RoamingSettings, check_roaming
from app.setting_files import read_setting_files
from codes.model import LONGEST_LIFE_SECONDS

_YEAR = 365 * 86400
_NAMED_BY_CONVENTION = {"database_url": "DATABASE_URL", "redis_url": "REDIS_URL"}


@dataclass(frozen=True, kw_only=True)
class Settings(OutsideSettings, MessageSettings, RoamingSettings):
    """One deployment's settings; `variable(name)` says which environment variable each is."""

    environment: str = _setting("development", "development | production")
    province: str = _setting("31", "the two-digit GB/T 2260 code of the province this deployment serves")
    host: str = _setting("127.0.0.1", "the address to listen on")
    port: int = _setting(8000, "the port to listen on", least=1)
    data: Path = _setting(Path(".suixing"), "the folder of the private servers, keys and logs")
    keys: Path | None = _setting(None, "the folder of keys and secrets; in development made in the data folder")
    database_url: str | None = _setting(
        None, "PostgreSQL, 15 or newer; without it a private server is started", secret=True
    )
    redis_url: str | None = _setting(None, "Valkey or Redis; without it a private server is started", secret=True)
    processes: int = _setting(2, "server processes", least=1)
    pool_size: int = _setting(10, "database connections of each process", least=1)
    statement_cache: bool = _setting(True, "set to false behind pgbouncer in transaction mode")
    public_url: str | None = _setting(None, "where clients reach this server; in production an https address")
    trusted_proxies: int = _setting(0, "reverse proxies in front, each adding to X-Forwarded-For", least=0)
    log_level: str = _setting("info", "debug | info | warning | error")
    log_requests: bool = _setting(False, "log every request, not only those that fail")

    otlp_endpoint: str | None = _setting(
        None, "where traces are sent by OTLP over HTTP, such as http://collector:4318; none without it"
    )
    trace_percent: int = _setting(10, "of a hundred requests, how many are traced", least=0, most=100)
    metrics_token: str | None = _setting(
        None, "the bearer token for /metrics; without it, they are for this machine alone", secret=True
    )

    code_lifetime: int = _setting(60, "seconds that a service code is good for", least=10)
    access_token_lifetime: int = _setting(300, "seconds that an access token is good for, 300 at most", least=30)
    session_lifetime: int = _setting(
        30 * 86400, "seconds that an unused session can still be refreshed", least=600, most=_YEAR
    )
    staff_second_factor: str | None = _setting(
        None, "required | enrolled: of all staff, or of those who have one; in production always required"
    )
    staff_idle: int = _setting(900, "seconds after which a staff session that was not refreshed is over", least=60)
    staff_session_lifetime: int = _setting(
        8 * 3600, "seconds after which a staff session is over, 12 hours at most", least=600, most=12 * 3600
    )
    desk_looks_per_hour: int = _setting(30, "residents an operator may look for in an hour", least=1)
    window_checks_per_hour: int = _setting(40, "face checks that one member of staff may start at a window", least=1)

    care_relatives: int = _setting(8, "relatives a resident may care for", least=1, most=100)
    care_carers: int = _setting(3, "residents who may care for one relative", least=1, most=100)
    care_days: int = _setting(365, "days after which a care relation ends unless it is renewed", least=1, most=1100)
    care_invitations_daily: int = _setting(10, "people a resident may invite in 24 hours", least=1)
    scanner_lifetime: int = _setting(
        90 * 86400, "seconds that a scanner's credential is good for, 90 days at most", least=600, most=90 * 86400
    )
    scanner_proof: str | None = _setting(
        None, "required | registered: of all scanners, or of those that have a key; in production always required"
    )
    trust_list_lifetime: int = _setting(
        86400, "seconds that a trust list is good for, a day at most; signed anew at half", least=600, most=86400
    )
    audit_interval: int = _setting(60, "seconds between two heads of the chained access log", least=1)

    status_interval: int = _setting(
        5, "seconds between two looks at what was revoked: so soon status lists say so", least=1, most=300
    )
    status_list_lifetime: int = _setting(
        86400, "seconds that a status list is good for, a day at most; signed anew at half", least=600, most=86400
    )
    status_list_size: int = _setting(2**20, "places of a new status list", least=1024, most=2**25)
    certificates_per_session: int = _setting(
        96, "certificates for showings without a network that a session may have at once", least=1, most=1000
    )
    papers_daily: int = _setting(10, "codes on paper that a resident may have printed in 24 hours", least=1)
    window_papers_daily: int = _setting(
        200, "codes on paper that one member of staff may print at a window in 24 hours", least=1
    )
    hotline: str = _setting("12345", "the number that papers tell to call when they are lost")

    otp_lifetime: int = _setting(300, "seconds that a one-time password is good for", least=30, most=1800)
    otp_attempts: int = _setting(5, "guesses that one challenge allows, 10 at most", least=1, most=10)
    otp_per_phone: int = _setting(5, "one-time passwords a phone may ask for in 10 minutes", least=1)
    otp_per_phone_daily: int = _setting(20, "one-time passwords a phone may ask for in 24 hours", least=1)
    otp_per_address: int = _setting(100, "one-time passwords an address may ask for in 10 minutes", least=1)
    otp_per_installation: int = _setting(10, "one-time passwords an installation may ask for in 10 minutes", least=1)
    logins_per_address: int = _setting(100, "log ins by WeChat or Alipay from an address in 10 minutes", least=1)
    logins_per_installation: int = _setting(10, "log ins by WeChat or Alipay on an installation in 10 minutes", least=1)
    scans_per_minute: int = _setting(600, "scans a scanner may make a minute", least=1)
    scans_burst: int = _setting(300, "scans a scanner may make at once", least=1)
    journal_window_hours: int = _setting(
        72, "hours for which what a scanner scanned without a network can be told later", least=1, most=720
    )
    journals_per_minute: int = _setting(
        60, "times a minute that a scanner may send of its journal, 500 entries each", least=1
    )
    journals_burst: int = _setting(30, "times at once", least=1)
    codes_per_minute: int = _setting(60, "codes a session may ask for a minute", least=1)
    codes_burst: int = _setting(30, "codes a session may ask for at once", least=1)

    enterprise_claims_daily: int = _setting(10, "companies a resident may ask the registry about in 24 hours", least=1)
    delegation_longest_days: int = _setting(
        366, "days that a company's delegation may last, a year at most", least=1, most=366
    )
    delegation_review_days: int = _setting(
        14, "days in which a new representative decides on delegations of the one before", least=1, most=90
    )

    presentation_lifetime: int = _setting(
        120, "seconds in which a resident may answer a venue that asks for a licence", least=30, most=600
    )
    copies_daily: int = _setting(20, "annotated copies of licences that a resident may make in 24 hours", least=1)
    copy_checks_per_address: int = _setting(
        60, "copies of licences that an address may have checked in 10 minutes", least=1
    )
    window_looks_per_hour: int = _setting(
        60, "times that one member of staff may look at licences of people at a window in an hour", least=1
    )
    wallet_syncs_per_minute: int = _setting(
        2, "times a minute that registries may be asked anew for one wallet by its holder's wish", least=1
    )
    presentations_per_minute: int = _setting(
        6, "times a minute that one venue may ask one resident for a licence", least=1
    )
    credentials_per_session: int = _setting(
        96, "credentials of licences that a session may have at once, one a showing", least=1, most=1000
    )
    openid4vp_per_address: int = _setting(
        300, "times a minute that an address may fetch questions of OpenID4VP or answer them, as a wallet", least=1
    )
    receipt_checks_per_address: int = _setting(60, "receipts that an address may have checked a minute", least=1)
    openid4vp_loopback: bool = _setting(
        False, "let verifiers elsewhere be at this machine's own addresses over http; in development alone"
    )

    exports_daily: int = _setting(5, "exports of their data a resident may make in 24 hours", least=1)
    deletion_grace_days: int = _setting(7, "days in which a resident may take their leaving back", least=0, most=30)
    retention_days: int = _setting(
        200, "days that what law has kept of who left is kept; six months at least", least=184, most=1100
    )

    @property
    def is_production(self) -> bool:
        return self.environment == "production"

    @property
    def texted_regions(self) -> frozenset[str]:
        """Whose mobiles are texted."""
        return frozenset(self.sms_regions.split(","))

    @property
    def second_factor_required(self) -> bool:
        """Of all staff; otherwise of those who have enrolled one."""
        return self.is_production or self.staff_second_factor == "required"

    @property
    def requires_scanner_proof(self) -> bool:
        """Whether a scanner without a key can do nothing but register one."""
        return self.is_production or self.scanner_proof == "required"

    @property
    def keys_folder(self) -> Path:
        return self.keys or self.data / "keys"

    @property
    def url(self) -> str:
        """Where a person opens this server."""
        host = "127.0.0.1" if self.host in {"0.0.0.0", "::"} else self.host  # noqa: S104  shown, not bound
        return self.public_url or f"http://{f'[{host}]' if ':' in host else host}:{self.port}"


def variable(name: str) -> str:
    """The environment variable of the setting `name`."""
    return _NAMED_BY_CONVENTION.get(name, f"SUIXING_{name.upper()}")


def describe_settings() -> list[tuple[str, str, str]]:
    """Each setting as (variable, default, what it is for): the server's own first, then whom it speaks to."""
    own_first = sorted(fields(Settings), key=lambda f: f.name not in Settings.__annotations__)
    return [(variable(f.name), "" if f.default is None else _show(f.default), f.metadata["about"]) for f in own_first]


def list_secret_variables() -> list[str]:
    """Those that may be given as a file instead, by their name and `_FILE`."""
    return [variable(f.name) for f in fields(Settings) if f.metadata["secret"]]


def _show(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def read_settings(environment: Mapping[str, str], *, serving: bool = True) -> Settings:
    """Reads and checks the environment; raises SettingsError naming the first variable that is wrong.

    `serving=False` is for commands that need no database, such as those of a ceremony on a machine without a network:
    what a production server cannot do without is not asked for.
    """
    known = {variable(f.name): f for f in fields(Settings)}
    environment = read_setting_files(environment, list_secret_variables())
    for name in sorted(environment):
        if name.startswith("SUIXING_") and name not in known:
            raise SettingsError(f"{name} is not a setting of suixing; `suixing settings` lists them.")
    values: dict[str, Any] = {
        f.name: _parse(name, f, environment[name]) for name, f in known.items() if environment.get(name)
    }
    settings = Settings(**values)
    _check(settings)
    if serving and settings.is_production:
        _check_production(settings)
    return settings


def _parse(name: str, setting: Field[Any], text: str) -> object:
    kind = str(setting.type)
    if kind == "int":
        if not re.fullmatch(r"-?\d{1,12}", text):
            raise SettingsError(f"{name} must be a whole number, not {text!r}.")
        least = setting.metadata["least"]
        if least is not None and int(text) < least:
            raise SettingsError(f"{name} must be {least} or more, not {text}.")
        most = setting.metadata["most"]
        if most is not None and int(text) > most:
            raise SettingsError(f"{name} must be {most} or less, not {text}.")
        return int(text)
    if kind == "bool":
        if text.lower() not in {"true", "false"}:
            raise SettingsError(f"{name} must be true or false, not {text!r}.")
        return text.lower() == "true"
    return Path(text) if kind.startswith("Path") else text


def _check(settings: Settings) -> None:
    if settings.environment not in {"development", "production"}:
        raise SettingsError("SUIXING_ENVIRONMENT must be development or production.")
    if settings.province not in PROVINCES:
        raise SettingsError("SUIXING_PROVINCE must be a two-digit province code of GB/T 2260, such as 31.")
    if settings.port > 65535:  # noqa: PLR2004  the largest TCP port
        raise SettingsError("SUIXING_PORT must be 65535 or less.")
    if settings.log_level not in {"debug", "info", "warning", "error"}:
        raise SettingsError("SUIXING_LOG_LEVEL must be debug, info, warning or error.")
    _check_lifetimes(settings)
    _check_staff(settings)
    _check_scanners(settings)
    _check_regions(settings)
    check_roaming(settings)
    if settings.database_url and not settings.database_url.startswith(("postgres://", "postgresql://")):
        raise SettingsError("DATABASE_URL must begin with postgresql://.")
    if settings.otlp_endpoint and not settings.otlp_endpoint.startswith(("http://", "https://")):
        raise SettingsError("SUIXING_OTLP_ENDPOINT must begin with http:// or https://.")
    if settings.redis_url and not settings.redis_url.startswith(("redis://", "rediss://", "unix://")):
        raise SettingsError("REDIS_URL must begin with redis://, rediss:// or unix://.")
    for group in _TOGETHER:
        _check_together(settings, group)
    if settings.identity_scene_id is not None and not re.fullmatch(r"[0-9]{1,18}", settings.identity_scene_id):
        raise SettingsError("SUIXING_IDENTITY_SCENE_ID must be a number.")


_TOGETHER = (
    ("sms_url", "sms_access_key_id", "sms_access_key_secret"),
    ("identity_url", "identity_access_key_id", "identity_access_key_secret", "identity_scene_id"),
    (
        "network_identity_url",
        "network_identity_secret",
        "network_identity_organisation",
        "network_identity_application",
        "network_identity_keys",
    ),
    (
        "enterprise_registry_url",
        "enterprise_registry_requester",
        "enterprise_registry_service",
        "enterprise_registry_secret",
    ),
)
"""Settings of one account each, of which some alone say nothing."""


def _check_together(settings: Settings, names: Sequence[str]) -> None:
    given = [getattr(settings, name) is not None for name in names]
    if any(given) and not all(given):
        variables = [variable(name) for name in names]
        raise SettingsError(f"{', '.join(variables[:-1])} and {variables[-1]} go together: set all or none.")


def _check_lifetimes(settings: Settings) -> None:
    if settings.access_token_lifetime > 300:  # noqa: PLR2004  what a stolen token may be worth
        raise SettingsError(
            "SUIXING_ACCESS_TOKEN_LIFETIME must be 300 or less: ended sessions are remembered that long."
        )
    if settings.code_lifetime > LONGEST_LIFE_SECONDS:
        raise SettingsError(
            f"SUIXING_CODE_LIFETIME must be {LONGEST_LIFE_SECONDS} or less: no gate accepts a longer life."
        )


def _check_staff(settings: Settings) -> None:
    if settings.staff_second_factor not in {None, "required", "enrolled"}:
        raise SettingsError("SUIXING_STAFF_SECOND_FACTOR must be required or enrolled.")
    if settings.is_production and settings.staff_second_factor == "enrolled":
        raise SettingsError("SUIXING_STAFF_SECOND_FACTOR must be required in production.")


def _check_scanners(settings: Settings) -> None:
    if settings.scanner_proof not in {None, "required", "registered"}:
        raise SettingsError("SUIXING_SCANNER_PROOF must be required or registered.")
    if settings.is_production and settings.scanner_proof == "registered":
        raise SettingsError("SUIXING_SCANNER_PROOF must be required in production: a credential alone can be copied.")


def _check_regions(settings: Settings) -> None:
    if not re.fullmatch(r"[A-Z]{2}(,[A-Z]{2})*", settings.sms_regions):
        raise SettingsError("SUIXING_SMS_REGIONS must be pairs of capital letters with commas between, such as CN,HK.")


def _check_production(settings: Settings) -> None:
    required = {
        "database_url": "the production database",
        "redis_url": "the production Valkey",
        "keys": "the folder of keys made by `suixing keys create`",
        "sms_url": "a real SMS gateway",
        "public_url": "the address that clients use",
        "metrics_token": "what the monitor shows for /metrics",
    }
    for name, what in required.items():
        if getattr(settings, name) is None:
            raise SettingsError(f"{variable(name)} is not set: in production it must name {what}.")
    if not str(settings.public_url).startswith("https://"):
        raise SettingsError("SUIXING_PUBLIC_URL must begin with https:// in production.")
    if settings.trusted_proxies == 0:
        raise SettingsError(
            "SUIXING_TRUSTED_PROXIES is 0: https ends at a proxy; uncounted, it makes all clients share one address."
        )
    if settings.openid4vp_loopback:
        raise SettingsError(
            "SUIXING_OPENID4VP_LOOPBACK must be false in production: answers would go to inner addresses."
        )
    for name in ("identity_url", "network_identity_url", "enterprise_registry_url"):
        if not str(getattr(settings, name) or "https://").startswith("https://"):
            raise SettingsError(
                f"{variable(name)} must begin with https:// in production: it carries names and numbers."
            )
    if not str(settings.sms_url).startswith("https://"):
        raise SettingsError("SUIXING_SMS_URL must begin with https:// in production: it carries one-time passwords.")

"""Settings: read once, checked whole, and each refusal names the variable to change."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import SettingsError
from app.provinces import PROVINCES
from app.settings import Settings, describe_settings, read_settings, variable

_PRODUCTION = {
    "SUIXING_ENVIRONMENT": "production",
    "DATABASE_URL": "postgresql://suixing@db/suixing",
    "REDIS_URL": "rediss://valkey:6379",
    "SUIXING_KEYS": "/etc/suixing/keys",
    "SUIXING_SMS_URL": "https://dysmsapi.aliyuncs.com",
    "SUIXING_SMS_ACCESS_KEY_ID": "id",
    "SUIXING_SMS_ACCESS_KEY_SECRET": "secret",
    "SUIXING_PUBLIC_URL": "https://suixing.example",
    "SUIXING_METRICS_TOKEN": "a token of the monitor",
    "SUIXING_TRUSTED_PROXIES": "1",
}


def test_nothing_has_to_be_set() -> None:
    settings = read_settings({"PATH": "/usr/bin", "LANG": "zh_CN.UTF-8"})
    assert settings == Settings()
    assert (settings.environment, settings.province, settings.port) == ("development", "31", 8000)
    assert settings.keys_folder == Path(".suixing/keys")
    assert not settings.is_production


def test_every_kind_of_value_is_read() -> None:
    settings = read_settings({
        "SUIXING_PORT": "8031",
        "SUIXING_DATA": "/var/lib/suixing",
        "SUIXING_KEYS": "/etc/keys",
        "SUIXING_STATEMENT_CACHE": "False",
        "SUIXING_PROVINCE": "32",
        "DATABASE_URL": "postgres://app@/app",
    })  # fmt: skip
    assert settings.port == 8031
    assert settings.data == Path("/var/lib/suixing")
    assert settings.keys_folder == Path("/etc/keys")
    assert settings.statement_cache is False
    assert settings.province == "32"
    assert settings.database_url == "postgres://app@/app"


def test_an_empty_variable_is_none() -> None:
    assert read_settings({"SUIXING_PORT": "", "DATABASE_URL": ""}) == Settings()


def test_settings_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings().port = 1  # type: ignore[misc]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SUIXING_PROT", "8000"),
        ("SUIXING_DATABASE_URL", "postgresql://"),
        ("SUIXING_PORT", "eighty"),
        ("SUIXING_PORT", "0"),
        ("SUIXING_PORT", "65536"),
        ("SUIXING_PORT", "-1"),
        ("SUIXING_PORT", "8000.0"),
        ("SUIXING_STATEMENT_CACHE", "yes"),
        ("SUIXING_ENVIRONMENT", "staging"),
        ("SUIXING_PROVINCE", "99"),
        ("SUIXING_PROVINCE", "3"),
        ("SUIXING_LOG_LEVEL", "loud"),
        ("SUIXING_SMS_REGIONS", "CN, HK"),
        ("SUIXING_SMS_REGIONS", "cn"),
        ("SUIXING_ACCESS_TOKEN_LIFETIME", "301"),
        ("SUIXING_OTP_ATTEMPTS", "0"),
        ("SUIXING_OTP_ATTEMPTS", "1000000"),
        ("SUIXING_OTP_LIFETIME", "86400"),
        ("SUIXING_SESSION_LIFETIME", "999999999999"),
        ("SUIXING_SCANNER_LIFETIME", "7776001"),
        ("SUIXING_TRUST_LIST_LIFETIME", "172800"),
        ("DATABASE_URL", "mysql://app@/app"),
        ("REDIS_URL", "memcached://here"),
        ("SUIXING_SMS_URL", "https://dysmsapi.aliyuncs.com"),
    ],
)
def test_what_is_wrong_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        read_settings({name: value})


@given(st.text(max_size=20))
def test_no_text_breaks_a_number(text: str) -> None:
    try:
        settings = read_settings({"SUIXING_PORT": text})
    except SettingsError as refusal:
        assert "SUIXING_PORT" in str(refusal)  # noqa: PT017  either is right; hypothesis finds both
    else:
        assert settings.port == (int(text) if text else 8000)


def test_production_is_read_when_it_is_whole() -> None:
    assert read_settings(_PRODUCTION).is_production


@pytest.mark.parametrize("name", sorted(_PRODUCTION.keys() - {"SUIXING_ENVIRONMENT"}))
def test_production_refuses_what_is_missing(name: str) -> None:
    with pytest.raises(SettingsError, match=name):
        read_settings({key: value for key, value in _PRODUCTION.items() if key != name})


@pytest.mark.parametrize("name", ["SUIXING_PUBLIC_URL", "SUIXING_SMS_URL"])
def test_production_speaks_to_the_world_over_tls_alone(name: str) -> None:
    with pytest.raises(SettingsError, match=f"{name} must begin with https://"):
        read_settings(_PRODUCTION | {name: "http://suixing.example"})


def test_a_refusal_shows_no_secret() -> None:
    with pytest.raises(SettingsError) as refusal:
        read_settings({"DATABASE_URL": "mysql://app:hunter2@/app"})
    assert "hunter2" not in str(refusal.value)


@pytest.mark.parametrize(
    ("given_settings", "url"),
    [
        ({}, "http://127.0.0.1:8000"),
        ({"SUIXING_HOST": "0.0.0.0", "SUIXING_PORT": "81"}, "http://127.0.0.1:81"),  # noqa: S104  shown, not bound
        ({"SUIXING_HOST": "::1"}, "http://[::1]:8000"),
        ({"SUIXING_PUBLIC_URL": "https://suixing.example"}, "https://suixing.example"),
    ],
)
def test_the_address_to_open(given_settings: dict[str, str], url: str) -> None:
    assert read_settings(given_settings).url == url


def test_every_setting_is_described() -> None:
    described = {name: (default, about) for name, default, about in describe_settings()}
    assert described.keys() == {variable(field.name) for field in dataclasses.fields(Settings)}
    assert all(about for _, about in described.values())
    assert described["SUIXING_STATEMENT_CACHE"][0] == "true"
    assert described["DATABASE_URL"][0] == ""


def test_the_described_defaults_are_the_defaults() -> None:
    assert read_settings({name: default for name, default, _ in describe_settings()}) == Settings()


def test_provinces_are_those_of_the_standard() -> None:
    assert len(PROVINCES) == 34
    assert PROVINCES["31"] == ("上海", "Shanghai")

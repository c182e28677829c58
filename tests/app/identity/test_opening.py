from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from app.development.identity_standing_in import IdentityStandIns
from app.errors import SettingsError
from app.identity.model import EvidenceKind
from app.identity.opening import cloud_auth_access, network_identity_access
from app.identity.proving import ProvingDesk
from app.settings import Settings, read_settings

CLOUD_AUTH = {
    "SUIXING_IDENTITY_URL": "https://cloudauth.example.org",
    "SUIXING_IDENTITY_ACCESS_KEY_ID": "id",
    "SUIXING_IDENTITY_ACCESS_KEY_SECRET": "secret",
    "SUIXING_IDENTITY_SCENE_ID": "1000000001",
}
NETWORK = {
    "SUIXING_NETWORK_IDENTITY_URL": "https://identity.example.org",
    "SUIXING_NETWORK_IDENTITY_SECRET": "secret",
    "SUIXING_NETWORK_IDENTITY_ORGANISATION": "00000001",
    "SUIXING_NETWORK_IDENTITY_APPLICATION": "0001",
    "SUIXING_NETWORK_IDENTITY_KEYS": "/nowhere/keys.json",
}


@pytest.mark.parametrize("group", [CLOUD_AUTH, NETWORK], ids=["cloud-auth", "network"])
def test_the_settings_of_an_authority_go_together(group: dict[str, str]) -> None:
    assert read_settings(group)
    for name in group:
        with pytest.raises(SettingsError, match=r"go together: set all or none"):
            read_settings({**group, name: ""})


def test_a_scene_is_a_number() -> None:
    with pytest.raises(SettingsError, match="SCENE_ID"):
        read_settings(CLOUD_AUTH | {"SUIXING_IDENTITY_SCENE_ID": "face"})


@pytest.mark.parametrize("name", ["SUIXING_IDENTITY_URL", "SUIXING_NETWORK_IDENTITY_URL"])
def test_production_sends_names_and_numbers_over_https_alone(tmp_path: Path, name: str) -> None:
    production = {
        "SUIXING_ENVIRONMENT": "production",
        "DATABASE_URL": "postgresql://db/suixing",
        "REDIS_URL": "redis://valkey",
        "SUIXING_KEYS": str(tmp_path),
        "SUIXING_SMS_URL": "https://sms.example.org",
        "SUIXING_SMS_ACCESS_KEY_ID": "id",
        "SUIXING_SMS_ACCESS_KEY_SECRET": "secret",
        "SUIXING_PUBLIC_URL": "https://suixing.example.org",
        "SUIXING_METRICS_TOKEN": "token",
        "SUIXING_TRUSTED_PROXIES": "1",
    }
    both = production | CLOUD_AUTH | NETWORK
    assert read_settings(both).is_production
    with pytest.raises(SettingsError, match=f"{name} must begin with https://"):
        read_settings(both | {name: both[name].replace("https", "http")})


def test_without_settings_there_is_no_authority() -> None:
    settings = read_settings({})
    assert cloud_auth_access(settings) is None
    assert network_identity_access(settings) is None


def test_a_network_authority_without_keys_is_a_fault_of_the_settings() -> None:
    with pytest.raises(SettingsError, match="JWK Set"):
        network_identity_access(read_settings(NETWORK))


def test_what_is_offered_follows_from_the_settings(
    desk: ProvingDesk, served: tuple[Settings, IdentityStandIns]
) -> None:
    assert desk.kinds == frozenset(EvidenceKind) - {EvidenceKind.WINDOW}
    assert cloud_auth_access(dataclasses.replace(served[0], identity_url=None)) is None

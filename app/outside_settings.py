"""Settings of whom a deployment speaks to: texts, mini-programs, identity authorities, registries."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


def define_setting(
    default: Any, about: str, *, secret: bool = False, least: int | None = None, most: int | None = None
) -> Any:
    """A dataclass field with what an operator should know of it."""
    return field(default=default, metadata={"about": about, "secret": secret, "least": least, "most": most})


@dataclass(frozen=True, kw_only=True)
class OutsideSettings:
    """A part of app.settings.Settings, which checks it."""

    sms_url: str | None = define_setting(
        None, "Alibaba Cloud SMS endpoint; in development a stand-in of this server's own"
    )
    sms_access_key_id: str | None = define_setting(None, "of the SMS account")
    sms_access_key_secret: str | None = define_setting(None, "of the SMS account", secret=True)
    sms_regions: str = define_setting(
        "CN,HK,MO,TW", "where texts are sent to, by two letters each (ISO 3166-1); elsewhere they can be toll fraud"
    )
    sms_sign_name: str = define_setting("随行", "the registered signature of texts")
    sms_template_code: str = define_setting(
        "SMS_000000001", "the registered template of one-time passwords, with ${code}"
    )
    sms_warning_template_code: str = define_setting(
        "SMS_000000002", "that of warnings about an account; it has no variable"
    )

    mini_programs: Path | None = define_setting(
        None, "the file of WeChat and Alipay mini-programs; in development two invented ones, with stand-ins"
    )
    push: Path | None = define_setting(
        None, "the file of what messages are pushed through, as docs/push.md has it; in development invented apps"
    )
    provider_deadline: int = define_setting(3, "seconds that WeChat or Alipay may take to answer", least=1, most=30)
    provider_connections: int = define_setting(50, "questions of a process under way at once, for each app", least=1)

    identity_claim_wait: int = define_setting(
        86400,
        "seconds that a claim on an identity waits for its resident's word, a week at most",
        least=3600,
        most=604800,
    )
    identity_url: str | None = define_setting(
        None, "Alibaba Cloud ID Verification endpoint, for faces and carriers; in development a stand-in of its own"
    )
    identity_access_key_id: str | None = define_setting(None, "of the ID Verification account")
    identity_access_key_secret: str | None = define_setting(None, "of the ID Verification account", secret=True)
    identity_scene_id: str | None = define_setting(None, "the number of the scene registered for face checks")
    identity_judges_foreigners: bool = define_setting(
        False, "whether that authority holds permanent residence cards too; Alibaba Cloud's own does not"
    )
    identity_attempts_daily: int = define_setting(
        10, "checks of identity a resident may start in 24 hours", least=1, most=1000
    )
    network_identity_url: str | None = define_setting(
        None, "the network identity authority (网证), as docs/proofing.md has it"
    )
    network_identity_secret: str | None = define_setting(None, "what that authority knows this server by", secret=True)
    network_identity_organisation: str | None = define_setting(None, "orgID, as that authority assigned it")
    network_identity_application: str | None = define_setting(None, "businessID, as that authority assigned it")
    network_identity_keys: Path | None = define_setting(None, "the file of the JWK Set that that authority signs with")

    enterprise_registry_url: str | None = define_setting(
        None, "the enterprise registry, as docs/enterprises.md has it; in development a stand-in of its own"
    )
    enterprise_registry_requester: str | None = define_setting(
        None, "gjgxjhpt_rid, as the registry's platform assigned it"
    )
    enterprise_registry_service: str | None = define_setting(
        None, "gjgxjhpt_sid, as the registry's platform assigned it"
    )
    enterprise_registry_secret: str | None = define_setting(
        None, "what requests to the registry are signed with", secret=True
    )

    licence_registries: Path | None = define_setting(
        None, "the file of licence registries, as docs/registries.md has it; in development three invented ones"
    )
    licence_deadline: int = define_setting(5, "seconds that a licence registry may take to answer", least=1, most=30)
    licence_notice_seconds: int = define_setting(
        60, "seconds after a registry's notice in which wallets show what has changed", least=5, most=3600
    )
    licence_sync_hours: int = define_setting(
        24, "hours after which a wallet is brought up to date without a notice", least=1, most=168
    )
    licence_kept_days: int = define_setting(
        30, "days after its last opening for which a wallet is kept up to date", least=1, most=366
    )
    licence_left_days: int = define_setting(
        30, "days for which a licence stays good whose registry was taken out of the file", least=0, most=366
    )

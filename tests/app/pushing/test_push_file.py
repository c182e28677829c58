"""The file of SUIXING_PUSH: what is wrong with it is said in words, and no secret with them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from app.errors import SettingsError
from app.platforms.mini_programs import AlipayEntry, Entry, WeChatEntry
from app.pushing.model import PushApps, PushSettings
from app.pushing.push_file import read_push_file
from codes.keys import to_pem
from push.apns import PRODUCTION_URL
from push.templates import Texts
from tests.app.platforms.keys import both_sides

WECHAT_APP, ALIPAY_APP = "wx0000000000000031", "2021000000000031"
MINI_PROGRAMS: list[Entry] = [
    WeChatEntry(app_id=WECHAT_APP, secret="s"),
    AlipayEntry(app_id=ALIPAY_APP, private_key="", alipay_public_key=""),
]


@cache
def apple_key() -> str:
    return to_pem(ec.generate_private_key(ec.SECP256R1())).decode()


def account(**changes: Any) -> dict[str, Any]:
    return {
        "type": "service_account",
        "project_id": "suixing-31",
        "client_email": "push@suixing-31.iam.gserviceaccount.com",
        "private_key": both_sides().app_private_key,
        "private_key_id": "0123",
        **changes,
    }


def key(**changes: Any) -> dict[str, Any]:
    return {
        "team_id": "TEAM000031",
        "key_id": "KEY0000031",
        "private_key": "AuthKey.p8",
        "topics": ["cn.example.suixing"],
        **changes,
    }


def template(**changes: Any) -> dict[str, Any]:
    return {
        "platform": "wechat",
        "app_id": WECHAT_APP,
        "template_id": "t-1",
        "categories": ["security", "roaming"],
        "page": "pages/message/index",
        "fields": {"thing1": "title", "time2": "time", "phrase3": {"zh": "通知", "en": "通知"}},
        **changes,
    }


def write(folder: Path, content: object, files: Mapping[str, str] | None = None, *, mode: int = 0o600) -> Path:
    for name, text in {"AuthKey.p8": apple_key(), "account.json": json.dumps(account()), **(files or {})}.items():
        (folder / name).write_text(text)
        (folder / name).chmod(mode)
    path = folder / "push.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    path.chmod(mode)
    return path


def read(path: Path, *, is_production: bool = True) -> PushSettings:
    return read_push_file(path, MINI_PROGRAMS, is_production=is_production)


def test_a_whole_file(tmp_path: Path) -> None:
    alipay = template(platform="alipay", app_id=ALIPAY_APP, template_id="t-2", fields={"keyword1": "body"}, lasts=True)
    content = {
        "apns": {"keys": [key(), key(key_id="KEY0000032", topics=["cn.example.other"], environments=["sandbox"])]},
        "fcm": {"accounts": ["account.json"]},
        "wechat": {"state": "trial"},
        "templates": [template(), alipay],
    }
    settings = read(write(tmp_path, content))
    assert settings.apns is not None
    assert settings.apns.production_url == PRODUCTION_URL
    assert settings.apns.keys[0].private_key == apple_key()
    assert settings.mini_program_state == "trial"
    assert settings.templates[0].fields["phrase3"] == Texts(zh="通知", en="通知")
    assert "PRIVATE" not in repr(settings)
    apps = PushApps(settings)
    assert apps.apps("apns") == {"cn.example.suixing", "cn.example.other"}
    assert apps.apps("fcm") == {"suixing-31"}
    assert apps.apps("wechat") == {WECHAT_APP}
    assert apps.lasts("alipay", ALIPAY_APP, "t-2") is True
    assert apps.lasts("wechat", WECHAT_APP, "t-1") is False
    assert apps.lasts("wechat", WECHAT_APP, "t-9") is None
    assert [found.template_id for found in apps.book.find("wechat", WECHAT_APP, "roaming")] == ["t-1"]


def test_nothing_set_up_is_nothing_to_push_through(tmp_path: Path) -> None:
    apps = PushApps(read(write(tmp_path, {})))
    assert not any(apps.apps(channel) for channel in ("apns", "fcm", "wechat", "alipay"))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("not json", "no such file as docs/push.md shows"),
        ([], "Expected `object`"),
        ({"apple": {}}, "unknown field `apple`"),
        ({"apns": {"keys": []}}, "$.apns.keys"),
        ({"apns": {"keys": [key(team_id="short")]}}, "$.apns.keys[0].team_id"),
        ({"apns": {"keys": [key(private_key="absent.p8")]}}, "absent.p8 cannot be read"),
        ({"apns": {"keys": [key(private_key="rsa.p8")]}}, "key 1 of apns (KEY0000031)"),
        ({"apns": {"keys": [key(), key(key_id="KEY0000032")]}}, "cn.example.suixing (production) is listed twice"),
        ({"apns": {"keys": [key(environments=["test"])]}}, "'test'"),
        ({"apns": {"keys": [key()], "sandbox_url": "http://127.0.0.1"}}, "https"),
        ({"fcm": {"accounts": ["account.json", "account.json"]}}, "suixing-31 is listed twice"),
        ({"fcm": {"accounts": ["broken.json"]}}, "broken.json is no service account"),
        ({"fcm": {"accounts": ["empty.json"]}}, "missing required field `project_id`"),
        ({"fcm": {"accounts": ["keyless.json"]}}, "private_key is no RSA key"),
        ({"fcm": {"accounts": ["plain.json"]}}, "token_uri must begin with https"),
        ({"templates": [template(app_id="wx0000000000000099")]}, "has no wechat mini-program"),
        ({"templates": [template(platform="alipay")]}, "has no alipay mini-program"),
        ({"templates": [template(categories=["weather"])]}, "weather is no category; there are security"),
        ({"templates": [template(fields={"number1": "title"})]}, "fixed words alone"),
        ({"templates": [template(fields={"thing1": "name"})]}, "'name'"),
        ({"templates": [template(), template()]}, "listed twice"),
        ({"wechat": {"state": "beta"}}, "'beta'"),
    ],
)
def test_what_is_wrong_is_named_without_the_secrets(tmp_path: Path, content: object, words: str) -> None:
    files: Mapping[str, str] = {
        "rsa.p8": both_sides().app_private_key,
        "broken.json": "{",
        "empty.json": "{}",
        "keyless.json": json.dumps(account(private_key="nonsense")),
        "plain.json": json.dumps(account(token_uri="http://oauth2.example/token")),
    }
    with pytest.raises(SettingsError) as refused:
        read(write(tmp_path, content, files))
    told = str(refused.value)
    assert words in told
    assert str(tmp_path) in told
    assert "BEGIN" not in told
    assert "nonsense" not in told


def test_files_that_others_can_read_are_refused_in_production(tmp_path: Path) -> None:
    path = write(tmp_path, {"apns": {"keys": [key()]}}, mode=0o644)
    with pytest.raises(SettingsError, match="read by others"):
        read(path)
    path.chmod(0o600)
    with pytest.raises(SettingsError, match=r"AuthKey\.p8 can be read by others"):
        read(path)
    assert read(path, is_production=False).apns is not None

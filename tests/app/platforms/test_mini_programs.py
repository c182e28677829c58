from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.errors import SettingsError
from app.platforms.alipay import AlipayApp
from app.platforms.asking import Limits
from app.platforms.errors import AppUnknownError
from app.platforms.mini_programs import open_platforms, read_mini_programs
from app.platforms.registry import Platforms
from app.platforms.wechat import WeChatApp
from app.serving import serve_province
from app.settings import read_settings
from tests.app.platforms.keys import both_sides, to_bare

AES_KEY = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"
SECRET = "0123456789abcdef0123456789abcdef"  # noqa: S105  invented


def wechat(**changes: Any) -> dict[str, Any]:
    return {"platform": "wechat", "app_id": "wx0000000000000001", "secret": SECRET, **changes}


def alipay(**changes: Any) -> dict[str, Any]:
    sides = both_sides()
    return {
        "platform": "alipay",
        "app_id": "2021000000000001",
        "private_key": sides.app_private_key,
        "alipay_public_key": sides.alipay_public_key,
        **changes,
    }


def write(folder: Path, entries: object, mode: int = 0o600) -> Path:
    path = folder / "mini-programs.json"
    path.write_text(entries if isinstance(entries, str) else json.dumps(entries), "utf-8")
    path.chmod(mode)
    return path


async def open_listed(path: Path) -> Platforms:
    entries = read_mini_programs(path, is_production=True)
    return open_platforms(entries, Limits(), lambda: datetime.now(UTC))


async def test_several_apps_are_found_by_their_ids(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text(both_sides().app_private_key)
    (tmp_path / "key.pem").chmod(0o600)
    listed = [
        wechat(),
        wechat(app_id="wx0000000000000002", callback_token="abc", callback_aes_key=AES_KEY),
        alipay(),
        alipay(app_id="2021000000000002", private_key="key.pem"),
        alipay(
            app_id="2021000000000003", private_key=to_bare(both_sides().app_private_key), url="https://alipay.example/g"
        ),
    ]
    platforms = await open_listed(write(tmp_path, listed))
    assert platforms.app_ids() == [entry["app_id"] for entry in listed]
    assert isinstance(platforms.find("wx0000000000000002"), WeChatApp)
    assert isinstance(platforms.find("2021000000000003"), AlipayApp)
    assert platforms.find("wx0000000000000009") is None
    assert platforms.wechat("wx0000000000000001").callback_keys is None
    assert platforms.alipay("2021000000000002").app_id == "2021000000000002"
    for app_id in ("2021000000000001", "wx0000000000000009", ""):
        with pytest.raises(AppUnknownError):
            platforms.wechat(app_id)
    for app_id in ("wx0000000000000001", "2021000000000009"):
        with pytest.raises(AppUnknownError):
            platforms.alipay(app_id)
    await platforms.close()


async def test_none_is_fine(tmp_path: Path) -> None:
    assert (await open_listed(write(tmp_path, []))).app_ids() == []


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ("not json", "no JSON list"),
        ({}, "no JSON list"),
        (["x"], "entry 1"),
        ([{"platform": "qq"}], "entry 1"),
        ([wechat(), wechat()], "listed twice"),
        ([wechat(), wechat(app_id="wx0000000000000002", secret="")], "entry 2 (wx0000000000000002)"),
        ([wechat(unknown=1)], "unknown"),
        ([{**wechat(), "secret": 7}], "$.secret"),
        ([wechat(app_id="../etc")], "$.app_id"),
        ([wechat(app_id=7)], "$.app_id"),
        ([wechat(url="http://api.weixin.qq.com")], "https"),
        ([wechat(callback_token="abc")], "callback_aes_key is missing"),
        ([wechat(callback_aes_key=AES_KEY)], "without callback_token"),
        ([wechat(callback_token="abc", callback_aes_key="short")], "$.callback_aes_key"),
        ([wechat(callback_token="a b", callback_aes_key=AES_KEY)], "$.callback_token"),
        ([alipay(private_key="nonsense")], "private_key is no RSA key"),
        ([alipay(private_key="absent.pem")], "absent.pem cannot be read"),
        ([alipay(alipay_public_key="nonsense")], "alipay_public_key is no RSA key"),
        ([alipay(url="ftp://x")], "https"),
        ([alipay(secret=SECRET)], "secret"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_without_the_secrets(tmp_path: Path, entries: object, words: str) -> None:
    path = write(tmp_path, entries)
    with pytest.raises(SettingsError) as refused:
        read_mini_programs(path, is_production=True)
    told = str(refused.value)
    assert words in told
    assert str(tmp_path) in told
    assert SECRET not in told
    assert "BEGIN" not in told


def test_a_development_server_takes_plain_callbacks_and_addresses(tmp_path: Path) -> None:
    listed = [wechat(url="http://127.0.0.1:8000/v1/development/wechat", callback_token="abc")]
    path = write(tmp_path, listed, mode=0o644)
    assert len(read_mini_programs(path, is_production=False)) == 1
    with pytest.raises(SettingsError, match="http"):
        read_mini_programs(write(tmp_path, [wechat(url="gopher://x")]), is_production=False)


def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="read by others"):
        read_mini_programs(write(tmp_path, [wechat()], mode=0o640), is_production=True)
    (tmp_path / "key.pem").write_text(both_sides().app_private_key)
    (tmp_path / "key.pem").chmod(0o644)
    with pytest.raises(SettingsError, match=r"key\.pem can be read by others"):
        read_mini_programs(write(tmp_path, [alipay(private_key="key.pem")]), is_production=True)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"absent\.json cannot be read"):
        read_mini_programs(tmp_path / "absent.json", is_production=False)


def test_a_server_does_not_begin_to_start_with_it(tmp_path: Path) -> None:
    path = write(tmp_path, [wechat(secret="")])
    settings = read_settings({"SUIXING_DATA": str(tmp_path / "data"), "SUIXING_MINI_PROGRAMS": str(path)})
    with pytest.raises(SettingsError, match="entry 1"):
        serve_province(settings, demo=False)
    assert not (tmp_path / "data").exists()


def test_entries_print_no_secrets(tmp_path: Path) -> None:
    entries = read_mini_programs(write(tmp_path, [wechat(), alipay()]), is_production=True)
    assert repr(entries) == "[WeChatEntry(wx0000000000000001), AlipayEntry(2021000000000001)]"

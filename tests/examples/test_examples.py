"""The sample mini-programs, walked on a simulator against a running server, and held to the platforms' own typings."""

from __future__ import annotations

import base64
import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from stdnum.iso7064 import mod_11_2

ROOT = Path(__file__).resolve().parents[2]
_HERE = Path(__file__).parent
_NODE = Path(sys.executable).with_name("node")
_MODULES = ROOT / "tests" / "npm" / "node_modules"
PLATFORMS = ["wechat", "alipay"]


def _run_node(*arguments: str | Path, **environment: str) -> str:
    done = subprocess.run(
        [_NODE, *arguments],
        env={**os.environ, "NODE_PATH": str(_MODULES), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _invent_person() -> dict[str, str]:
    body = f"31010119{random.randrange(60, 99)}0307{random.randrange(1000):03}"  # noqa: S311  invented, not secret
    return {"name": "赵小川", "id_number": body + mod_11_2.calc_check_digit(body), "user": f"user-{uuid4().hex[:12]}"}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_first_day(platform: str, live_server: dict[str, Any]) -> None:
    """Log in, prove who one is, show a code, lose the network, read messages."""
    environment = {"SERVER_URL": live_server["url"], "PERSON": json.dumps(_invent_person())}
    seen = json.loads(_run_node(_HERE / "walk.js", platform, **environment))
    assert "实名" in seen["unverified"]
    assert seen["visited"] == ["/pages/identity/index"]
    assert seen["faceUrl"].startswith(live_server["url"])
    assert "仅可使用一次" in seen["live"]
    assert base64.b64decode(seen["picture"].partition(",")[2]).startswith(b"\x89PNG")
    assert "赵**" in seen["me"]
    assert seen["sessions"] == 1
    assert seen["stored"] == ["suixing.installation", "suixing.refresh"]


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_platforms_typings_hold(platform: str) -> None:
    """Every call of `wx` and `my` is one that the platform documents, with options that it knows."""
    assert _run_node(_MODULES / "typescript" / "bin" / "tsc", "-p", _HERE / f"{platform}.tsconfig.json") == ""


@pytest.mark.parametrize("name", ["suixing.js", "livecode.js", "wording.js"])
def test_what_knows_no_platform_is_the_same_in_both(name: str) -> None:
    wechat, alipay = (ROOT / "examples" / platform / "lib" / name for platform in PLATFORMS)
    assert wechat.read_text("utf-8") == alipay.read_text("utf-8")


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_page_is_there(platform: str) -> None:
    folder = ROOT / "examples" / platform
    pages = json.loads((folder / "app.json").read_text("utf-8"))["pages"]
    markup = {"wechat": ".wxml", "alipay": ".axml"}[platform]
    for page in pages:
        for suffix in (".js", ".json", markup):
            assert (folder / page).with_suffix(suffix).is_file()
    assert {path.parent.name for path in folder.glob("pages/*/index.js")} == {page.split("/")[1] for page in pages}

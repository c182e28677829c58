"""Finds a Chromium for the browser tests, or installs one: `python -m tests.browser`, called by the Makefile."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

_SHELL = "chromium-headless-shell"
"""Chromium without windows: a page costs it a fifth of the work."""
_NAMES = (_SHELL, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_ON_MACOS = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
_CHINESE_FONTS = "fonts-noto-cjk"


def browser_path() -> str | None:
    """A Chromium of this machine, or Playwright's own; None where there is neither."""
    candidates = [shutil.which(name) for name in _NAMES] + [str(_ON_MACOS) if _ON_MACOS.exists() else None]
    # On some systems a program of this name only says that it has to be installed otherwise: ask each to speak.
    return next((path for path in candidates if path and _speaks(path)), None) or _playwrights_own()


def launch_arguments() -> list[str]:
    """What Chromium must be told here: it refuses to sandbox itself as root."""
    return ["--no-sandbox"] if os.geteuid() == 0 else []


def main() -> int:
    """Makes sure that there is a browser, and says what it does."""
    path = browser_path()
    if path is None and _can_use_apt():
        _say("installing Chromium and Chinese fonts with apt-get")
        _install_with_apt(_SHELL, _CHINESE_FONTS)
        path = browser_path()
        if path is None:  # not every distribution has it
            _install_with_apt("chromium", _CHINESE_FONTS)
            path = browser_path()
    if path is None:
        _say("downloading Chromium with Playwright")
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
        path = browser_path()
    if path is None:
        _say("no Chromium could be installed, and the browser tests need one.")
        _say("Install `chromium` or Google Chrome with your system's packages, then run the command again.")
        return 1
    _see_to_fonts()
    _say(f"the browser tests use {path}")
    return 0


def _see_to_fonts() -> None:
    """Without Chinese fonts the pages still work; their pictures show boxes."""
    lister = shutil.which("fc-list")
    if lister is None or subprocess.run([lister, ":lang=zh"], capture_output=True, check=False).stdout:
        return
    if _can_use_apt():
        _say("installing Chinese fonts with apt-get")
        _install_with_apt(_CHINESE_FONTS)
    else:
        _say(f"no Chinese fonts here: pictures of the pages will show boxes; the package {_CHINESE_FONTS} has them")


def _can_use_apt() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def _install_with_apt(*packages: str) -> None:
    apt = [shutil.which("apt-get") or "apt-get", "--quiet=2", "-o", "DPkg::Lock::Timeout=300"]
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        # A failure is told by apt-get itself, and the next way is tried.
        subprocess.run([*apt, *command], env=environment, stdout=subprocess.DEVNULL, check=False)


def _speaks(path: str) -> bool:
    try:
        answer = subprocess.run([path, "--version"], capture_output=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0


def _playwrights_own() -> str | None:
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() and _speaks(path) else None


def _say(text: str) -> None:
    sys.stdout.write(f"suixing: {text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

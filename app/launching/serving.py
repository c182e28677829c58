"""`suixing serve`: one province on this machine, from its settings."""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import UTC, datetime
from typing import Any

from app.demo import fill_demo, write_demo
from app.embedded import Servers
from app.errors import SettingsError
from app.keeping import require_keys
from app.launching.launcher import serve
from app.launching.plan import Plan
from app.logs import configure_logs
from app.migrating import migrate
from app.settings import PROVINCES, Settings

_APPLICATION = "api.application:create_app"
_READY_PATH = "/health/live"
# By -c, so that it runs without an installed script; -P, so that the current directory's packages are not ours.
_WORKER = [sys.executable, "-P", "-c", "from app.cli import main; main()", "worker"]


def serve_province(settings: Settings, *, demo: bool) -> int:
    """Runs until it is told to stop, and answers the exit code."""
    if demo and settings.is_production:
        raise SettingsError("SUIXING_ENVIRONMENT is production: demo data does not belong there.")
    configure_logs(settings.log_level)
    written: dict[str, Any] = {}

    def prepare(servers: Servers) -> None:
        now = datetime.now(UTC)
        require_keys(settings, now)
        asyncio.run(_fill(settings, servers, now, written if demo else None))

    def announce() -> None:
        if demo:
            write_demo(settings, written)
        _say(_describe(settings, written))

    _say(_begin(settings))
    return serve(_plan(settings), prepare, announce)


async def _fill(settings: Settings, servers: Servers, now: datetime, written: dict[str, Any] | None) -> None:
    await migrate(servers.database_url)
    if written is not None:
        written.update(await fill_demo(settings, servers.database_url, now))


def _plan(settings: Settings) -> Plan:
    return Plan(
        host=settings.host,
        port=settings.port,
        address=settings.url,
        processes=settings.processes,
        data=settings.data,
        application=_APPLICATION,
        ready_path=_READY_PATH,
        worker_command=_WORKER,
        environment=os.environ,
        log_level=settings.log_level,
        database_url=settings.database_url,
        redis_url=settings.redis_url,
        announcement=settings.data / "demo.json",
    )


def _begin(settings: Settings) -> str:
    private = [
        name for name, url in (("PostgreSQL", settings.database_url), ("Valkey", settings.redis_url)) if url is None
    ]
    what = f" with a private {' and '.join(private)} in {settings.data}" if private else ""
    return f"suixing: starting {PROVINCES[settings.province]} ({settings.province}){what}"


def _describe(settings: Settings, demo: dict[str, Any]) -> str:
    """The addresses to open, and whom to be there."""
    url = settings.url
    lines = ["", f"  resident   {url}/resident", f"  venue      {url}/venue", f"  API        {url}/docs", ""]
    if demo:
        people = [(p["name"], p["phone"], "verified" if p["verified"] else "not verified") for p in demo["residents"]]
        people += [(demo[role]["name"], demo[role]["phone"], role) for role in ("manager", "operator")]
        lines += ["  Invented people to log in as (their one-time passwords are shown on the page):"]
        lines += [f"    {phone}  {name}  {what}" for name, phone, what in people]
        lines += [f"  All of it for scripts: {settings.data / 'demo.json'}", ""]
    return "\n".join([*lines, "Ctrl-C stops everything."])


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()

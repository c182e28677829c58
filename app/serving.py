"""`suixing serve`: what is prepared before HTTP is up, and what is said once it is."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from app.embedded import Servers
from app.errors import SettingsError
from app.launching.launcher import serve
from app.launching.plan import Plan
from app.logs import configure_logs
from app.provinces import PROVINCES
from app.setting_files import SUFFIX
from app.settings import Settings


def serve_province(settings: Settings, *, demo: bool, worker: bool = True) -> int:
    """Runs until it is told to stop; answers the exit code."""
    if demo and settings.is_production:
        raise SettingsError("SUIXING_ENVIRONMENT is production: `serve --demo` is for development.")
    _check_listed(settings)
    configure_logs(settings.log_level)
    click.echo(f"suixing: starting {PROVINCES[settings.province].zh} ({settings.environment})")
    written: dict[str, Any] = {}

    def prepare(servers: Servers) -> None:
        written.update(asyncio.run(_prepare(settings, servers.database_url, demo=demo)))

    def announce() -> None:
        if demo:
            from app.demo import write_demo  # noqa: PLC0415  as in _prepare

            write_demo(settings, written)
        _say_where(settings, written)

    return serve(_plan(settings, worker=worker), prepare, announce)


def _check_listed(settings: Settings) -> None:
    """Each process reads the files; what is wrong with them is said once, before any is started."""
    if settings.mini_programs is not None:
        from app.platforms.mini_programs import read_mini_programs  # noqa: PLC0415  most starts need no HTTP client

        read_mini_programs(settings.mini_programs, is_production=settings.is_production)
    if settings.push is not None:
        from app.pushing.opening import read_push  # noqa: PLC0415  likewise

        read_push(settings)


def _plan(settings: Settings, *, worker: bool) -> Plan:
    return Plan(
        host=settings.host,
        port=settings.port,
        address=settings.url,
        processes=settings.processes,
        data=settings.data,
        application="api.application:create_app",
        ready_path="/health/live",
        worker_command=[sys.executable, "-P", "-m", "app.cli", "worker"] if worker else None,
        environment=_environment(),
        log_level=settings.log_level,
        database_url=settings.database_url,
        redis_url=settings.redis_url,
        announcement=settings.data / "demo.json",
    )


def _environment() -> dict[str, str]:
    """What the processes inherit; the two URLs are given to them outright, so a file of theirs is not named again."""
    given = {f"{name}{SUFFIX}" for name in ("DATABASE_URL", "REDIS_URL")}
    return {name: value for name, value in os.environ.items() if name not in given}


async def _prepare(settings: Settings, url: str, *, demo: bool) -> dict[str, Any]:
    """Keys, schema, trust list, and what demo.json will say. Imported here, while the servers start beside it."""
    from app.database import open_pool  # noqa: PLC0415
    from app.keeping import require_keys  # noqa: PLC0415
    from app.migrating import migrate  # noqa: PLC0415
    from app.recognition.publishing import publish_trust_list  # noqa: PLC0415

    now = datetime.now(UTC)
    ring = require_keys(settings, now)
    await migrate(url)
    pool = await open_pool(settings, url, size=1)
    try:
        lifetime = timedelta(seconds=settings.trust_list_lifetime)
        await publish_trust_list(pool, ring, lifetime=lifetime, now=now)
    finally:
        await pool.close()
    if not demo:
        return {}
    from app.demo import fill_demo  # noqa: PLC0415
    from app.development.phones import give_phone  # noqa: PLC0415

    written = await fill_demo(settings, url, now)
    if settings.push is None:
        await give_phone(settings, url, written["residents"][0], now)
    return written


def _say_where(settings: Settings, demo: dict[str, Any], say: Callable[[str], None] = click.echo) -> None:
    say("")
    say(f"  resident  {settings.url}/resident")
    say(f"  venue     {settings.url}/venue")
    say(f"  desk      {settings.url}/desk")
    say(f"  API       {settings.url}/docs")
    if demo:
        say("")
        say("  demo people (their one-time passwords are shown on the page):")
        for person in demo["residents"]:
            say(f"    {person['phone']}  {person['name']}{'' if person['verified'] else '  (not verified)'}")
        say(f"    {demo['manager']['phone']}  {demo['manager']['name']}  (manager)")
        say(f"    {demo['operator']['phone']}  {demo['operator']['name']}  (operator)")
        say(f"    {demo['window']['phone']}  {demo['window']['name']}  (at a window)")
        say(f"  all of them, and a scanner's credential: {settings.data / 'demo.json'}")
        if "phone_token" in demo["residents"][0]:
            say(f"  what the first one's phone would show: {settings.url}/v1/development/pushes")
    say("")
    say("suixing: serving; Ctrl-C stops it")

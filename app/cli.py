"""The command line: `suixing --help`."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import wraps
from pathlib import Path
from typing import Any, NoReturn

import click

from app.errors import SettingsError
from app.settings import PROVINCES, Settings, describe_settings, read_settings


def _fail(message: str) -> NoReturn:
    click.echo(f"suixing: {message}", err=True)
    sys.exit(1)


def _now() -> datetime:
    return datetime.now(UTC)


def _with_settings(command: Callable[..., None]) -> Callable[..., None]:
    """Reads the settings, and turns what an operator did wrong into one clear line."""

    @wraps(command)
    def run(**options: Any) -> None:
        from app.embedded.errors import EmbeddedError  # noqa: PLC0415  `--help` should not wait for imports
        from app.logs import configure_logs  # noqa: PLC0415
        from app.migrating import MigrationError  # noqa: PLC0415
        from codes import CodeError  # noqa: PLC0415

        try:
            settings = read_settings(os.environ)
            configure_logs(settings.log_level)
            command(settings, **options)
        except (SettingsError, EmbeddedError, MigrationError, CodeError) as error:
            _fail(str(error))
        except KeyboardInterrupt:
            sys.exit(130)

    return run


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="suixing")
def main() -> None:
    """Suixing (随行): the backend of a province's super-app.

    Settings are environment variables: `suixing settings` lists them. Without DATABASE_URL and REDIS_URL a private
    PostgreSQL and Valkey run in the data folder.
    """


@main.command()
@click.option("--demo", is_flag=True, help="Fill in demo people and a venue, and write demo.json. Development only.")
@_with_settings
def serve(settings: Settings, *, demo: bool) -> None:
    """Start everything: private servers where none are set, migrations, server processes and a worker."""
    from app.serving import serve_province  # noqa: PLC0415

    sys.exit(serve_province(settings, demo=demo))


@main.command()
@_with_settings
def worker(settings: Settings) -> None:
    """Run one more worker: deliveries, the chained access log, the trust list. `serve` starts one already."""
    from app.worker import run_worker  # noqa: PLC0415

    _require_servers(settings)
    with _clear_words():
        asyncio.run(run_worker(settings))


def _require_servers(settings: Settings) -> None:
    """The private servers belong to `serve`; beside it, commands find them by their URLs."""
    for name, value in (("DATABASE_URL", settings.database_url), ("REDIS_URL", settings.redis_url)):
        if value is None:
            raise SettingsError(f"{name} is not set: this command needs the servers that `suixing serve` would start.")


@main.command()
@_with_settings
def migrate(settings: Settings) -> None:
    """Bring the database to this version's schema. Any number may run at once; one of them does the work."""
    from app.migrating import migrate as run  # noqa: PLC0415

    with _database(settings) as url:
        applied = asyncio.run(run(url))
    click.echo("\n".join(f"applied {name}" for name in applied) or "nothing to apply")


@main.command()
@_with_settings
def demo(settings: Settings) -> None:
    """Fill in the demo people and their venue again. Development only."""
    from app.demo import fill_demo, write_demo  # noqa: PLC0415

    with _database(settings) as url:
        written = asyncio.run(fill_demo(settings, url, _now()))
    write_demo(settings, written)
    click.echo(f"wrote {settings.data / 'demo.json'}")


@contextmanager
def _database(settings: Settings) -> Generator[str]:
    """The database that is set; else the private one, which runs beside `serve` or is started for this command."""
    from app.embedded import find_running_servers, running_servers  # noqa: PLC0415

    beside = None if settings.database_url else find_running_servers(settings.data)
    with _clear_words():
        if settings.database_url:
            yield settings.database_url
        elif beside:
            yield beside.database_url
        else:
            with running_servers(settings.data) as servers:
                yield servers.database_url


@contextmanager
def _clear_words() -> Generator[None]:
    """Says in a line what PostgreSQL's absence or refusal means; the first line, since another may show a row."""
    from app.database import DECLINED, FAULTS  # noqa: PLC0415

    try:
        yield
    except FAULTS as error:
        _fail(f"PostgreSQL cannot be reached: {error}")
    except DECLINED as error:
        _fail(f"PostgreSQL declined: {str(error).splitlines()[0]}")


@main.command("settings")
def list_settings() -> None:
    """List every setting with its default, and what it is for."""
    rows = describe_settings()
    width = max(len(name) for name, _, _ in rows)
    for name, default, about in rows:
        click.echo(f"{name:<{width}}  {about}{f' [{default}]' if default else ''}")


@main.group()
def keys() -> None:
    """Signing keys and secrets."""


@keys.command("create")
@_with_settings
def create_keys(settings: Settings) -> None:
    """Make this deployment's first keys and secrets in SUIXING_KEYS. Keys that are there are kept."""
    from app.keeping import create_keys as create  # noqa: PLC0415

    ring = create(settings, development=not settings.is_production, now=_now())
    click.echo(f"keys of {PROVINCES[settings.province]} in {settings.keys_folder}")
    click.echo(f"root fingerprint {ring.root_fingerprint}")


@keys.command("rotate")
@click.option("--use", type=click.Choice(["code", "federation"]), default="code", show_default=True)
@_with_settings
def rotate_keys(settings: Settings, *, use: str) -> None:
    """Add the next key: in the next trust list, and signing two days later. Restart servers and workers within that."""
    from codes import KeyRing, KeyUse  # noqa: PLC0415

    ring = KeyRing.load(settings.keys_folder).rotate(KeyUse(use), _now())
    newest = max((epoch for epoch in ring.epochs if epoch.use == use), key=lambda epoch: epoch.signs_from)
    click.echo(f"{use} key {newest.kid.hex()} signs from {newest.signs_from:%Y-%m-%dT%H:%M:%SZ}")


@main.group()
def trust() -> None:
    """The trust list."""


@trust.command("show")
@_with_settings
def show_trust(settings: Settings) -> None:
    """Sign and print a trust list of the keys in this deployment's folder, as a gate would hold it."""
    from codes import KeyRing, next_sequence, sign_trust_list  # noqa: PLC0415

    ring, now = KeyRing.load(settings.keys_folder), _now()
    lifetime = timedelta(seconds=settings.trust_list_lifetime)
    click.echo(sign_trust_list(ring, sequence=next_sequence(None, now), now=now, lifetime=lifetime))


@main.group()
def code() -> None:
    """Service codes."""


@code.command("verify")
@click.argument("text")
@click.option("--trust", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True)
@click.option("--at", type=click.DateTime(["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S%z"]), help="Now, if not given.")
@click.option("--root", help="SHA-256 fingerprint of the root certificate that the list must descend from.")
def verify_code(text: str, trust: Path, at: datetime | None, root: str | None) -> None:
    """Check a code without any network: print its claims, or the refusal's slug and exit 1."""
    from codes import CodeError  # noqa: PLC0415
    from codes.checking import check_code  # noqa: PLC0415

    moment = (at if at.tzinfo else at.replace(tzinfo=UTC)) if at else _now()
    try:
        claims = check_code(text, trust.read_text(encoding="ascii").strip(), now=moment, root_fingerprint=root)
    except CodeError as error:
        click.echo(error.slug)
        sys.exit(1)
    except (OSError, UnicodeDecodeError) as error:
        _fail(f"{trust} cannot be read: {error}")
    click.echo(json.dumps(claims, ensure_ascii=False, indent=2))


@main.group()
def audit() -> None:
    """The chained access log."""


@audit.command("verify")
@_with_settings
def verify_audit(settings: Settings) -> None:
    """Recompute the chained access log; name whatever was changed, removed or cut off, and exit 1."""
    from app.audit.checking import verify_deployment  # noqa: PLC0415

    with _database(settings) as url:
        report = asyncio.run(verify_deployment(settings, url, _now(), click.echo))
    sys.exit(0 if report.is_sound else 1)


if __name__ == "__main__":
    main()

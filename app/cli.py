"""The command line: `suixing --help`."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from app.commands.keys import keys
from app.commands.licences import licences
from app.commands.matters import matters
from app.commands.push import push
from app.commands.receipt import receipt
from app.commands.residents import residents
from app.commands.restoring import restored
from app.commands.roaming import locate, simulate
from app.commands.shared import clear_words, database, fail, read_clock, with_settings
from app.commands.staff import staff
from app.errors import SettingsError
from app.scanner.command import scanner
from app.settings import Settings, describe_settings


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="suixing")
def main() -> None:
    """Suixing (随行): the backend of a province's super-app.

    Settings are environment variables: `suixing settings` lists them. Without DATABASE_URL and REDIS_URL a private
    PostgreSQL and Valkey run in the data folder.
    """


@main.command()
@click.option("--demo", is_flag=True, help="Fill in demo people and a venue, and write demo.json. Development only.")
@click.option("--worker/--no-worker", default=True, help="Whether to run a worker beside, or to leave that to others.")
@with_settings
def serve(settings: Settings, *, demo: bool, worker: bool) -> None:
    """Start everything: private servers where none are set, migrations, server processes and a worker."""
    from app.serving import serve_province  # noqa: PLC0415

    sys.exit(serve_province(settings, demo=demo, worker=worker))


@main.command()
@with_settings
def worker(settings: Settings) -> None:
    """Run one more worker: deliveries, the chained access log, the trust list. `serve` starts one already."""
    import uvloop  # noqa: PLC0415  other commands do without

    from app.worker import run_worker  # noqa: PLC0415

    _require_servers(settings)
    with clear_words():
        uvloop.run(run_worker(settings))


def _require_servers(settings: Settings) -> None:
    """The private servers belong to `serve`; beside it, commands find them by their URLs."""
    for name, value in (("DATABASE_URL", settings.database_url), ("REDIS_URL", settings.redis_url)):
        if value is None:
            raise SettingsError(f"{name} is not set: this command needs the servers that `suixing serve` would start.")


@main.command()
@with_settings
def migrate(settings: Settings) -> None:
    """Bring the database to this version's schema. Any number may run at once; one of them does the work."""
    from app.migrating import migrate as run  # noqa: PLC0415

    with database(settings) as url:
        applied = asyncio.run(run(url))
    click.echo("\n".join(f"applied {name}" for name in applied) or "nothing to apply")


@main.command()
@with_settings
def demo(settings: Settings) -> None:
    """Fill in the demo people and their venue again. Development only."""
    from app.demo import fill_demo, write_demo  # noqa: PLC0415

    with database(settings) as url:
        written = asyncio.run(fill_demo(settings, url, read_clock()))
    write_demo(settings, written)
    click.echo(f"wrote {settings.data / 'demo.json'}")


@main.command("settings")
def list_settings() -> None:
    """List every setting with its default, and what it is for."""
    rows = describe_settings()
    width = max(len(name) for name, _, _ in rows)
    for name, default, about in rows:
        click.echo(f"{name:<{width}}  {about}{f' [{default}]' if default else ''}")


main.add_command(keys)
main.add_command(staff)
main.add_command(receipt)
main.add_command(residents)
main.add_command(licences)
main.add_command(matters)
main.add_command(push)
main.add_command(restored)
main.add_command(scanner)
main.add_command(locate)
main.add_command(simulate)


@main.group()
def trust() -> None:
    """The trust list."""


@trust.command("show")
@with_settings
def show_trust(settings: Settings) -> None:
    """Print the newest published trust list, as `GET /v1/trust-list` answers it."""
    from app.recognition.publishing import read_newest  # noqa: PLC0415

    with database(settings) as url:
        jws = asyncio.run(read_newest(settings, url))
    if jws is None:
        fail(
            "no trust list is published yet: `suixing serve` or a worker does it, `suixing trust sign` makes one here."
        )
    click.echo(jws)


@trust.command("sign")
@with_settings
def sign_trust(settings: Settings) -> None:
    """Sign and print a list of the keys in this deployment's folder, without a database; it is published nowhere."""
    from codes import KeyRing, next_sequence, sign_trust_list  # noqa: PLC0415

    ring, now = KeyRing.load(settings.keys_folder), read_clock()
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

    moment = (at if at.tzinfo else at.replace(tzinfo=UTC)) if at else read_clock()
    try:
        claims = check_code(text, trust.read_text(encoding="ascii").strip(), now=moment, root_fingerprint=root)
    except CodeError as error:
        click.echo(error.slug)
        sys.exit(1)
    except (OSError, UnicodeDecodeError) as error:
        fail(f"{trust} cannot be read: {error}")
    click.echo(json.dumps(claims, ensure_ascii=False, indent=2))


@main.group()
def audit() -> None:
    """The chained access log."""


@audit.command("verify")
@with_settings
def verify_audit(settings: Settings) -> None:
    """Recompute the chained access log; name whatever was changed, removed or cut off, and exit 1."""
    from app.audit.checking import verify_deployment  # noqa: PLC0415

    with database(settings) as url:
        report = asyncio.run(verify_deployment(settings, url, read_clock(), click.echo))
    sys.exit(0 if report.is_sound else 1)


if __name__ == "__main__":
    main()

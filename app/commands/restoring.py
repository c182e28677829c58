"""`suixing restored`: what an operator runs between restoring a backup and serving again."""

from __future__ import annotations

import asyncio

import click

from app.commands.shared import database, read_clock, with_settings
from app.settings import Settings


@click.command("restored")
@click.option("--keep-sessions", is_flag=True, help="Nothing was lost: the backup goes up to the last commit.")
@click.option("--above", type=click.IntRange(1), help="The sequence of a trust list that somebody has seen.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_settings
def restored(settings: Settings, *, keep_sessions: bool, above: int | None, yes: bool) -> None:
    """Make a database that was restored from a backup safe to serve: end its codes and sessions, send nothing twice."""
    from app.restoring.restoring import settle_restored  # noqa: PLC0415  `--help` should not wait for imports

    if not yes:
        click.confirm("End every code and session of this database?", abort=True)
    with database(settings) as url:
        done = asyncio.run(settle_restored(settings, url, read_clock(), keep_sessions=keep_sessions, above=above))
    click.echo(f"codes of {done.subjects} subjects and {done.sessions} sessions ended, {done.proofs} proofs used up")
    click.echo(f"{done.notices} notices will not be sent again; trust list {done.sequence} published")
    click.echo(
        f"{done.lists} status lists closed; what was revoked in them since the backup is lost: docs/operations.md"
    )
    if done.old_witness:
        click.echo(f"{done.heads_lost} heads of the access log were lost; they stand in {done.old_witness}")

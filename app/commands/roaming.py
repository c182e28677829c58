"""`suixing locate` and `suixing simulate`: where a point lies, and what the crossing rule makes of people."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.commands.shared import fail

if TYPE_CHECKING:  # `--help` should not wait for imports
    from app.roaming.simulating.judging import Tally
    from app.roaming.simulating.running import Outcome

_DATUMS = ("wgs84", "gcj02", "bd09")
_MOST = 1.0
"""False notices a thousand resident-days; above that, people turn notices off."""
_BOUNDARIES = click.option(
    "--boundaries",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A GeoJSON file of divisions with their adcodes, in place of those that are shipped.",
)


@click.command(context_settings={"ignore_unknown_options": True})  # a longitude may be below zero
@click.argument("longitude", type=float)
@click.argument("latitude", type=float)
@click.option("--datum", type=click.Choice(_DATUMS), default="wgs84", show_default=True, help="Whose figures they are.")
@_BOUNDARIES
def locate(longitude: float, latitude: float, datum: str, boundaries: Path | None) -> None:
    """Print the division code (GB/T 2260) of the district that a point lies in, or `none`.

    None over water, on long bridges and abroad. The first two digits are the province, the first four the city. With
    --boundaries it is the finest division of that file.
    """
    from app.errors import SettingsError  # noqa: PLC0415  `--help` should not wait for imports
    from app.roaming.boundaries import find_adcode, load_boundaries  # noqa: PLC0415
    from app.roaming.datums import Datum, to_wgs84  # noqa: PLC0415

    if not (abs(longitude) <= 180 and abs(latitude) <= 90):  # noqa: PLR2004  degrees
        fail(f"{longitude} {latitude} is no longitude and latitude: the longitude comes first, both in degrees.")
    try:
        loaded = load_boundaries(boundaries)
    except SettingsError as error:
        fail(str(error))
    point = to_wgs84(longitude, latitude, Datum(datum))
    click.echo(find_adcode(loaded, *point, districts=boundaries is None) or "none")


@click.command()
@click.option("--residents", type=click.IntRange(1), default=500, show_default=True)
@click.option("--days", type=click.IntRange(1, 366), default=20, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
@click.option("--map", "picture", type=click.Path(dir_okay=False, path_type=Path), help="Where to draw a map (SVG).")
def simulate(residents: int, days: int, seed: int, picture: Path | None) -> None:
    """Send invented residents' fixes through the real lookup and rule, and hold what is found against the truth.

    The same seed invents the same people. Exits with 1 where more than one notice in 1,000 resident-days is false; it
    takes 3,000 resident-days and more to be sure of fewer.
    """
    from app.roaming.boundaries import Boundaries  # noqa: PLC0415  `--help` should not wait for imports
    from app.roaming.shapes import read_shipped  # noqa: PLC0415
    from app.roaming.simulating.judging import bound_rate  # noqa: PLC0415
    from app.roaming.simulating.running import Outcome, simulate  # noqa: PLC0415

    begun, outcome, divisions = time.process_time(), Outcome(), read_shipped()
    with click.progressbar(
        simulate(Boundaries(divisions), residents=residents, days=days, seed=seed),
        length=residents,
        label="residents",
        hidden=not sys.stderr.isatty(),
        file=sys.stderr,
    ) as steps:
        for step in steps:
            outcome = step
    total = outcome.total
    bound = bound_rate(total.false_notices, total.resident_days) * 1_000
    _print_table(outcome)
    click.echo(
        f"false notices: {total.false_notices} in {total.resident_days:,} resident-days; "
        f"at most {bound:.3f} in 1,000 (95 %)"
    )
    click.echo(f"{time.process_time() - begun:.0f} s of one core", err=True)
    if picture is not None:
        from app.roaming.simulating.drawing import draw  # noqa: PLC0415  `--help` should not wait for imports

        caption = (
            f"{residents:,} invented residents, {days} days: {total.notices:,} notices, {total.false_notices} false"
        )
        picture.write_text(draw(divisions, outcome, caption), encoding="utf-8")
        click.echo(f"wrote {picture}", err=True)
    if total.false_notices * 1_000 > _MOST * total.resident_days:
        sys.exit(1)


def _print_table(outcome: Outcome) -> None:
    """A row for each kind of resident."""
    headings = ("residents who …", "days", "fixes", "visits", "found", "missed", "unseen", "false", "notices")
    rows = [_to_row(kind.value, tally) for kind, tally in sorted(outcome.tallies.items(), key=lambda one: one[0].value)]
    table = [headings, *rows, _to_row("all", outcome.total)]
    widths = [max(len(row[column]) for row in table) for column in range(len(headings))]
    for row in table:
        figures = (f"{cell:>{width}}" for cell, width in zip(row[1:], widths[1:], strict=True))
        click.echo("  ".join([f"{row[0]:<{widths[0]}}", *figures]))


def _to_row(name: str, tally: Tally) -> tuple[str, ...]:
    figures = (
        tally.resident_days,
        tally.fixes,
        tally.visits,
        tally.found,
        tally.missed,
        tally.unseen,
        tally.false,
        tally.notices,
    )
    return name, *(f"{figure:,}" for figure in figures)

"""`suixing staff`: the first operators, before there is anybody at the desk."""

from __future__ import annotations

import click

from app.commands.shared import fail, read_clock, use_pool, with_settings
from app.errors import InvalidError, NotFoundError
from app.people.model import Role
from app.settings import Settings


@click.group()
def staff() -> None:
    """Those who run it."""


@staff.command("grant")
@click.argument("phone")
@click.argument("role", type=click.Choice([role.value for role in Role]))
@with_settings
def grant(settings: Settings, *, phone: str, role: str) -> None:
    """Give the resident with PHONE a ROLE. Only until there are two operators: from then on, they decide.

    Whoever it is has logged in once and proven who they are; the role counts on an installation they trust.
    """
    from app.sealing import Vault  # noqa: PLC0415  `--help` should not wait for imports
    from app.secrets import read_secrets  # noqa: PLC0415
    from app.staff.founding import FoundedError, found_office  # noqa: PLC0415

    vault = Vault(read_secrets(settings.keys_folder))

    try:
        is_news = use_pool(
            settings, lambda pool: found_office(pool, vault, phone=phone, role=Role(role), now=read_clock())
        )
    except InvalidError as error:
        fail(error.message)
    except NotFoundError:
        fail("nobody logs in by this phone: let them log in once, then run this again")
    except FoundedError:
        fail("there are two operators: roles are given at the desk, by one or by two of them")
    click.echo(f"{role} granted; it is in the log of acts" if is_news else f"{role} was granted before")

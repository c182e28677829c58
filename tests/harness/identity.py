"""The stand-ins of the identity authorities behind a loopback HTTP server, and settings that lead to them."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import msgspec
from stdnum.iso7064 import mod_11_2

from app.development.identity_standing_in import (
    IdentityStandIns,
    stand_in_cloud_auth_access,
    stand_in_network_access,
)
from app.identity.numbers import today
from app.settings import Settings
from tests.harness.answering import answering


def now() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def serving_identity(
    settings: Settings, clock: Callable[[], datetime] = now
) -> AsyncGenerator[tuple[Settings, IdentityStandIns]]:
    """The same settings, leading to stand-ins that a real client can ask, and the stand-ins themselves."""
    stand_ins = IdentityStandIns(settings, settings.url, clock)
    async with answering(stand_ins) as server:
        yield point_to(settings, server.url, stand_ins, clock()), stand_ins


def point_to(settings: Settings, url: str, stand_ins: IdentityStandIns, moment: datetime) -> Settings:
    cloud_auth = stand_in_cloud_auth_access(url)
    network = stand_in_network_access(url, stand_ins.files, moment)
    keys = settings.data / "network-identity-keys.json"
    keys.write_bytes(msgspec.json.encode(network.keys))
    return dataclasses.replace(
        settings,
        identity_url=cloud_auth.url,
        identity_access_key_id=cloud_auth.access_key_id,
        identity_access_key_secret=cloud_auth.access_key_secret,
        identity_scene_id=cloud_auth.scene_id,
        network_identity_url=network.url,
        network_identity_secret=network.secret,
        network_identity_organisation=network.organisation,
        network_identity_application=network.application,
        network_identity_keys=keys,
    )


def invent_id_number(*, age: int, region: str | None = None, moment: datetime | None = None) -> str:
    """A number that passes its checks, of somebody who had the birthday of that age within the last year."""
    born = today(moment or now()) - timedelta(days=random.randrange(1, 364))  # noqa: S311  invented, not secret
    born = born.replace(year=born.year - age, day=min(born.day, 28))
    place = region or f"31{random.randrange(101, 9999):04}"  # noqa: S311  as above
    body = f"{place}{born:%Y%m%d}{random.randrange(1000):03}"  # noqa: S311  as above
    return body + mod_11_2.calc_check_digit(body)

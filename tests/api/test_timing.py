"""How long an answer takes must not say whether a phone is somebody's here."""

from __future__ import annotations

import dataclasses
import math
import statistics
from collections.abc import AsyncGenerator, Sequence
from time import perf_counter
from uuid import uuid4

import pytest

from app.settings import Settings
from tests.api.harness import Api, invent_phone, make_person, running_api

_PEOPLE = 40
_MANY = 10**9


@pytest.fixture
async def patient_api(roomy: Settings) -> AsyncGenerator[Api]:
    """Limits that one test machine does not meet."""
    settings = dataclasses.replace(roomy, otp_per_phone=_MANY, otp_per_phone_daily=_MANY)
    async with running_api(settings) as running:
        yield running


async def measure(api: Api, tries: int) -> tuple[list[float], list[float]]:
    """Seconds to ask for a password and to guess it wrong, for phones of residents and of nobody, taken in turn."""
    known = [(await make_person(api)).phone for _ in range(_PEOPLE)]
    unknown = [invent_phone() for _ in range(_PEOPLE)]
    taken: tuple[list[float], list[float]] = ([], [])
    for number in range(tries + 20):
        turn = (0, 1) if number % 2 else (1, 0)  # neither is always the first
        for which in turn:
            phone = (known, unknown)[which][number % _PEOPLE]
            began = perf_counter()
            await _ask_and_guess(api, phone)
            taken[which].append(perf_counter() - began)
    return taken[0][20:], taken[1][20:]


async def _ask_and_guess(api: Api, phone: str) -> None:
    asked = await api.post("/v1/otp", json={"phone": phone})
    assert asked.status_code == 202
    body = {
        "grant": "otp",
        "challenge_id": asked.json()["challenge_id"],
        "otp": "000000",
        "installation_id": str(uuid4()),
    }
    assert (await api.post("/v1/sessions", json=body)).status_code in {401, 201}


def rank_sum_z(first: Sequence[float], second: Sequence[float]) -> float:
    """How many standard deviations the ranks of the first lie from those of the second (Mann and Whitney's test)."""
    ranked = sorted([(value, 0) for value in first] + [(value, 1) for value in second])
    ranks = sum(rank for rank, (_, which) in enumerate(ranked, start=1) if which == 0)
    n, m = len(first), len(second)
    return (ranks - n * (n + m + 1) / 2) / math.sqrt(n * m * (n + m + 1) / 12)


async def test_known_and_unknown_phones_take_the_same_time(patient_api: Api) -> None:
    known, unknown = await measure(patient_api, 100)
    assert abs(rank_sum_z(known, unknown)) < 4.5  # by chance once in 100,000 runs


@pytest.mark.soak
@pytest.mark.timeout(600)
async def test_medians_of_two_thousand_tries_are_within_a_tenth(patient_api: Api) -> None:
    known, unknown = await measure(patient_api, 2000)
    assert 0.9 < statistics.median(known) / statistics.median(unknown) < 1.1


def test_a_difference_of_time_is_seen() -> None:
    assert abs(rank_sum_z([1.0 + n / 100 for n in range(100)], [1.3 + n / 100 for n in range(100)])) > 4.5
    assert abs(rank_sum_z([float(n) for n in range(0, 200, 2)], [float(n) for n in range(1, 200, 2)])) < 1

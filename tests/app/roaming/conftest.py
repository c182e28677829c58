"""The shipped divisions, loaded once a test process."""

from __future__ import annotations

import pytest

from app.roaming.boundaries import Boundaries
from app.roaming.shapes import Division, read_shipped


@pytest.fixture(scope="session")
def divisions() -> list[Division]:
    return read_shipped()


@pytest.fixture(scope="session")
def boundaries(divisions: list[Division]) -> Boundaries:
    return Boundaries(divisions)

"""Of those who run it."""

from __future__ import annotations

from tests.api.provoking.scene import Provoking

PROVOKED: dict[str, Provoking] = {}

"""Of venues, their staff and their scanners."""

from __future__ import annotations

from tests.api.provoking.scene import Provoking

PROVOKED: dict[str, Provoking] = {}

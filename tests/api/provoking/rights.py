"""Of a resident's rights: data, consents, leaving."""

from __future__ import annotations

from tests.api.provoking.scene import Provoking

PROVOKED: dict[str, Provoking] = {}

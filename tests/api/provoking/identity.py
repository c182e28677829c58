"""Of proving who somebody is, and of the logins that are tied to a person."""

from __future__ import annotations

from tests.api.provoking.scene import Provoking

PROVOKED: dict[str, Provoking] = {}

"""Of proving who somebody is, and of the logins that are tied to a person."""

from __future__ import annotations

from collections.abc import Mapping

from api.meanings.meaning import Meaning

MEANINGS: Mapping[str, Meaning] = {}

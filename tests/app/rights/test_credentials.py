"""No kind of credential is forgotten by a lock: tables, uses of keys, and what makes secrets are each accounted for."""

from __future__ import annotations

import ast
from pathlib import Path

from app.database import Pool
from app.rights.credentials import CREDENTIALS, NO_CREDENTIALS, OTHER_MAKERS, OTHER_USES, Locked
from codes import KeyUse
from tests.app.rights.test_holdings import _PERSONAL, _TABLES

_ROOT = Path(__file__).resolve().parents[3]
_MAKING = {
    "urandom", "token_urlsafe", "token_bytes", "token_hex", "randbelow", "choice", "digest", "new", "encode",
}  # fmt: skip
_MODULES = {"os", "secrets", "hmac", "jwt", "api_jws"}
_STANDING_IN = ("app/development", "app/embedded", "app/launching")


def _makes(call: ast.Call) -> bool:
    """Draws a secret, makes a MAC, encodes a token, or has something signed."""
    called = call.func
    if not isinstance(called, ast.Attribute):
        return False
    owner = called.value
    owned = owner.id if isinstance(owner, ast.Name) else owner.attr if isinstance(owner, ast.Attribute) else ""
    if called.attr == "sign":
        return True
    return owned in _MODULES and called.attr in _MAKING


def _find_makers() -> set[str]:
    found: set[str] = set()
    for package in ("app", "api", "codes", "push"):
        for path in (_ROOT / package).rglob("*.py"):
            name = str(path.relative_to(_ROOT))
            if name.startswith(_STANDING_IN):
                continue
            tree = ast.parse(path.read_text())
            if any(isinstance(node, ast.Call) and _makes(node) for node in ast.walk(tree)):
                found.add(name.removesuffix(".py").replace("/", "."))
    return found


async def test_every_table_with_people_in_it_is_accounted_for(pool: Pool) -> None:
    tables = [row["table_name"] for row in await pool.fetch(_TABLES)]
    personal = {row["table_name"] for row in await pool.fetch(_PERSONAL, tables)}
    held = {table for credential in CREDENTIALS.values() for table in credential.tables}
    assert personal - held - NO_CREDENTIALS.keys() == set(), "say in app/rights/credentials.py what a lock does to them"
    assert (held | NO_CREDENTIALS.keys()) - set(tables) == set(), "these are gone"
    assert held & NO_CREDENTIALS.keys() == set()


def test_every_use_of_keys_is_accounted_for() -> None:
    uses = [use for credential in CREDENTIALS.values() for use in credential.uses]
    assert sorted([*uses, *OTHER_USES]) == sorted(KeyUse), "once each"


def test_everything_that_makes_secrets_or_signs_is_accounted_for() -> None:
    made = {maker for credential in CREDENTIALS.values() for maker in credential.makers}
    found = _find_makers()
    assert found - made - OTHER_MAKERS.keys() == set(), "say in app/rights/credentials.py what a lock does to it"
    assert (made | OTHER_MAKERS.keys()) - found == set(), "these make nothing any more"


def test_what_stays_says_why() -> None:
    assert [name for name, one in CREDENTIALS.items() if (one.locked is Locked.STAYS) != bool(one.because)] == []

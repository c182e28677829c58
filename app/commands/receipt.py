"""`suixing receipt`: checking what a look's receipt states, without any network."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import click

from app.commands.shared import fail, read_clock

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def receipt() -> None:
    """Receipts of looks at licences and codes."""


@receipt.command("verify")
@click.argument("text", metavar="TEXT|FILE.json")
@click.option(
    "--trust", type=_FILE, required=True, help="A trust list; of a receipt that is old, the list of its time."
)
@click.option(
    "--proof", type=_FILE, help="What getReceipt answered with its proof: that the access log holds the look."
)
@click.option("--at", type=click.DateTime(["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S%z"]), help="Now, if not given.")
@click.option("--root", help="SHA-256 fingerprint of the root certificate that the list must descend from.")
def verify_receipt(text: str, trust: Path, proof: Path | None, at: datetime | None, root: str | None) -> None:
    """Check a receipt by a trust list alone: print what it states, or the refusal's slug and why, and exit 1.

    It is given as text, or as the file that the resident's page downloads, or that a venue or a window saved: of more
    than one look it prints a list.
    """
    from app.wallet.errors import ReceiptInvalidError  # noqa: PLC0415  `--help` should not wait for imports
    from codes import CodeError  # noqa: PLC0415

    moment = (at if at.tzinfo else at.replace(tzinfo=UTC)) if at else read_clock()
    try:
        listed = trust.read_text(encoding="ascii").strip()
        stated = [_check(one, listed, proof, moment, root) for one in _read_texts(text)]
    except CodeError as error:
        click.echo(error.slug)
        sys.exit(1)
    except ReceiptInvalidError as error:
        click.echo(f"{error.slug}: {error.detail}")
        sys.exit(1)
    except (OSError, UnicodeDecodeError) as error:
        fail(f"a file cannot be read: {error}")
    click.echo(json.dumps(stated if len(stated) > 1 else stated[0], ensure_ascii=False, indent=2))


def _read_texts(given: str) -> list[str]:
    """A receipt's text, or those in a saved file: no signature of a JWS ends as such a file's name does."""
    if not given.endswith(".json"):
        return [given.strip()]
    try:
        held = json.loads(Path(given).read_text(encoding="utf-8"))
    except ValueError:
        fail(f"{given} is no JSON")
    record = cast("dict[str, Any]", held) if isinstance(held, dict) else {}
    items = cast("list[Any]", record["items"]) if isinstance(record.get("items"), list) else []
    looks = [record, *(cast("dict[str, Any]", one) for one in items if isinstance(one, dict))]
    texts = [text for look in looks if isinstance(text := look.get("receipt"), str)]
    return texts or fail(f"{given} holds no receipt")


def _check(text: str, listed: str, proof: Path | None, moment: datetime, root: str | None) -> dict[str, Any]:
    import msgspec  # noqa: PLC0415  likewise

    from app.wallet.receipt_format import keys_of_list, read_receipt  # noqa: PLC0415
    from app.wallet.receipt_proofs import check_proof, take_proof  # noqa: PLC0415
    from codes import read_trust_list  # noqa: PLC0415

    trusted = read_trust_list(listed, now=moment, root_fingerprint=root)
    found = read_receipt(text, keys_of_list(trusted), moment)
    stated: dict[str, Any] = msgspec.to_builtins(found)
    if proof is not None:
        head = check_proof(found, take_proof(proof.read_bytes()), trusted).head
        stated["log"] = {"batch_no": head.batch_no, "head": head.head.hex()}
    return stated

"""Codes against the primitives beneath them: what our own way costs beside a bare signature and a stock QR call."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import qrcode
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from qrcode.image.svg import SvgPathImage

from bench import Ratio
from bench.timing import time_in_turns
from codes import (
    KeyUse,
    Kind,
    create_key_ring,
    mint,
    read_trust_list,
    sign_trust_list,
    to_png,
    to_svg,
    verify,
)

_ROUNDS, _CALLS = 300, 20
_PICTURE_ROUNDS = 40
_ES256 = ec.ECDSA(hashes.SHA256())
_SIGNED = bytes(79)
"""As many bytes as a code's Sig_structure has."""


def run() -> list[Ratio]:
    """Each of ours in turns with its peer."""
    now = datetime.now(UTC)
    with tempfile.TemporaryDirectory(prefix="sx-bench-") as folder:
        ring = create_key_ring(Path(folder) / "keys", "31", now, development=True)
    epoch = ring.current(KeyUse.CODE, now)
    trust = read_trust_list(sign_trust_list(ring, sequence=1, now=now, lifetime=timedelta(days=1)), now=now)
    key = ec.generate_private_key(ec.SECP256R1())
    signature, public_key = key.sign(_SIGNED, _ES256), key.public_key()

    def mint_one() -> str:
        return mint(epoch, issuer="31", subject_no=1, kind=Kind.PERSONAL, now=now).text

    text = mint_one()
    return [
        _micro(
            "code: verify / bare ES256 verify",
            lambda: verify(text, trust, now),
            lambda: public_key.verify(signature, _SIGNED, _ES256),
            1.25,
        ),
        _micro("code: mint / bare ES256 sign", mint_one, lambda: key.sign(_SIGNED, _ES256), 1.6),
        _milli("code: SVG / stock qrcode call", lambda: to_svg(text), lambda: _draw_stock(text), 0.25),
        _milli("code: PNG / stock qrcode call", lambda: to_png(text), lambda: _draw_stock(text), 0.25),
    ]


def _draw_stock(text: str) -> object:
    return qrcode.make(text, image_factory=SvgPathImage)


def _micro(name: str, ours: Callable[[], object], peer: Callable[[], object], target: float) -> Ratio:
    mine, others = (seconds * 1e6 for seconds in time_in_turns([ours, peer], rounds=_ROUNDS, calls=_CALLS))
    return Ratio(name=name, ours=mine, peer=others, ratio=mine / others, target=target, better="lower", unit="µs")


def _milli(name: str, ours: Callable[[], object], peer: Callable[[], object], target: float) -> Ratio:
    """The peer searches for the best mask and makes an SVG."""
    mine, others = (seconds * 1e3 for seconds in time_in_turns([ours, peer], rounds=_PICTURE_ROUNDS, calls=1))
    return Ratio(name=name, ours=mine, peer=others, ratio=mine / others, target=target, better="lower", unit="ms")

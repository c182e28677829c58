"""Codes against the primitives beneath them: what our own way costs beside a bare signature and a stock QR call."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import qrcode
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from qrcode.image.svg import SvgPathImage

from bench import Ratio
from bench.timing import time_in_turns
from codes import (
    Epoch,
    KeyUse,
    Kind,
    StatusReference,
    TrustList,
    base45,
    certify_phone_key,
    create_key_ring,
    mint,
    mint_licence,
    read_trust_list,
    sign_trust_list,
    to_png,
    to_svg,
    verify,
    verify_any,
)
from codes.keys import CURVE, jwk_of
from codes.long_layout import PHONE, PHONE_BETWEEN, pack_unsigned, phone_signed_part
from codes.model import PHONE_PREFIX
from codes.signatures import sign, to_der

_ROUNDS, _CALLS = 300, 20
_PICTURE_ROUNDS = 40
_ES256 = ec.ECDSA(hashes.SHA256())
_SIGNED = bytes(75)
"""As many bytes as a code's Sig_structure has."""
_SIGNED_BY_PHONE = bytes(215)


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
    licences = ring.current(KeyUse.LICENCE, now)
    licence = mint_licence(licences, issuer="31", subject_no=1, licence_no=1, kind=Kind.PERSONAL, now=now).text
    return [
        _micro(
            "code: verify / bare ES256 verify",
            lambda: verify(text, trust, now),
            lambda: public_key.verify(signature, _SIGNED, _ES256),
            1.25,
        ),
        _micro(
            "licence in hand: verify / bare ES256 verify",
            lambda: verify_any(licence, trust, now),
            lambda: public_key.verify(signature, _SIGNED, _ES256),
            1.3,
        ),
        *_compare_phone(ring.current(KeyUse.CERTIFICATE, now), trust, now),
        _micro("code: mint / bare ES256 sign", mint_one, lambda: key.sign(_SIGNED, _ES256), 1.6),
        _milli("code: SVG / stock qrcode call", lambda: to_svg(text), lambda: _draw_stock(text), 0.25),
        _milli("code: PNG / stock qrcode call", lambda: to_png(text), lambda: _draw_stock(text), 0.25),
    ]


def _compare_phone(epoch: Epoch, trust: TrustList, now: datetime) -> list[Ratio]:
    """A phone's code against two signatures as bare as can be: by keys that are there, and with one to be unpacked.

    The second is the floor of whoever verifies with this library: a certificate carries its key as x and a sign.
    """
    phone = ec.generate_private_key(CURVE)
    text = _show(epoch, phone, now)
    issuer_key, phone_key = epoch.public_key, phone.public_key()
    signed = epoch.sign(_SIGNED)
    inner, outer = to_der(signed[:32], signed[32:]), phone.sign(_SIGNED_BY_PHONE, _ES256)
    point = phone_key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint)

    def verify_bare() -> None:
        issuer_key.verify(inner, _SIGNED, _ES256)
        phone_key.verify(outer, _SIGNED_BY_PHONE, _ES256)

    def unpack_and_verify_bare() -> None:
        issuer_key.verify(inner, _SIGNED, _ES256)
        ec.EllipticCurvePublicKey.from_encoded_point(CURVE, point).verify(outer, _SIGNED_BY_PHONE, _ES256)

    def verify_ours() -> None:
        verify_any(text, trust, now)

    return [
        _micro("code of a phone: verify / two bare ES256 verify", verify_ours, verify_bare, 1.3),
        _micro("code of a phone: verify / those, key unpacked", verify_ours, unpack_and_verify_bare, 1.2),
    ]


def _show(epoch: Epoch, phone: ec.EllipticCurvePrivateKey, now: datetime) -> str:
    """A code as a phone makes it."""
    certificate = certify_phone_key(
        epoch,
        issuer="31",
        subject_no=1,
        kind=Kind.PERSONAL,
        public_key=jwk_of(phone.public_key()),
        status=StatusReference(1, 1),
        now=now,
    ).certificate
    unsigned = pack_unsigned(PHONE, PHONE_BETWEEN, (certificate, int(now.timestamp()), bytes(8)))
    return PHONE_PREFIX + base45.encode(unsigned[:-64] + sign(phone, phone_signed_part(unsigned)))


def _draw_stock(text: str) -> object:
    return qrcode.make(text, image_factory=SvgPathImage)


def _micro(name: str, ours: Callable[[], object], peer: Callable[[], object], target: float) -> Ratio:
    mine, others = (seconds * 1e6 for seconds in time_in_turns([ours, peer], rounds=_ROUNDS, calls=_CALLS))
    return Ratio(name=name, ours=mine, peer=others, ratio=mine / others, target=target, better="lower", unit="µs")


def _milli(name: str, ours: Callable[[], object], peer: Callable[[], object], target: float) -> Ratio:
    """The peer searches for the best mask and makes an SVG."""
    mine, others = (seconds * 1e3 for seconds in time_in_turns([ours, peer], rounds=_PICTURE_ROUNDS, calls=1))
    return Ratio(name=name, ours=mine, peer=others, ratio=mine / others, target=target, better="lower", unit="ms")

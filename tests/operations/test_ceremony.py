"""A list-signer is renewed by an offline root that lends its key to nobody."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli import main
from app.keeping import create_keys, require_keys
from app.settings import read_settings
from codes import KeyRing, KeyRingError, create_key_ring, next_sequence, read_trust_list, sign_trust_list
from codes.ceremony import accept_certificate, certify_request, request_signer

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=390)


@pytest.fixture
def online(tmp_path: Path) -> Path:
    """The servers' folder, from which the root's key was taken away to `offline`."""
    folder, offline = tmp_path / "online", tmp_path / "offline"
    create_key_ring(folder, "31", NOW, development=False)
    offline.mkdir(mode=0o700)
    (folder / "root-key.pem").rename(offline / "root-key.pem")
    shutil.copy(folder / "root.pem", offline / "root.pem")
    return folder


def test_a_list_signer_is_renewed(online: Path, tmp_path: Path) -> None:
    before = KeyRing.load(online)
    request = request_signer(online, 1)
    assert b"PRIVATE" not in request
    assert KeyRing.load(online).current_signer(LATER).certificate == before.signers[0].certificate, "still in use"
    certificate = certify_request(tmp_path / "offline", request, LATER)
    assert b"PRIVATE" not in certificate
    assert accept_certificate(online, certificate, LATER) == 1
    after = KeyRing.load(online)
    assert after.signers[0].certificate != before.signers[0].certificate
    assert after.signers[1].certificate == before.signers[1].certificate
    assert after.root_fingerprint == before.root_fingerprint, "peers and scanners need nothing new"
    assert not list(online.glob("*.next.pem"))
    assert (online / "signer-1.pem").stat().st_mode & 0o777 == 0o600
    moment = LATER + timedelta(days=30)
    jws = sign_trust_list(after, sequence=next_sequence(None, moment), now=moment, lifetime=timedelta(days=1))
    assert read_trust_list(jws, root_fingerprint=before.root_fingerprint, now=moment).sequence
    with pytest.raises(KeyRingError, match="No request"):
        accept_certificate(online, certificate, LATER)


def test_another_provinces_root_certifies_nothing_here(online: Path, tmp_path: Path) -> None:
    create_key_ring(tmp_path / "other", "32", NOW, development=False)
    create_key_ring(tmp_path / "twin", "31", NOW, development=False)
    request = request_signer(online, 2)
    with pytest.raises(KeyRingError, match="not of province 32"):
        certify_request(tmp_path / "other", request, NOW)
    with pytest.raises(KeyRingError, match=r"not by root\.pem"):
        accept_certificate(online, certify_request(tmp_path / "twin", request, NOW), NOW)


@pytest.mark.parametrize(
    "request_text", [b"", b"-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----"]
)
def test_what_is_no_request_is_refused(online: Path, tmp_path: Path, request_text: bytes) -> None:
    assert online.exists()
    with pytest.raises(KeyRingError, match="no request"):
        certify_request(tmp_path / "offline", request_text, NOW)
    with pytest.raises(KeyRingError, match="no certificate"):
        accept_certificate(online, request_text, NOW)


def test_the_ceremony_needs_nothing_of_a_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Production keys are made on a machine without a network: no database, gateway or address is asked for."""
    monkeypatch.setenv("SUIXING_ENVIRONMENT", "production")
    monkeypatch.setenv("SUIXING_KEYS", str(tmp_path / "keys"))
    run = CliRunner()
    assert "root fingerprint" in run.invoke(main, ["keys", "create"]).output
    offline = tmp_path / "offline"
    offline.mkdir(mode=0o700)
    (tmp_path / "keys" / "root-key.pem").rename(offline / "root-key.pem")
    shutil.copy(tmp_path / "keys" / "root.pem", offline / "root.pem")
    request, certificate = str(tmp_path / "request.pem"), str(tmp_path / "certificate.pem")
    asked = run.invoke(main, ["keys", "request", "--number", "2", request])
    assert asked.exit_code == 0, asked.output
    made = run.invoke(main, ["keys", "certify", "--root", str(offline), request, certificate])
    assert made.exit_code == 0, made.output
    taken = run.invoke(main, ["keys", "accept", certificate])
    assert taken.output == "list-signer 2 is renewed\n"
    assert not KeyRing.load(tmp_path / "keys").is_development


def test_a_root_key_left_behind_is_told(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    settings = read_settings({"SUIXING_ENVIRONMENT": "production", "SUIXING_KEYS": str(keys)}, serving=False)
    create_keys(settings, development=False, now=NOW)
    with pytest.raises(Exception, match="move it to where no server can reach it"):
        require_keys(settings, NOW)

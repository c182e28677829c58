"""The compose file: as its specification has it, hardened, and naming nothing that does not exist."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.settings import describe_settings, list_secret_variables, read_settings
from tests.docker.compose import FOLDER, list_variables, mounts_of, path_of, read_compose, read_example, settings_of
from tests.house.source import ROOT

COMPOSE = read_compose()
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
_REQUIRED = {"SMS_ACCESS_KEY_ID": "id", "SMS_TEMPLATE_CODE": "SMS_1", "SMS_WARNING_TEMPLATE_CODE": "SMS_2"}
EXAMPLE = read_example() | _REQUIRED
OURS = [name for name, service in SERVICES.items() if service["image"].startswith("suixing:")]

each_service = pytest.mark.parametrize("name", sorted(SERVICES))


def test_it_is_as_the_compose_specification_has_it() -> None:
    check: list[str | Path] = [
        Path(sys.executable).parent / "check-jsonschema",
        "--builtin-schema",
        "vendor.compose-spec",
    ]
    done = subprocess.run([*check, FOLDER / "compose.yaml"], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_two_servers_a_worker_and_what_they_stand_on() -> None:
    commands = {name: SERVICES[name]["command"] for name in OURS}
    assert commands == {
        "migrate": ["migrate"],
        "server-1": ["serve", "--no-worker"],
        "server-2": ["serve", "--no-worker"],
        "worker": ["worker"],
    }
    assert set(SERVICES) - set(OURS) == {"postgresql", "valkey", "proxy", "backup"}


@each_service
def test_each_container_is_hardened(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not service["user"].startswith(("0", "root"))
    assert service["mem_limit"]
    assert service["restart"] in {"unless-stopped", "on-failure:5"}
    assert service["logging"]["options"]["max-size"], "logs do not fill the disk"
    assert "privileged" not in service
    assert not [source for source, _, _ in mounts_of(service, EXAMPLE) if "docker.sock" in source]


@each_service
def test_each_service_is_watched_and_waits_for_what_it_needs(name: str) -> None:
    service = SERVICES[name]
    assert "healthcheck" in service or name.startswith("server-"), "a server's is the image's own"
    for needed, condition in service.get("depends_on", {}).items():
        assert needed in SERVICES
        if condition["condition"] == "service_healthy":
            assert needed.startswith("server-") or "test" in SERVICES[needed]["healthcheck"]
        else:
            assert condition["condition"] == "service_completed_successfully"
            assert SERVICES[needed]["restart"].startswith("on-failure")


@each_service
def test_what_is_mounted_is_there(name: str) -> None:
    service = SERVICES[name]
    kept_by_the_operator = {EXAMPLE["KEYS"], EXAMPLE["CERTIFICATES"], EXAMPLE["BACKUPS"]}
    for source, target, mode in mounts_of(service, EXAMPLE):
        if source.startswith("."):
            assert source in kept_by_the_operator or path_of(source).is_file(), source
            assert mode == "ro" or target == "/backups" or (name, target) == ("worker", "/keys")
        else:
            assert source in COMPOSE["volumes"]
    assert set(service.get("secrets", [])) <= COMPOSE["secrets"].keys()
    assert set(service["networks"]) <= COMPOSE["networks"].keys()


@pytest.mark.parametrize("name", OURS)
def test_each_variable_is_a_setting(name: str) -> None:
    known = {variable for variable, _, _ in describe_settings()} | {f"{one}_FILE" for one in list_secret_variables()}
    given = settings_of(SERVICES[name], EXAMPLE)
    assert set(given) <= known
    files = {variable: value for variable, value in given.items() if variable.endswith("_FILE") and value}
    assert {value.removeprefix("/run/secrets/") for value in files.values()} == set(SERVICES[name]["secrets"])
    assert not [variable for variable in list_secret_variables() if variable in given], "secrets come as files"


@pytest.mark.parametrize("name", OURS)
def test_production_starts_with_these_settings(name: str, tmp_path: Path) -> None:
    """The whole environment, with the files that make-secrets.sh makes, passes the check of a production server."""
    given = settings_of(SERVICES[name], EXAMPLE)
    written = {
        "database_url": "postgresql://suixing:x@postgresql:5432/suixing",
        "redis_url": "redis://:x@valkey:6379/0",
    }
    for variable, value in given.items():
        if variable.endswith("_FILE") and value:
            secret = value.removeprefix("/run/secrets/")
            (tmp_path / secret).write_text(written.get(secret, "0123456789abcdef"))
            given[variable] = str(tmp_path / secret)
    settings = read_settings({variable: value for variable, value in given.items() if value})
    assert settings.is_production
    assert settings.trusted_proxies == 1
    assert settings.database_url == written["database_url"]
    assert str(settings.keys_folder) == "/keys"
    modes = {target: mode for _, target, mode in mounts_of(SERVICES[name], EXAMPLE)}
    assert modes["/keys"] == ("rw" if name == "worker" else "ro"), "the worker rotates keys; nobody else writes them"


def test_every_variable_is_explained() -> None:
    assert list_variables() == read_example().keys()


def test_secrets_are_made_by_the_script() -> None:
    script = (FOLDER / "make-secrets.sh").read_text("utf-8")
    for name, secret in COMPOSE["secrets"].items():
        assert secret == {"file": f"./secrets/{name}"}
        assert f"make {name} " in script or f"secrets/{name}" in script


def test_the_script_makes_each_secret_once(tmp_path: Path) -> None:
    script = tmp_path / "make-secrets.sh"
    script.write_bytes((FOLDER / "make-secrets.sh").read_bytes())
    subprocess.run(["/bin/sh", script], check=True, capture_output=True)
    first = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}
    subprocess.run(["/bin/sh", script], check=True, capture_output=True)
    assert {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()} == first
    assert set(first) | {"sms_access_key_secret"} == set(COMPOSE["secrets"])
    assert len(first["postgresql_password"]) == 64
    assert first["database_url"] == f"postgresql://suixing:{first['postgresql_password']}@postgresql:5432/suixing"
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700


def test_the_database_and_valkey_are_reached_from_inside_alone() -> None:
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    for name in ("postgresql", "valkey", "backup"):
        assert SERVICES[name]["networks"] == ["inside"]
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]


def test_secrets_and_keys_are_kept_out_of_the_repository_and_the_image() -> None:
    ignored = subprocess.run(
        ["git", "check-ignore", "docker/secrets/x", "docker/keys/x", "docker/certificates/x", "docker/backups/x", "docker/.env"],  # noqa: S607, E501  git is wherever it is
        cwd=ROOT, check=False, capture_output=True, text=True,
    ).stdout.split()  # fmt: skip
    assert len(ignored) == 5
    assert (FOLDER / "Dockerfile.dockerignore").read_text().splitlines()[1] == "*", "nothing but what is named"


# The proxy


def _parse_nginx() -> list[dict[str, Any]]:
    done = subprocess.run(
        [Path(sys.executable).parent / "crossplane", "parse", FOLDER / "nginx.conf"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    parsed = json.loads(done.stdout)
    assert parsed["status"] == "ok", parsed["errors"]
    found: list[dict[str, Any]] = parsed["config"][0]["parsed"]
    return found


def _blocks(within: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    return [one for one in within if one["directive"] == name]


def _args(within: list[dict[str, Any]], name: str) -> list[list[str]]:
    return [one["args"] for one in _blocks(within, name)]


def test_the_proxy_does_what_the_servers_are_told_of_it() -> None:
    (http,) = _blocks(_parse_nginx(), "http")
    plain, tls = (server["block"] for server in _blocks(http["block"], "server"))
    assert _args(plain, "return") == [["308", "https://$host$request_uri"]]
    headers = dict(_args(tls, "proxy_set_header"))
    assert headers["X-Forwarded-For"] == "$remote_addr", "written anew: SUIXING_TRUSTED_PROXIES=1 holds"
    assert headers["Host"] == "$host"
    assert headers["Connection"] == ""
    assert ["Strict-Transport-Security", "max-age=31536000; includeSubDomains", "always"] in _args(tls, "add_header")
    assert _args(tls, "ssl_protocols") == [["TLSv1.2", "TLSv1.3"]]
    assert _args(http["block"], "client_max_body_size") == [["2m"]], "as api/application.py has it"
    assert "non_idempotent" not in _args(tls, "proxy_next_upstream")[0]
    locations = {tuple(one["args"]): one["block"] for one in _blocks(tls, "location")}
    stream = locations[_find(locations, "/v1/me/messages/stream")]
    assert _find(locations, "/v1/me/messages/stream/") == _find(locations, "/v1/me/messages/stream")
    assert _find(locations, "/v1/me/messages") == ("/",)
    assert _args(stream, "proxy_buffering") == [["off"]]
    assert _args(stream, "proxy_read_timeout") == [["1h"]]
    assert not _blocks(stream, "proxy_set_header"), "one here would take away all of those above"
    for inside in ("/metrics", "/health/ready"):
        for path in (inside, f"{inside}/"):  # both are the same route to the servers
            assert _args(locations[_find(locations, path)], "return") == [["404"]]
    assert _find(locations, "/health/live") == ("/",)
    (upstream,) = _blocks(http["block"], "upstream")
    servers = [args[0] for args in _args(upstream["block"], "server")]
    assert servers == ["server-1:8000", "server-2:8000"]
    kept = str(_args(http["block"], "log_format"))
    assert not [word for word in ("$args", "$query_string", "$remote_addr", "$request ") if word in kept]


def _find(locations: dict[tuple[str, ...], list[dict[str, Any]]], path: str) -> tuple[str, ...]:
    """The location that nginx chooses: a pattern that fits, or else all the rest."""
    return next((one for one in locations if one[0] == "~" and re.search(one[1], path)), ("/",))


def test_the_paths_that_the_proxy_knows_are_the_servers() -> None:
    from api.application import list_handlers  # noqa: PLC0415  slow, and for this test alone

    settings = read_settings({})
    paths = {path for handler in list_handlers(settings) for path in _paths_of(handler)}
    assert {"/v1/me/messages/stream", "/metrics", "/health/ready", "/health/live"} <= paths


def _paths_of(handler: Any) -> set[str]:
    from litestar import Router  # noqa: PLC0415  as above

    router = Router(path="/", route_handlers=[handler])
    return {route.path for route in router.routes}

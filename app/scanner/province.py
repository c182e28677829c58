"""The province: requests that prove the gate's key (DPoP, RFC 9449), and the lists that it signed, held on the disk."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import msgspec
from pyreqwest.client import SyncClientBuilder
from pyreqwest.exceptions import PyreqwestError

from codes import (
    StatusList,
    TrustList,
    VerifiedCode,
    apply_status_delta,
    base64url,
    read_status_jwt,
    read_trust_list,
)
from codes.device_keys import DeviceKey
from codes.key_files import read_private, write_private

_STATUS = "/v1/status-lists"
_OK, _BUSY, _FAULTY = 200, 429, 500


class OfflineError(Exception):
    """Nobody answers in time, or nobody who is well."""


class Reply(msgspec.Struct, frozen=True):
    """An answer of the province's, which may be a refusal."""

    status: int
    etag: str
    media_type: str
    body: bytes

    @property
    def slug(self) -> str:
        """What a refusal is called; nothing where this is none."""
        is_problem = self.media_type == "application/problem+json"
        return msgspec.json.decode(self.body)["type"].rpartition("/")[2] if is_problem else ""


class Line:
    """Requests to one province, by one scanner."""

    def __init__(self, url: str, credential: str, key: DeviceKey) -> None:
        self._url, self._credential, self._key = url.rstrip("/"), credential, key
        builder = SyncClientBuilder().user_agent("suixing-scanner").follow_redirects(False)
        self._client = (builder.no_proxy() if urlsplit(url).hostname in {"localhost", "127.0.0.1"} else builder).build()

    def ask(
        self, method: str, path: str, body: Any = None, *, now: datetime, seconds: float = 10, **more: str
    ) -> Reply:
        """Raises OfflineError where there is no answer to go by; `if_none_match` is a header, and so on."""
        own = {"authorization": f"DPoP {self._credential}", "dpop": self._prove(method, path, now)}
        headers = own | {name.replace("_", "-"): value for name, value in more.items()}
        request = self._client.request(method, self._url + path).headers(headers).timeout(timedelta(seconds=seconds))
        try:
            response = (request if body is None else request.body_json(body)).build().send()
            etag, media_type = (response.get_header(name) or "" for name in ("etag", "content-type"))
            reply = Reply(response.status, etag, media_type, bytes(response.bytes()))
        except (PyreqwestError, TimeoutError) as error:
            raise OfflineError(type(error).__name__) from None
        if reply.status >= _FAULTY or reply.status == _BUSY:
            raise OfflineError(f"status {reply.status}")
        return reply

    def _prove(self, method: str, path: str, now: datetime) -> str:
        credential = base64url.encode(hashlib.sha256(self._credential.encode()).digest())
        claims = {"jti": str(uuid4()), "htm": method, "htu": self._url + path.partition("?")[0], "ath": credential}
        return self._key.prove({**claims, "iat": int(now.timestamp())})


class _Held(msgspec.Struct):
    """What lies on the disk: the trust list as it came, when it was good, and status lists that were verified then."""

    trust: str = ""
    etag: str = ""
    came_at: datetime | None = None
    status: dict[int, StatusList] = {}


class Lists:
    """The trust list under its pinned root, and the status lists of what lives long, by their numbers."""

    def __init__(self, path: Path, root: str) -> None:
        self._path, self._root = path, root
        self.trust: TrustList | None = None
        self._held = msgspec.json.decode(read_private(path), type=_Held) if path.exists() else _Held()
        if self._held.came_at:
            self.trust = read_trust_list(self._held.trust, now=self._held.came_at, root_fingerprint=root)

    def refresh(self, line: Line, now: datetime) -> None:
        """Takes what is new; raises OfflineError or CodeError, and keeps what was good."""
        reply = line.ask("GET", "/v1/trust-list", now=now, if_none_match=self._held.etag)
        if reply.status == _OK:
            text, at_least = reply.body.decode(), self.trust.sequence if self.trust else None
            self.trust = read_trust_list(text, now=now, root_fingerprint=self._root, at_least=at_least)
            self._held.trust, self._held.etag, self._held.came_at = text, reply.etag, now
            self._keep()
        for item in msgspec.json.decode(line.ask("GET", _STATUS, now=now).body)["items"]:
            number = int(item["uri"].rpartition("/")[2])
            held = self._held.status.get(number)
            issued_at = datetime.fromisoformat(item["issued_at"]).replace(microsecond=0)
            if self.trust and (held is None or issued_at > held.issued_at):
                self._held.status[number] = _fetch(line, f"{_STATUS}/{number}", item["uri"], held, self.trust, now)
                self._keep()

    def _keep(self) -> None:
        write_private(self._path, msgspec.json.encode(self._held))

    def find_fault(self, code: VerifiedCode, trust: TrustList, now: datetime) -> str:
        """`code-revoked`; or why nothing here can vouch that it was not; or nothing."""
        place = code.status
        held = self._held.status.get(place.list_no) if place and code.issuer == trust.province else None
        reaches = held is not None and place is not None and place.index < 8 * len(held.bits)
        if held and place and reaches and held.is_revoked(place.index):
            return "code-revoked"
        if trust.expires_at <= now:
            return "trust-list-expired"
        if place and not reaches:
            return "status-list-missing"
        return "status-list-expired" if held and held.expires_at <= now else ""


def _fetch(line: Line, path: str, uri: str, held: StatusList | None, trust: TrustList, now: datetime) -> StatusList:
    """A whole list, or what was added to the one that is held."""
    at_least = held.issued_at if held else None
    since = f"?since={int(at_least.timestamp())}" if at_least else ""
    reply = line.ask("GET", path + since, now=now)
    if held and "delta" in reply.media_type:
        return apply_status_delta(reply.body.decode(), held, trust, now, province=trust.province)
    return read_status_jwt(reply.body.decode(), trust, now, province=trust.province, uri=uri, at_least=at_least)

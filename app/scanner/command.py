"""`suixing scanner`: a line of input a code, a line of JSON a verdict; where nobody answers it decides alone."""

from __future__ import annotations

import sys
import threading
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import click
import msgspec

from app.scanner.journal import Entry, Journal, write_time
from app.scanner.province import Line, Lists, OfflineError
from codes import FORMS, CodeError, CodeRefusedError, KeyUse, takes_form, verify_any
from codes.device_keys import DeviceKey
from codes.key_files import read_private, write_private
from codes.reading import fold

_UNREADABLE, _TOLD = "invalid-request", ("form", "kind", "province", "warnings")
_OK, _CREATED, _UNSENT, _LONGEST_LINE, _MOST_AT_ONCE = 200, 201, 3, 65536, 500
_TROUBLE = (OfflineError, CodeError, OSError, msgspec.MsgspecError, KeyError)
Verdict = dict[str, Any]


class Gate:
    """Decides about codes: by the province's word, or by lists and journal where that does not come in time."""

    def __init__(self, line: Line, lists: Lists, journal: Journal, about: dict[str, Any], deadline: float) -> None:
        self._line, self._lists, self._journal, self._deadline = line, lists, journal, deadline
        self._purpose = {"fields": about.get("fields", ()), "strict": about.get("strict", False)}
        self._goes_on = about.get("offline", {}).get("policy") == "warn" and not self._purpose["strict"]
        self._aside = set[str]()
        self._looks = about.get("checks_person", False)

    def scan(self, text: str, now: datetime) -> Verdict:
        """The verdict, once all that must be remembered of it is on the disk; else OSError, and the gate stays shut."""
        try:
            return self._ask(text, now)
        except OfflineError:
            return self._decide(fold(text), now)

    def _ask(self, text: str, now: datetime) -> Verdict:
        key, body = str(uuid4()), {"code": text}
        reply = self._line.ask("POST", "/v1/scans", body, now=now, seconds=self._deadline, idempotency_key=key)
        if reply.status != _CREATED:
            if not reply.slug:
                raise OfflineError("something that is not the province answers")
            return {"opens": False, "slug": reply.slug, "online": True}
        with suppress(CodeError):  # of a key that is newer than the list here
            if self._lists.trust and (code := verify_any(text, self._lists.trust, now)).use is not KeyUse.PAPER:
                self._journal.remember(code)
        said = msgspec.json.decode(reply.body)
        return {"opens": True, **{name: said[name] for name in _TOLD if name in said}, "online": True}

    def _decide(self, text: str, now: datetime) -> Verdict:
        trust, slug, warnings = self._lists.trust, "", list[str]()
        if trust is None:
            return {"opens": False, "slug": "trust-list-missing", "online": False}
        try:
            code = verify_any(text, trust, now)
        except CodeRefusedError as refusal:
            if refusal.verified:  # what is no genuine code is nobody's business
                self._journal.note(text, refusal.verified, refusal.slug, now)
            return {"opens": False, "slug": refusal.slug, "online": False}
        fault = self._lists.find_fault(code, trust, now)
        if fault == "code-revoked" or (fault and not self._goes_on):
            slug = fault
        elif not takes_form(code.use, **self._purpose):
            slug = "code-form-refused"
        elif self._journal.has_seen(code, now):
            slug = "code-already-used"
        warnings += [fault] if fault and not slug else []
        warnings += ["check-person"] if self._looks or code.use is KeyUse.PAPER else []
        warnings += ["made-offline"] if code.use is KeyUse.CERTIFICATE else []
        self._journal.note(text, code, slug or "accepted", now)
        told = {"form": FORMS[code.use], "kind": code.kind, "province": code.issuer, "warnings": warnings}
        return {"opens": not slug, **({"slug": slug} if slug else told), "online": False}

    def keep_up(self, now: datetime) -> None:
        """Sends what waits and takes new lists; raises OfflineError or CodeError, and nothing is lost."""
        waiting = [entry for entry in self._journal.list_waiting() if entry.id not in self._aside]
        for at in range(0, len(waiting), _MOST_AT_ONCE):
            self._send(waiting[at : at + _MOST_AT_ONCE], now)
        self._lists.refresh(self._line, now)

    def _send(self, part: list[Entry], now: datetime) -> None:
        body = {"sent_at": write_time(now), "scans": msgspec.to_builtins(part)}
        reply = self._line.ask("POST", "/v1/scans/batch", body, now=now, seconds=30)
        if reply.slug == _UNREADABLE:
            self._part(part, now)
            return
        if reply.status != _OK:
            raise OfflineError(f"the journal is not taken: {reply.slug or reply.status}")
        for item in msgspec.json.decode(reply.body)["items"]:
            if item["result"] in {"conflict", "refused"}:
                _say(f"!!! entry {item['id']}: {item['result']} {item.get('slug', '')}")
        self._journal.mark_answered(part)

    def _part(self, part: list[Entry], now: datetime) -> None:
        """One that cannot be sent stays in the journal for the next start; it does not hold up what is behind it."""
        if middle := len(part) // 2:
            self._send(part[:middle], now)
            self._send(part[middle:], now)
        else:
            self._aside.add(part[0].id)
            _say(f"!!! entry {part[0].id} of {part[0].scanned_at} cannot be sent and is kept: {_UNREADABLE}")


def introduce(line: Line, key: DeviceKey, path: Path, now: datetime) -> dict[str, Any]:
    """What this scanner is, as the province says or last said; its key is registered the first time."""
    try:
        reply = line.ask("GET", "/v1/scanner", now=now)
        if reply.slug == "scanner-key-required":
            line.ask("PUT", "/v1/scanner/key", {"public_key": key.jwk}, now=now)
            reply = line.ask("GET", "/v1/scanner", now=now)
        if reply.slug:
            raise click.ClickException(f"the province refuses this scanner: {reply.slug}")
        write_private(path, reply.body)
    except OfflineError as error:
        if not path.exists():
            raise click.ClickException(f"the first start needs the province: {error}") from None
    return msgspec.json.decode(read_private(path), type=dict[str, Any])


@click.command()
@click.option("--url", required=True, help="Where the province is: https://…")
@click.option("--root", required=True, help="SHA-256 fingerprint of its root certificate, from your enrolment.")
@click.option("--folder", type=click.Path(path_type=Path), required=True, help="Credential, key, lists and journal.")
@click.option("--deadline", default=0.8, show_default=True, help="Seconds that the province has for a scan's answer.")
@click.option(
    "--every", default=60.0, show_default=True, help="Seconds between sending the journal and asking for lists."
)
def scanner(url: str, root: str, folder: Path, deadline: float, every: float) -> None:
    """Be a gate: read codes from standard input as a hand scanner types them, print a verdict for each.

    FOLDER/credential holds the credential from addScanner (mode 0600). Opens where "opens" is true, and never before
    the line is printed. Ends with the input: 0, or 3 where scans wait to be sent, or 1 where it cannot be a gate.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        key = DeviceKey.open(folder / "key.pem")
        line = Line(url, read_private(folder / "credential").decode().strip(), key)
        about = introduce(line, key, folder / "scanner.json", _now())
        lists, journal = Lists(folder / "lists.json", root), Journal(folder / "journal.jsonl", about["scanner_id"], key)
    except _TROUBLE as error:
        raise click.ClickException(str(error)) from None
    if last := about.get("journal"):
        journal.go_on_behind(last["sequence"], last["digest"])
    gate, ending = Gate(line, lists, journal, about, deadline), threading.Event()
    if lists.trust is None:  # nothing could be remembered of what the province accepts
        _try_to_keep_up(gate)
    upkeep = threading.Thread(target=_keep_up, args=(gate, every, ending))
    upkeep.start()
    try:
        for read in iter(lambda: sys.stdin.buffer.readline(_LONGEST_LINE), b""):
            if text := read.decode("utf-8", "replace").strip():
                _scan(gate, text)
    finally:
        ending.set()
        upkeep.join()
    _say(f"{len(journal.list_waiting())} scans wait to be sent")
    sys.exit(_UNSENT if journal.list_waiting() else 0)


def _scan(gate: Gate, text: str) -> None:
    now, verdict = _now(), Verdict(opens=False, slug="journal-not-written", online=False)
    with suppress(OSError):
        verdict = gate.scan(text, now)
    click.echo(msgspec.json.encode({"scanned_at": write_time(now), **verdict}).decode())
    warnings = (f"!!! {warning}" for warning in verdict.get("warnings", []))
    _say(" ".join(["OPEN" if verdict["opens"] else f"SHUT {verdict['slug']}", *warnings]))


def _keep_up(gate: Gate, every: float, ending: threading.Event) -> None:
    """At once, then again and again, and once more at the end."""
    while not ending.is_set():
        _try_to_keep_up(gate)
        ending.wait(every)
    _try_to_keep_up(gate)


def _try_to_keep_up(gate: Gate) -> None:
    try:
        gate.keep_up(_now())
    except _TROUBLE as error:
        _say(f"the province is not reached: {error}")


def _say(words: str) -> None:
    """For whoever stands by."""
    click.echo(f"{_now():%H:%M:%S} {words}", err=True)


def _now() -> datetime:
    """The gate's only clock."""
    return datetime.now(UTC)

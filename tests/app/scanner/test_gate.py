"""The command before a running province, with a line that a test can cut."""

from __future__ import annotations

import asyncio
import base64
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from tests.journeys.harness import issue_code, log_in
from tests.vectors.cases import to_full_width

_PATIENCE = 60


class Cable:
    """What runs between gate and province: requests go through, or nothing does."""

    def __init__(self, url: str) -> None:
        self._host, self._port = urlsplit(url).hostname, urlsplit(url).port
        self._ends: set[asyncio.StreamWriter] = set()
        self.is_cut = False
        self.url = ""

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.is_cut:
            writer.close()
            return
        far_reader, far_writer = await asyncio.open_connection(self._host, self._port)
        self._ends |= {writer, far_writer}
        self._obey()
        await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))

    def cut(self) -> None:
        self.is_cut = True
        self._obey()

    def _obey(self) -> None:
        """Also where it was cut while a connection was made."""
        if not self.is_cut:
            return
        for end in self._ends:
            end.close()
        self._ends.clear()

    def mend(self) -> None:
        self.is_cut = False


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except (ConnectionError, OSError):
        pass
    finally:
        writer.close()


@asynccontextmanager
async def laying(url: str) -> AsyncGenerator[Cable]:
    cable = Cable(url)
    server = await asyncio.start_server(cable.carry, "127.0.0.1", 0)
    cable.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield cable
    finally:
        cable.cut()
        server.close()


class Running:
    """The command, as a process: a code in, a verdict out."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def read(self, text: str) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(text.encode())
        await self.process.stdin.drain()
        async with asyncio.timeout(_PATIENCE):
            line = await self.process.stdout.readline()
        assert line, "the gate has ended"
        verdict: dict[str, Any] = msgspec.json.decode(line)
        return verdict

    async def end(self) -> tuple[int, str]:
        """Ends its input; answers the exit code, and what it said."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        async with asyncio.timeout(_PATIENCE):
            _, said = await self.process.communicate()
        assert self.process.returncode is not None
        return self.process.returncode, said.decode()

    async def kill(self) -> None:
        self.process.kill()
        await self.process.communicate()


@asynccontextmanager
async def running(folder: Path, url: str, root: str) -> AsyncGenerator[Running]:
    suixing = Path(sys.executable).with_name("suixing")
    command: list[str | Path] = [suixing, "scanner", "--url", url, "--root", root, "--folder", folder]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *command, "--deadline", "10", stdin=pipe, stdout=pipe, stderr=pipe, env={**os.environ, "LANG": "C.UTF-8"}
    )
    try:
        yield Running(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


@pytest.fixture(scope="module")
async def client(live_server: dict[str, Any]) -> AsyncGenerator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=live_server["url"], timeout=20) as opened:
        yield opened


@pytest.fixture(scope="module")
async def resident(client: httpx.AsyncClient, live_server: dict[str, Any]) -> str:
    token: str = (await log_in(client, live_server["residents"][0]))["access_token"]
    return token


@pytest.fixture(scope="module")
async def manager(client: httpx.AsyncClient, live_server: dict[str, Any]) -> str:
    token: str = (await log_in(client, live_server["manager"]))["access_token"]
    return token


@pytest.fixture
async def folder(client: httpx.AsyncClient, live_server: dict[str, Any], manager: str, tmp_path: Path) -> Path:
    """With the credential of a scanner of its own, as a manager hands it over."""
    path = f"/v1/venues/{live_server['scanner']['venue_id']}/scanners"
    added = await client.post(path, json={"name": "gate"}, headers={"Authorization": f"Bearer {manager}"})
    assert added.status_code == 201, added.text
    credential = tmp_path / "credential"
    credential.write_text(added.json()["credential"])
    credential.chmod(0o600)
    return tmp_path


@pytest.fixture(scope="module")
async def root(client: httpx.AsyncClient) -> str:
    """The fingerprint, as an enrolment would have it on paper."""
    header = (await client.get("/v1/trust-list")).text.partition(".")[0]
    encoded = msgspec.json.decode(base64.urlsafe_b64decode(header + "=="))["x5c"][1]
    return x509.load_der_x509_certificate(base64.b64decode(encoded)).fingerprint(hashes.SHA256()).hex()


async def test_a_day_at_the_gate(
    client: httpx.AsyncClient, live_server: dict[str, Any], folder: Path, root: str, resident: str
) -> None:
    """Online, cut off, killed, started again without a network, and back: each code opens once, and none is lost."""
    codes = [await issue_code(client, resident) for _ in range(3)]
    async with laying(live_server["url"]) as cable:
        async with running(folder, cable.url, root) as gate:
            first = await gate.read(f"{to_full_width(codes[0].lower())}\r\n")
            assert (first["opens"], first["online"], first["form"]) == (True, True, "dynamic")
            assert (await gate.read(f"{codes[0]}\n"))["slug"] == "code-already-used"
            assert (folder / "lists.json").exists(), "what it let in could not be remembered"
            cable.cut()
            second = await gate.read(f"{codes[1].lower()}\r\n")
            assert (second["opens"], second["online"], second["province"]) == (True, False, "31")
            for used in codes[:2]:
                again = await gate.read(f"{used}\n")
                assert (again["opens"], again["slug"]) == (False, "code-already-used")
            assert (await gate.read("https://example.org/\n"))["slug"] == "code-not-ours"
            await gate.kill()
        async with running(folder, cable.url, root) as gate:
            assert (await gate.read(f"{codes[2]}\n"))["opens"]
            assert [(await gate.read(f"{code}\n"))["slug"] for code in codes] == ["code-already-used"] * 3
            cable.mend()
            code, said = await gate.end()
        assert (code, "0 scans wait" in said) == (0, True), said
        assert all(text not in said for text in codes)
        assert "!!! entry" not in said, said
    accesses = (await client.get("/v1/me/accesses", headers={"Authorization": f"Bearer {resident}"})).json()["items"]
    assert [one["outcome"] for one in accesses[:3]] == ["accepted"] * 3


async def test_a_gate_that_cannot_be_one_says_why(folder: Path, root: str, live_server: dict[str, Any]) -> None:
    async with running(folder, "http://127.0.0.1:9", root) as gate:
        code, said = await gate.end()
    assert (code, "first start needs the province" in said) == (1, True)
    (folder / "credential").chmod(0o644)
    async with running(folder, live_server["url"], root) as gate:
        code, said = await gate.end()
    assert (code, "can be read by others" in said) == (1, True)


async def test_a_list_of_another_root_is_not_taken(
    folder: Path, live_server: dict[str, Any], client: httpx.AsyncClient, resident: str
) -> None:
    async with laying(live_server["url"]) as cable, running(folder, cable.url, "0" * 64) as gate:
        assert (await gate.read("x\n"))["slug"] == "code-not-ours"
        cable.cut()
        assert (await gate.read(await issue_code(client, resident) + "\n"))["slug"] == "trust-list-missing"
        code, said = await gate.end()
    assert "descends from another root" in said, (code, said)

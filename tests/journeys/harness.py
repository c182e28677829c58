"""A resident and a scanner against a running server, over the wire."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import httpx


async def log_in(client: httpx.AsyncClient, person: dict[str, Any]) -> dict[str, Any]:
    """By the text that the development gateway was given."""
    body = {"phone": person["phone"], "installation_id": person["installation_id"]}
    before = await _list_texts(client, person["phone"])
    asked = await client.post("/v1/otp", json=body)
    assert asked.status_code == 202, asked.text
    otp = await _await_otp(client, person["phone"], before)
    opened = await client.post(
        "/v1/sessions",
        json={
            "grant": "otp",
            "challenge_id": asked.json()["challenge_id"],
            "otp": otp,
            "installation_id": person["installation_id"],
        },
    )
    assert opened.status_code == 201, opened.text
    found: dict[str, Any] = {**opened.json(), "otp": otp}
    return found


async def _await_otp(client: httpx.AsyncClient, phone: str, before: list[Any]) -> str:
    """Of the text that comes after those: the same person may have logged in in another test."""
    async with asyncio.timeout(20):
        while True:
            sent = await _list_texts(client, phone)
            if sent[:1] != before[:1]:
                return str(sent[0]["otp"])
            await asyncio.sleep(0.05)


async def _list_texts(client: httpx.AsyncClient, phone: str) -> list[Any]:
    """The newest first."""
    found: list[Any] = (await client.get("/v1/development/texts", params={"phone": phone})).json()["items"]
    return found


async def issue_code(client: httpx.AsyncClient, token: str) -> str:
    answer = await client.post("/v1/codes", json={"kind": "personal"}, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["code"])


def kill_valkey(data: Path) -> None:
    """The private Valkey of a data folder, by kill -9; the launcher starts it again."""
    for pid in _valkeys(data):
        os.kill(pid, signal.SIGKILL)


def _valkeys(data: Path) -> list[int]:
    found = subprocess.run(["/bin/ps", "-axww", "-o", "pid=,command="], check=True, capture_output=True, text=True)
    rows = (line.split(None, 1) for line in found.stdout.splitlines())
    return [int(pid) for pid, command in rows if "valkey-server" in command and str(data) in command]

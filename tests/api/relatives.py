"""Relatives over HTTP: one invites, the other answers."""

from __future__ import annotations

from typing import Any

import httpx

from tests.api.harness import Api, Person, Session

RELATIVES = "/v1/me/relatives"
INVITATIONS = f"{RELATIVES}/invitations"


async def invite(
    api: Api, inviter: Session, whom: Person, *, part: str = "shows", kinship: str = "parent", **changes: str
) -> httpx.Response:
    body = {"phone": whom.phone, "name": whom.name, "part": part, "kinship": kinship} | changes
    return await api.post(INVITATIONS, by=inviter, json=body)


async def accept(api: Api, invitee: Session, invitation_id: str) -> httpx.Response:
    return await api.post(f"{INVITATIONS}/{invitation_id}/accept", by=invitee)


async def bind(api: Api, carer: Session, relative: Session, kinship: str = "parent") -> dict[str, Any]:
    """The relation, as the relative accepted it."""
    sent = await invite(api, carer, relative.person, kinship=kinship)
    assert sent.status_code == 201, sent.text
    made = await accept(api, relative, sent.json()["id"])
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    return found


async def list_relatives(api: Api, session: Session) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await api.get(RELATIVES, by=session)).json()["items"]
    return items


async def list_invitations(api: Api, session: Session) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await api.get(INVITATIONS, by=session)).json()["items"]
    return items


async def ask_code(api: Api, session: Session, relative_id: str) -> httpx.Response:
    return await api.post("/v1/codes", by=session, json={"kind": "care", "relative_id": relative_id})

"""Stand-in answers of a server that has licences, for the venue's page: what may be asked, and what is told."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import msgspec
from PIL import Image, ImageDraw
from playwright.async_api import Page, Request, Route

from app.licences.types import read_shipped


def _draw_portrait() -> str:
    """Somebody's picture, plainly drawn, in base64."""
    picture = Image.new("RGB", (240, 300), "#c9dcef")
    pen = ImageDraw.Draw(picture)
    pen.ellipse((30, 210, 210, 420), fill="#2c3e57")
    pen.ellipse((70, 60, 170, 200), fill="#e8c6a4")
    pen.pieslice((64, 44, 176, 170), 180, 360, fill="#25211f")
    drawn = io.BytesIO()
    picture.save(drawn, "JPEG")
    return base64.b64encode(drawn.getvalue()).decode()


PHOTO = _draw_portrait()
NAME, NUMBER = "王小明", "310101199003079012"
ASKABLE = [
    {"licence_type": "resident-identity-card", "fields": ["name", "id_number", "photo"], "kept_days": 30},
    {"licence_type": "residence-permit", "fields": ["name", "id_number", "photo"], "kept_days": 0},
]
TOLD = {"name": NAME, "id_number": NUMBER, "photo": PHOTO}


def answer(
    state: str = "granted",
    *,
    kind: str = "resident-identity-card",
    told: dict[str, str] | None = None,
    standing: str = "valid",
    kept_days: int = 30,
    lives: int = 120,
) -> dict[str, Any]:
    """A question as the server has it, with what was told where it was granted."""
    now = datetime.now(UTC)
    kept_until = (now + timedelta(days=kept_days)).isoformat() if kept_days else None
    item = {
        "query_id": kind,
        "licence_type": kind,
        "fields": TOLD if told is None else told,
        "standing": standing,
        "credential": "sd.jwt~disclosure~kb.jwt",
        "access_id": str(uuid4()),
        "receipt": "head.claims.signature",
    }
    asked = str(uuid4())
    return {
        "id": asked,
        "state": state,
        "link": f"https://province.example/resident#/p/{asked}",
        "expires_at": (now + timedelta(seconds=lives)).isoformat(),
        "nonce": "n",
        "audience": "a",
        "items": [item] if state == "granted" else [],
        "kept_until": kept_until,
    }


class Desk:
    """The venue's page with its server's answers on licences; `asked` and `then` are what comes next."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.asked: Any = answer("pending")
        self.then: list[Any] = []
        self.sent: list[Request] = []

    async def stand_in(self, askable: Sequence[Any] = ASKABLE) -> None:
        types = {"items": msgspec.to_builtins(list(read_shipped().values())), "next_cursor": None}
        await self.page.route("**/v1/licence-types", self._always(types))
        await self.page.route("**/v1/scanner/licences", self._always({"items": list(askable), "next_cursor": None}))
        await self.page.route("**/v1/presentations", self._on_question)
        await self.page.route("**/v1/presentations/*", self._on_asked)

    @property
    def questions(self) -> list[Any]:
        """The bodies of the questions that were put."""
        return [json.loads(one.post_data or "{}") for one in self.sent if one.method == "POST"]

    @staticmethod
    def _always(body: Any) -> Any:
        async def fulfil(route: Route) -> None:
            await route.fulfill(json=body)

        return fulfil

    async def _on_question(self, route: Route) -> None:
        self.sent.append(route.request)
        if callable(self.asked):
            await self.asked(route)
        else:
            await route.fulfill(status=201, json=self.asked)

    async def _on_asked(self, route: Route) -> None:
        self.sent.append(route.request)
        if route.request.method == "DELETE":
            await route.fulfill(status=204)
            return
        following = self.then.pop(0) if self.then else self.asked
        if callable(following):
            await following(route)
        else:
            await route.fulfill(json=following | {"id": self.asked["id"]})

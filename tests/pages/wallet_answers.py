"""A wallet that holds one of every kind, answered in the browser's place: for what no single resident holds."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from PIL import Image, ImageDraw
from playwright.async_api import BrowserContext, Page, Route

import app.licences
from app.licences.model import LicenceType

_SHIPPED = Path(app.licences.__file__).parent / "shipped"
_TEXTS = {
    "name": "欧阳思源",
    "owner": "欧阳思源",
    "id_number": "310101199003071234",
    "licence_number": "310101199003071234",
    "vehicle_classes": "C1",
    "address": "上海市黄浦区随行路1号随行大厦12层1203室",
}
_ORDER = ("expired", "cancelled", "revoked", "withdrawn", "reissued", "unconfirmed", "other")


@cache
def shipped_types() -> list[dict[str, Any]]:
    """The kinds as they are shipped, the resident's own first."""
    read = [msgspec.json.decode(path.read_bytes(), type=LicenceType) for path in sorted(_SHIPPED.glob("*.json"))]
    types: list[dict[str, Any]] = msgspec.to_builtins(read)
    return sorted(types, key=lambda one: one["holder"] == "company")


@cache
def draw_portrait() -> str:
    """A picture of nobody, in base64."""
    picture = Image.new("RGB", (120, 152), "#dfe6ee")
    pen = ImageDraw.Draw(picture)
    pen.ellipse((34, 22, 86, 82), fill="#8fa3b8")
    pen.ellipse((10, 92, 110, 220), fill="#8fa3b8")
    kept = io.BytesIO()
    picture.save(kept, "PNG")
    return base64.b64encode(kept.getvalue()).decode("ascii")


def licence_id(number: int) -> str:
    return str(UUID(int=(0x7 << 76) | (0x8 << 60) | number))


def _text(field: dict[str, Any]) -> str:
    match field["kind"]:
        case "date":
            return "2020-07-01"
        case "image":
            return draw_portrait()
        case "lines":
            return "餐饮服务\n食品销售"
        case _:
            return _TEXTS.get(field["id"], f"{field['label']['zh']}甲乙")


def _mask(field: dict[str, Any], text: str) -> str:
    match field["mask"]:
        case "none":
            return text
        case "name":
            return text[0] + "**"
        case "id-number":
            return text[:1] + "*" * 16 + text[-1:]
        case _:
            return "****" + text[-4:]


def make_licence(number: int, kind: dict[str, Any], standing: str, now: datetime) -> dict[str, Any]:
    """A licence of a kind as getLicence answers it."""
    fields = {field["id"]: _text(field) for field in kind["fields"]}
    shown = {field["id"] for field in kind["fields"] if field["on_card"]} | {kind["number_field"]}
    return {
        "id": licence_id(number),
        "type": kind["id"],
        "standing": standing,
        "abnormal": standing != "valid",
        "masked": {one["id"]: _mask(one, fields[one["id"]]) for one in kind["fields"] if one["id"] in shown},
        "issuer_name": "示范省示范市行政审批服务局",
        "valid_from": "2020-07-01",
        "valid_until": None if kind["validity"] == "unlimited" else "2036-06-30",
        "changed_at": "2026-06-01T08:00:00Z",
        "fetched_at": now.isoformat(),
        "fields": fields,
        "identifier": "1.2.156.3005.2.11310000000000000X001.11310000000000000X.A1.001.X",
        "issued_on": "2020-07-01",
        "issuer_code": "11310000000000000X",
        "parts": [{"type": part, "licence_id": licence_id(number), "standing": "valid"} for part in kind["parts"]],
    }


class Wallet:
    """What the routes answer with: a licence of every kind, or of one kind in every standing."""

    def __init__(self, *, of_each_standing: bool = False) -> None:
        self.now = datetime.now(UTC)
        kinds = shipped_types()
        if of_each_standing:
            pairs = [(kinds[0], standing) for standing in ("valid", *_ORDER)]
        else:
            pairs = [(kind, "valid") for kind in kinds]
        self.licences = [make_licence(number + 1, *pair, self.now) for number, pair in enumerate(pairs)]
        self.sources: list[dict[str, Any]] = [
            {"source": "police", "name": {"zh": "公安", "en": "Police"}, "state": "current", "synced_at": self._ago(2)},
            {
                "source": "traffic",
                "name": {"zh": "公安交管", "en": "Traffic police"},
                "state": "unreachable",
                "synced_at": self._ago(180),
            },
            {
                "source": "city-library",
                "name": {"zh": "已停止接入的来源", "en": "A source that is joined no more"},
                "state": "left",
                "synced_at": self._ago(3 * 24 * 60),
            },
        ]

    def _ago(self, minutes: int) -> str:
        return (self.now - timedelta(minutes=minutes)).isoformat()

    async def answer_in(self, page: Page | BrowserContext) -> None:
        """Takes the server's place for wallets, and for nothing else."""
        await page.route("**/v1/licence-types", self._answer(lambda _: {"items": shipped_types(), "next_cursor": None}))
        await page.route("**/v1/wallet/licences", self._answer(lambda _: self._list()))
        await page.route("**/v1/wallet/licences/*", self._answer(self._one))
        await page.route("**/v1/wallet/licences/*/presentations", self._answer(lambda _: self._shown(), 201))
        await page.route("**/v1/wallet/sync", self._answer(lambda _: {}, 202))

    @staticmethod
    def _answer(make: Callable[[str], Any], status: int = 200) -> Callable[[Route], Any]:
        async def answer(route: Route) -> None:
            body = json.dumps(make(route.request.url))
            await route.fulfill(status=status, content_type="application/json", body=body)

        return answer

    def _list(self) -> dict[str, Any]:
        beside = {"fields", "identifier", "issued_on", "issuer_code", "parts"}
        items = [{name: value for name, value in one.items() if name not in beside} for one in self.licences]
        return {"items": items, "next_cursor": None, "sources": self.sources, "opened_at": self.now.isoformat()}

    def _one(self, url: str) -> dict[str, Any]:
        return next(one for one in self.licences if url.endswith(one["id"]))

    def _shown(self) -> dict[str, str]:
        now = datetime.now(UTC)
        return {
            "code": "SX4:" + "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ$%*+-./:" * 4,
            "generated_at": now.isoformat(),
            "expires_at": (now + timedelta(seconds=60)).isoformat(),
            "refresh_after": (now + timedelta(seconds=50)).isoformat(),
        }

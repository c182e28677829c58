"""Messages by templates as WeChat and Alipay take them: each field there, of its kind, and none besides."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Literal, cast

import msgspec

from app.development.pushes import PushBook, SentPush
from push.fields import kind_of
from push.shortening import clean_line, count_units
from push.templates import LONGEST_KEYWORD, Template

_PAGE = re.compile(r"[0-9A-Za-z_\-]+(?:/[0-9A-Za-z_\-]+)*(?:\?[^\s#]*)?")
_LONGEST_DATA = 2048
_STATES = frozenset({"formal", "trial", "developer"})


class TemplateDesk:
    """The templates of one mini-program, and what was sent by them. Its users have agreed to all of them."""

    def __init__(
        self, book: PushBook, platform: Literal["wechat", "alipay"], app_id: str, templates: Mapping[str, Template]
    ) -> None:
        self._book = book
        self._platform: Literal["wechat", "alipay"] = platform
        self._app_id = app_id
        self._templates = templates

    def take_wechat(self, asked: Mapping[str, Any], now: Callable[[], datetime]) -> int:
        """The errcode of a subscribe message."""
        template = self._templates.get(str(asked.get("template_id")))
        if not isinstance(asked.get("touser"), str) or not asked["touser"]:
            return 40003
        if template is None:
            return 40037
        if not _PAGE.fullmatch(str(asked.get("page", "index"))):
            return 41030
        fields = _read_fields(asked.get("data"), template)
        state = asked.get("miniprogram_state", "formal")
        if fields is None or state not in _STATES or not all(_takes(name, value) for name, value in fields.items()):
            return 47003
        self._keep(asked["touser"], template, fields, str(asked.get("page", "")), now())
        return 0

    def take_alipay(self, asked: Mapping[str, Any], now: Callable[[], datetime]) -> str:
        """The sub_code of a template message; empty where it is taken."""
        template = self._templates.get(str(asked.get("user_template_id")))
        user = asked.get("to_open_id") or asked.get("to_user_id")
        data = asked.get("data")
        if template is None:
            return "TEMPLATE_NOT_FOUND"
        if not isinstance(user, str) or not isinstance(data, str) or not _PAGE.fullmatch(str(asked.get("page"))):
            return "isv.invalid-parameter"
        try:
            fields = _read_fields(msgspec.json.decode(data), template) if len(data) <= _LONGEST_DATA else None
        except msgspec.DecodeError:
            return "isv.invalid-parameter"
        if fields is None:
            return "USER_TEMPLATE_LACK_KEYWORD"
        if any(not value or count_units(value) > LONGEST_KEYWORD for value in fields.values()):
            return "USER_KEYWORD_LENGTH_ERROR"
        self._keep(user, template, fields, str(asked["page"]), now())
        return ""

    def _keep(self, user: str, template: Template, fields: Mapping[str, str], page: str, at: datetime) -> None:
        first, *others = fields.values()
        _, _, message_id = page.partition("message_id=")
        self._book.append(
            SentPush(
                channel=self._platform,
                app_id=self._app_id,
                to=user,
                title=first,
                body=" ".join(others),
                shown_as=f"{at.timestamp()}",  # nothing takes the place of a message there
                sent_at=at,
                message_id=message_id,
                link=page,
                template_id=template.template_id,
                fields=fields,
            )
        )


def _read_fields(data: object, template: Template) -> dict[str, str] | None:
    """The values by their names; None where they are not the template's."""
    if not isinstance(data, dict):
        return None
    given = cast("dict[str, object]", data)
    if set(given) != set(template.fields):
        return None
    fields: dict[str, str] = {}
    for name, content in given.items():
        value = cast("dict[str, object]", content).get("value") if isinstance(content, dict) else None
        if not isinstance(value, str) or value != clean_line(value):
            return None
        fields[name] = value
    return fields


def _takes(name: str, value: str) -> bool:
    kind = kind_of(name)
    return kind is not None and kind.takes(value)

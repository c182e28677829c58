"""Templates of mini-programs: what each field says, checked when they are read, so that each value fits when sent.

WeChat's fields have kinds (push/fields.py); Alipay's keywords are texts.
https://opendocs.alipay.com/mini/02cth2
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

import msgspec

from push.addresses import Allowance, Locale
from push.fields import KINDS, fit_phrase, fit_text, kind_of, say_moment
from push.shortening import clean_line, count_units
from push.wordings import Spoken

LONGEST_KEYWORD = 50
"""Characters of one of Alipay's values; ten of them are within its 2048 for all."""
_MOST_FIELDS = 10
_LONGEST_PAGE = 80
"""Of Alipay's 128, since the message's id comes behind it."""
_KEYWORD = re.compile(r"keyword[0-9]{1,2}")
_PAGE = re.compile(r"[0-9A-Za-z_\-]+(?:/[0-9A-Za-z_\-]+)*")

Source: TypeAlias = Literal["title", "body", "time", "province", "phrase", "reference"]
"""What of a message a field shows: its title or body, when it was, the province it is about, its category in a word of
Chinese, or its id.
"""
_TAKERS: Mapping[Source, frozenset[str]] = {
    "title": frozenset({"thing", "short_thing"}),
    "body": frozenset({"thing", "short_thing"}),
    "province": frozenset({"thing", "short_thing"}),
    "phrase": frozenset({"phrase", "thing", "short_thing"}),
    "time": frozenset({"time", "date", "thing"}),
    "reference": frozenset({"character_string"}),
}
"""The kinds of WeChat's fields that each can fill whatever it says."""


class TemplateError(ValueError):
    """A template that could not be filled."""


class Texts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a field says that says always the same."""

    zh: str
    en: str


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """One template of one mini-program, for messages of some categories; `lasts` where one consent is for many."""

    channel: Literal["wechat", "alipay"]
    app_id: str
    template_id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    categories: tuple[str, ...]
    fields: Mapping[str, Source | Texts]
    page: str
    """Of the mini-program, without a leading slash; it is given `message_id`."""
    lasts: bool = False


def check_template(template: Template) -> None:
    """Raises TemplateError, in words for whoever wrote the template down."""
    if not 1 <= len(template.fields) <= _MOST_FIELDS:
        raise TemplateError(f"fields must be 1 to {_MOST_FIELDS}")
    if not _PAGE.fullmatch(template.page) or len(template.page) > _LONGEST_PAGE:
        raise TemplateError(f"page must be a path of up to {_LONGEST_PAGE} characters, such as pages/message/index")
    for name, content in template.fields.items():
        check = _check_wechat if template.channel == "wechat" else _check_alipay
        check(name, content)


def _check_wechat(name: str, content: Source | Texts) -> None:
    kind = kind_of(name)
    if kind is None:
        raise TemplateError(f"{name} is no field of WeChat's, whose names are a kind and a number: {', '.join(KINDS)}")
    if isinstance(content, Texts):
        for text in (content.zh, content.en):
            if not kind.takes(text):
                raise TemplateError(f"{name} takes {kind.about}, not {text!r}")
    elif name.rstrip("0123456789") not in _TAKERS[content]:
        fitting = [source for source, kinds in _TAKERS.items() if name.rstrip("0123456789") in kinds]
        instead = f"{', '.join(fitting)}, or fixed words" if fitting else "fixed words alone"
        raise TemplateError(f"{name} takes {kind.about}; {content!r} may be something else. It can have {instead}")


def _check_alipay(name: str, content: Source | Texts) -> None:
    if not _KEYWORD.fullmatch(name):
        raise TemplateError(f"{name} is no keyword of Alipay's: they are keyword1, keyword2 and so on")
    if isinstance(content, Texts):
        for text in (content.zh, content.en):
            if not text.strip() or text != clean_line(text) or count_units(text) > LONGEST_KEYWORD:
                raise TemplateError(f"{name} takes one line of up to {LONGEST_KEYWORD} characters, not {text!r}")


def fill_template(
    template: Template, spoken: Spoken, locale: Locale, *, message_id: UUID, at: datetime
) -> dict[str, str]:
    """What each field says, within its limits. `at` is when the message's cause was."""
    said: dict[str, str] = {
        "title": spoken.title,
        "body": spoken.body,
        "province": spoken.fields.get("province", ""),
        "phrase": spoken.fields.get("phrase", ""),
        "time": say_moment(at, locale),
        "reference": message_id.hex,
    }
    return {
        name: (content.en if locale == "en" else content.zh)
        if isinstance(content, Texts)
        else _fit(said[content] or spoken.title, name, template.channel)
        for name, content in template.fields.items()
    }


def _fit(text: str, name: str, channel: str) -> str:
    if channel == "alipay":
        return fit_text(text, LONGEST_KEYWORD)
    kind = KINDS[name.rstrip("0123456789")]
    return fit_phrase(text) if kind is KINDS["phrase"] else fit_text(text, kind.longest)


def write_page(template: Template, message_id: UUID) -> str:
    """Where in the mini-program a message leads: it asks for the rest by the message's id."""
    return f"{template.page}?message_id={message_id}"


class TemplateBook:
    """Every template of a deployment, by whose it is and what it is for."""

    def __init__(self, templates: Iterable[Template]) -> None:
        self._found: dict[tuple[str, str, str], list[Template]] = {}
        for template in templates:
            for category in template.categories:
                self._found.setdefault((template.channel, template.app_id, category), []).append(template)
        for listed in self._found.values():
            listed.sort(key=lambda template: not template.lasts)

    def find(self, channel: str, app_id: str, category: str) -> Sequence[Template]:
        """Those for messages of a category, the ones that last first."""
        return self._found.get((channel, app_id, category), ())

    def choose(self, channel: str, app_id: str, category: str, allowances: Iterable[Allowance]) -> Template | None:
        """The one that somebody has agreed to; of several, one that lasts, so that no single consent is spent on it."""
        allowed = {
            allowance.template_id
            for allowance in allowances
            if (allowance.channel, allowance.app_id) == (channel, app_id) and (allowance.lasts or allowance.remaining)
        }
        return next((t for t in self.find(channel, app_id, category) if t.template_id in allowed), None)

"""What is wrong with a value, and why something is refused, in Chinese: the domain and the decoder say it in English.

A sentence of theirs is its own key, as with gettext, and what varies in it stands in braces. A test reads the sources,
and fails for a sentence that has no Chinese here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from api.faults import codes, companies, decoding, licences, messages, people, providers, signing_in, venues, wallet
from api.faults.decoding import name_kinds
from api.faults.providers import name_provider

FAULTS: Mapping[str, str] = {
    **people.FAULTS,
    **companies.FAULTS,
    **venues.FAULTS,
    **licences.FAULTS,
    **wallet.FAULTS,
    **messages.FAULTS,
    **signing_in.FAULTS,
    **codes.FAULTS,
    **providers.FAULTS,
    **decoding.FAULTS,
}
"""English to Chinese. Of templates that fit alike the first counts, so the narrow stand before the wide."""
UNKNOWN = "这一项的内容不符合要求。"
"""In place of words that nobody translated: a page in Chinese shows no English."""
_HOLE = re.compile(r"\{(\w+)\}")
_LONGEST = 2000
"""Characters of a message that templates are tried on. Where parts vary that takes time by the cube of its length, and
the decoder names a field that a schema does not know as it came: 60 kB of it held a server up for a minute.
"""


def _read_template(template: str) -> re.Pattern[str]:
    """What a template matches: its words, and anything where they vary."""
    plain = _HOLE.split(template)
    parts = [re.escape(part) if at % 2 == 0 else f"(?P<{part}>.+?)" for at, part in enumerate(plain)]
    return re.compile("".join(parts), re.DOTALL)


_TEMPLATES = [(_read_template(english), chinese) for english, chinese in FAULTS.items() if _HOLE.search(english)]


def word_fault(message: str, *, english: bool, otherwise: str = UNKNOWN) -> str:
    """The message in the caller's language; `otherwise` where nobody translated it."""
    if english:
        return message
    if message in FAULTS:
        return FAULTS[message]
    if len(message) > _LONGEST:
        return otherwise
    for template, chinese in _TEMPLATES:
        found = template.fullmatch(message)
        if found is not None:
            return chinese.format_map({part: _word_part(part, value) for part, value in found.groupdict().items()})
    return otherwise


def _word_part(part: str, value: str) -> str:
    """What varies, where it is words: a provider, a kind of value, or what the decoder says besides."""
    match part:
        case "provider":
            return name_provider(value)
        case "fault":
            said, _, where = value.partition(" - at ")
            return word_fault(said, english=False) + (f"（{where}）" if where else "")
        case _:
            return name_kinds(part, value)

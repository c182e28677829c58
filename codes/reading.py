"""From what a scanner read to the bytes of a code: forgiving in what scanners do to a text, strict in all else."""

from __future__ import annotations

import unicodedata

from codes import base45
from codes.errors import CodeRefusedError
from codes.layout import CODE
from codes.licence_layout import LICENCE
from codes.long_layout import PAPER, PHONE
from codes.model import LICENCE_PREFIX, PAPER_PREFIX, PHONE_PREFIX, PREFIX, PREFIXES

_FORMS = ((PREFIX, CODE), (PHONE_PREFIX, PHONE), (PAPER_PREFIX, PAPER), (LICENCE_PREFIX, LICENCE))
_CHARACTERS = {prefix: len(prefix) + -(-form.size * 3 // 2) for prefix, form in _FORMS}
"""How long a code of each form is: what begins so and is as long needs no folding, which costs more than decoding."""
_LONGEST = 1024
"""Characters that are looked at, whatever was read: any real code is far shorter."""
_AROUND = "".join(filter(str.isspace, map(chr, range(0x3001)))) + "\x02\x03\u200b\ufeff"
"""What may stand around a code: white space of any kind, a serial scanner's framing, marks of width nothing."""


def read_prefix(text: str) -> str:
    """Which form of code this text claims to be; raises code-not-ours, or code-malformed where nothing was read."""
    prefix = text[: len(PREFIX)]
    if _CHARACTERS.get(prefix) == len(text):
        return prefix
    folded = fold(text)
    if not folded:
        raise CodeRefusedError("code-malformed", "Nothing was read.")
    prefix = folded[: len(PREFIX)]
    if prefix not in PREFIXES:
        raise CodeRefusedError("code-not-ours", "This is not a service code.")
    return prefix


def read_text(text: str, prefix: str = PREFIX) -> bytes:
    """The bytes behind the prefix; raises code-not-ours or code-malformed.

    Hand scanners type: they add white space and line ends, lose the upper case, and under a Chinese input method write
    full-width characters. All of that is folded away, and none of it can make another code of a code.
    """
    if len(text) == _CHARACTERS[prefix] and text.startswith(prefix):
        try:
            return base45.decode(text[len(prefix) :])
        except ValueError:
            pass
    if read_prefix(text) != prefix or len(text) > _LONGEST:
        raise CodeRefusedError("code-malformed", "A code of a form that is not read here, or far too long.")
    try:
        return base45.decode(fold(text)[len(prefix) :])
    except ValueError:
        raise CodeRefusedError("code-malformed", "The code is not whole.") from None


def fold(text: str) -> str:
    """A text without what scanners do to it: the one way to write a code, and to sign one in a journal.

    No code ends with a space, since its last character stands for the high part of one byte: so all may go.
    """
    return unicodedata.normalize("NFKC", text[:_LONGEST].strip(_AROUND)).upper()

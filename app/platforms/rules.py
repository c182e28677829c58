"""What can be decided of a code before anybody is asked."""

from __future__ import annotations

import re

from app.platforms.errors import LoginCodeInvalidError

_CODE = re.compile(r"[\x21-\x7e]{1,512}")


def require_code(code: str) -> str:
    """The code, where a platform can have made it: both speak of short texts of letters, digits and signs."""
    if not _CODE.fullmatch(code):
        raise LoginCodeInvalidError("The code is not one that a mini-program gives.")
    return code

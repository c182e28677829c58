"""An annotated copy as it is printed: what the licence says, for whom the copy is, and a code that vouches for it."""

from __future__ import annotations

from app.wallet.copy_page.drawing import draw_pdf
from app.wallet.copy_page.layout import CopyField, CopyText

__all__ = ["CopyField", "CopyText", "draw_pdf"]

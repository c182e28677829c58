"""What showing, asking and handing over licences refuses."""

from __future__ import annotations

from app.errors import RefusedError


class ReceiptInvalidError(RefusedError):
    """It is no receipt, or none that a province's federation key signed as it stands; the detail says which."""

    slug = "receipt-invalid"

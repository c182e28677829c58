"""Rows of an export that are opened by a key: what it opens, and what of an access is shown."""

from __future__ import annotations

from collections.abc import Mapping

from app.database import Record
from app.sealing import DataKey, UnsealingError


def open_sealed(key: DataKey | None, sealed: bytes | None, field: str) -> str | None:
    """None where there is nothing, or its key is gone."""
    if key is None or not sealed:
        return None
    try:
        return key.open(sealed, field)
    except UnsealingError:
        return None


def shape_access(key: DataKey | None, row: Record) -> Mapping[str, object]:
    """One look at the resident, with what was said of it."""
    return {
        "access_id": row["access_id"],
        "at": row["scanned_at"] or row["recorded_at"],
        "recorded_at": row["recorded_at"],
        "form": row["form"],
        "venue": row["venue"],
        "address": row["address"],
        "adcode": row["adcode"],
        "purpose_zh": row["purpose_zh"] or row["purpose"],
        "purpose_en": row["purpose_en"] or row["purpose"],
        "answered": row["fields"],
        "licence_type": row["licence_type"],
        "kept_until": row["kept_until"],
        "kind": row["kind"],
        "code_issued_at": row["issued_at"],
        "scanner_id": row["scanner_id"],
        "staff_id": row["staff_id"],
        "annulled_at": row["annulled_at"],
        "annulled_because": open_sealed(key, row["sealed_annulment"], "reason"),
        "disputed_at": row["disputed_at"],
        "disputed_because": open_sealed(key, row["sealed_dispute"], "reason"),
        "dispute_answered_at": row["answered_at"],
        "dispute_outcome": row["outcome"],
        "dispute_answer": open_sealed(key, row["sealed_words"], "dispute answer"),
    }

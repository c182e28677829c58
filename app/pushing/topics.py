"""Topics of messages that more than one domain has to know."""

from __future__ import annotations

ARRIVED = "roaming.arrived"
"""Somebody has come into another province: enqueued by `record_crossing` (migrations), told by a consent that can be
withdrawn, and taken back with it.
"""

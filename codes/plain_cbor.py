"""CBOR as strangers send it: looked through before it is decoded.

A decoder follows tags that nobody asked for: shared references (28 and 29, http://cbor.schmorp.de/value-sharing) make
of a hundred bytes a value that is walked for years. What is signed here knows one tag, COSE_Sign1, and has few items.
"""

from __future__ import annotations

from typing import Any

import cbor2

_COSE_SIGN1 = 0xD2
_MOST_ITEMS = 64
_BYTES, _TEXT, _TAG = 2, 3, 6
_IN_HEAD, _LONGEST_HEAD = 24, 27


def load_plain(encoded: bytes) -> Any:
    """The value; raises ValueError for a tag other than COSE_Sign1, for more than 64 items and for lengths that are not
    said, and whatever cbor2 does for what is no CBOR.
    """
    if not _is_plain(encoded):
        raise ValueError("not plain CBOR")
    return cbor2.loads(encoded)


def _is_plain(encoded: bytes) -> bool:
    """Goes from head to head, in and out of arrays and maps alike, and past strings."""
    place = 0
    for _ in range(_MOST_ITEMS):
        if place >= len(encoded):
            return place == len(encoded)
        major, said = encoded[place] >> 5, encoded[place] & 31
        if said > _LONGEST_HEAD or (major == _TAG and encoded[place] != _COSE_SIGN1):
            return False
        follows = 0 if said < _IN_HEAD else 1 << (said - _IN_HEAD)
        length = said if not follows else int.from_bytes(encoded[place + 1 : place + 1 + follows])
        place += 1 + follows + (length if major in {_BYTES, _TEXT} else 0)
    return place == len(encoded)

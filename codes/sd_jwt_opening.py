"""Putting disclosures where their digests stand (RFC 9901, section 7.1): what fits nowhere is refused."""

from __future__ import annotations

from typing import Any, TypeGuard

from codes.errors import PresentationRefusedError
from codes.sd_jwt import DIGESTS, ELEMENT, HASH_NAME, NEVER_DISCLOSED, decode_json, digest_of

_DEEPEST = 16
"""How far objects, arrays and disclosures within disclosures may be nested; our own are flat."""
_OF_FIELD, _OF_ELEMENT = 3, 2
Object = dict[str, Any]


def open_claims(payload: Object, disclosures: list[str]) -> tuple[Object, frozenset[str]]:
    """The claims as disclosed, and the names of those at the top that were; raises PresentationRefusedError.

    A digest that nothing was disclosed for is hidden or a decoy, and is passed over. A digest that stands twice, a
    disclosure that is shown twice or that no digest asks for, and a claim that is there already are refused.
    """
    opening = _Opening(disclosures)
    claims, disclosed = opening.open_object(payload, 0)
    claims.pop(HASH_NAME, None)
    opening.require_all_used()
    if disclosed & NEVER_DISCLOSED:
        raise _altered("A claim that a credential must not hide was hidden.")
    return claims, disclosed


class _Opening:
    """One presentation's disclosures by their digests, and which digests were met."""

    def __init__(self, disclosures: list[str]) -> None:
        self._waiting = {digest_of(disclosure): disclosure for disclosure in disclosures}
        if len(self._waiting) != len(disclosures):
            raise _altered("A disclosure is shown twice.")
        self._met = set[str]()

    def require_all_used(self) -> None:
        if self._waiting:
            raise _altered("A disclosure is not among what was signed.")

    def open_object(self, held: Object, depth: int) -> tuple[Object, frozenset[str]]:
        if ELEMENT in held:
            raise _altered("A name that stands for elements of arrays.")
        opened = {name: self._open(value, depth) for name, value in held.items() if name != DIGESTS}
        disclosed = set[str]()
        for digest in _list_digests(held):
            content = self._take(digest, _OF_FIELD)
            if content is None:
                continue
            _, name, value = content
            if not isinstance(name, str) or name in {DIGESTS, ELEMENT} or name in opened:
                raise _altered("A disclosure of a name that is no field's, or that is there already.")
            opened[name] = self._open(value, depth)
            disclosed.add(name)
        return opened, frozenset(disclosed)

    def _open(self, value: Any, depth: int) -> Any:
        if depth == _DEEPEST:
            raise _altered("Nested too deep.")
        if _is_object(value):
            return self.open_object(value, depth + 1)[0]
        return self._open_list(value, depth + 1) if _is_list(value) else value

    def _open_list(self, held: list[Any], depth: int) -> list[Any]:
        opened = list[Any]()
        for element in held:
            match element:
                case {"...": str(digest), **rest} if not rest:
                    content = self._take(digest, _OF_ELEMENT)
                    opened += [self._open(content[1], depth)] if content else []
                case _:
                    opened.append(self._open(element, depth))
        return opened

    def _take(self, digest: str, length: int) -> list[Any] | None:
        """What is disclosed for a digest, or None."""
        if digest in self._met:
            raise _altered("A digest stands twice.")
        self._met.add(digest)
        disclosure = self._waiting.pop(digest, None)
        if disclosure is None:
            return None
        try:
            content = decode_json(disclosure)
        except ValueError:
            raise _altered("A disclosure is no JSON.") from None
        if not _is_list(content) or len(content) != length:
            raise _altered("A disclosure has not its parts.")
        return content


def _list_digests(held: Object) -> list[str]:
    digests: Any = held.get(DIGESTS, [])
    if not _is_list(digests) or not all(isinstance(digest, str) for digest in digests):
        raise _altered("What stands for digests is none.")
    return digests


def _is_object(value: Any) -> TypeGuard[Object]:
    return isinstance(value, dict)


def _is_list(value: Any) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def _altered(detail: str) -> PresentationRefusedError:
    return PresentationRefusedError("presentation-altered", detail)

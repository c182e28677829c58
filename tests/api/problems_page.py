"""Writes docs/problems.md from api/meanings: `python -m tests.api.problems_page`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from api.application import list_handlers
from api.documentation import describe_api
from api.meanings import MEANINGS
from app.errors import RefusedError
from app.settings import read_settings

PAGE = Path(__file__).resolve().parents[2] / "docs" / "problems.md"

_HEAD = """\
# Problems

What the API declines, it answers with `application/problem+json`
([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)):

```json
{
  "type": "/problems/code-expired",
  "title": "The code has expired",
  "status": 422,
  "detail": "The code has expired.",
  "request_id": "01a1fd6f-f629-73ee-afa8-7b0520f3bb27",
  "next": "Ask the holder to refresh the code, then scan again."
}
```

The last part of `type` is the problem's slug: programs decide by it alone, and it never changes. `title`, `next` and
`detail`, which may say more of this one case, are for people, in Chinese or, where `Accept-Language` prefers it, in
English. `request_id` finds the request in the logs. An `invalid-request` has `errors` besides,
`[{"pointer": "/adcode", "message": "…"}]` with JSON Pointers (RFC 6901): show `message` beside the field that `pointer`
names, it is in the caller's language too and may change, so programs decide by the pointer. Values are never said back.

A 401 bears `WWW-Authenticate`; a 429 and a 503 say in `Retry-After` how many seconds to wait.

A code is checked in the order in which its problems stand here: the first that is wrong is the answer.

This page is made from `api/meanings/` by `python -m tests.api.problems_page`.
"""

_OF_CODES = {
    "code-not-ours": "Another QR altogether: a web address, a payment code.",
    "code-malformed": "It begins like a code, and is cut short, altered in form or empty.",
    "code-issuer-unknown": "No key on the trust list is for codes of the province that it names.",
    "code-algorithm-refused": "It claims to be signed in another way than its key signs.",
    "code-signature-invalid": "The signature does not fit: it was altered, or made up.",
    "code-not-yet-valid": "It was issued in the future, more than the half minute by which clocks may differ.",
    "code-expired": "A minute after it was issued a code is over; the phone shows the next one by then.",
    "code-lifetime-excessive": "It claims to live longer than any code may.",
    "presentation-malformed": "It is no SD-JWT VC, of another kind than was asked for, or hides what was asked.",
    "presentation-issuer-unknown": "No key on the trust list is for licences of the issuer that it names.",
    "presentation-signature-invalid": "The issuer's signature does not fit, or is of another algorithm than its key's.",
    "presentation-altered": "A disclosure is not among what the issuer signed, stands twice, or says something else.",
    "presentation-not-yet-valid": "It was issued in the future, more than the half minute by which clocks may differ.",
    "presentation-expired": "The credential lives no longer: two weeks at most, and no longer than its licence.",
    "holder-binding-missing": "It names no key of its holder, or nothing was signed by that.",
    "holder-binding-invalid": "The holder's signature does not fit the credential, what is disclosed, or this minute.",
    "nonce-wrong": "What its holder signed answers another question, or `state` does.",
    "audience-wrong": "Its holder signed it for somebody else.",
    "method-not-allowed": "The path is there, and does not take this method; `Allow` says which ones it takes.",
    "unavailable": "PostgreSQL does not answer: nothing was decided.",
    "internal": "A fault of the server; it is logged under the request's id.",
}
"""What no class of error describes."""


def explain(slug: str) -> str:
    """When a problem arises, in a sentence."""
    return _OF_CODES.get(slug) or _BY_SLUG[slug]


def _walk_errors(base: type[RefusedError]) -> Iterator[type[RefusedError]]:
    for error in base.__subclasses__():
        yield error
        yield from _walk_errors(error)


def _first_paragraph(error: type[RefusedError]) -> str:
    return " ".join((error.__doc__ or "").split("\n\n")[0].split())


_BY_SLUG = {error.slug: _first_paragraph(error) for error in _walk_errors(RefusedError) if "slug" in vars(error)}


def list_declared() -> dict[str, set[str]]:
    """Operation → the slugs that it declares."""
    paths = describe_api(list_handlers(read_settings({})))["paths"]
    return {
        operation["operationId"]: {
            part.split("`")[1]
            for response in operation["responses"].values()
            if "application/problem+json" in response.get("content", {})
            for part in response["description"].split(" · ")
        }
        for item in paths.values()
        for operation in item.values()
    }


def _say_where(slug: str, declared: dict[str, set[str]]) -> str:
    names = sorted(f"`{name}`" for name, slugs in declared.items() if slug in slugs)
    others = sorted(f"`{name}`" for name, slugs in declared.items() if slug not in slugs)
    if not names:
        return "no operation: a path that does not take the method"
    if len(others) > len(names):
        return ", ".join(names)
    return "every operation" + (f" but {', '.join(others)}" if others else "")


def write_page() -> str:
    """The page as it should be."""
    declared = list_declared()
    parts = [_HEAD]
    for slug, meaning in MEANINGS.items():
        parts.append(
            f"## {slug}\n\n"
            f"{meaning.status} · {meaning.title_en} · {meaning.title_zh}\n\n"
            f"{explain(slug)}\n\n"
            f"- Next: {meaning.next_en} {meaning.next_zh}\n"
            f"- From: {_say_where(slug, declared)}\n"
        )
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(write_page(), "utf-8")
